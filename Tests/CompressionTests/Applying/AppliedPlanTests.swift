import Compression
import Model
import Numerics
import TestSupport
import Testing
import Transformer

struct AppliedPlanTests {
  private func observed(_ plan: AppliedPlan) throws -> RoutedInputs {
    let observer = RoutedInputs()
    let original = ForwardPass(spec: plan.spec, weights: plan.source)
    _ = try original.hiddenStates(of: plan.batch, observer: observer)
    return observer
  }

  private func largestDifference(_ x: [Float], _ y: [Float]) -> Float {
    zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(arguments: AppliedPlan.families)
  func `an empty plan leaves every bit of the logits`(_ family: String) throws {
    let empty = try AppliedPlan([], family: family)
    let original = ForwardPass(spec: empty.spec, weights: empty.source)
    let expected = try original.logits(of: original.hiddenStates(of: empty.batch)).array
    #expect(try empty.logits().map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(empty.weights.notes.isEmpty)
  }

  @Test(arguments: AppliedPlan.families, [CalibrationOrder.original, .sequential])
  func `all kinds of choices work together in every family`(
    _ family: String, _ order: CalibrationOrder
  ) throws {
    let block = family.hasPrefix("deepseek") || family == "glm4_moe" ? 1 : 0
    let plan = try AppliedPlan(
      [
        "drop experts \(block).0", "merge experts \(block).1..2 method aligned",
        "merge experts \(block + 1).0, \(block + 1).3", "neurons 50% experts refit",
        "sparsify 2:4 gate method sparsegpt", "sparsify 25% down method wanda",
        "bits 4 attention method awq", "bits 3 experts method gptq activations 8",
      ] + (order == .sequential ? ["calibrate sequential"] : []),
      family: family)
    let logits = try plan.logits()
    #expect(logits.allSatisfy { $0.isFinite })
    let empty = try AppliedPlan([], family: family).logits()
    #expect(largestDifference(logits, empty) > 1e-3)
    let width = plan.spec.width(of: .expert(ExpertID(block: block, expert: 4)))
    #expect(try plan.weight("\(block).4.gate").rows == width / 2)
    #expect(try plan.weight("\(block).4.down").columns == width / 2)
  }

  @Test func `GPTQ in a plan sees the tokens that the original router sends to the expert`() throws
  {
    let plan = try AppliedPlan(["bits 3 experts method gptq"])
    let observer = try observed(plan)
    let id = try #require(
      plan.spec.experts.first { $0.block == 1 && observer.tokens(of: $0) > 4 })
    let linear = LinearID.expert(id, .down)
    guard case .quantized(let quantization) = plan.choices.precision(of: linear) else {
      Issue.record("not quantised")
      return
    }
    let statistics = InputStatistics(width: plan.spec.shape(of: linear).columns)
    statistics.add(try #require(observer.intermediate(of: id)))
    let expected = try Quantizer(quantization).quantize(
      [plan.stored("\(linear)")], inputs: statistics)[0].weight.dequantized()
    #expect(try largestDifference(plan.weight("\(linear)").array, expected.array) < 1e-6)
  }

  @Test func `merged experts have the mean of their weights, by tokens, and all answer with it`()
    throws
  {
    let plan = try AppliedPlan(["merge experts 1.0, 1.2, 1.5"])
    let observer = try observed(plan)
    let members = [0, 2, 5]
    let loads = members.map { Double(observer.tokens(of: ExpertID(block: 1, expert: $0))) }
    let total = loads.reduce(0, +)
    try #require(total > 0)
    let stored = try members.map { try plan.stored("1.\($0).up").array }
    let merged = try plan.weight("1.0.up").array
    for index in stride(from: 0, to: merged.count, by: 97) {
      let mean = zip(stored, loads).reduce(0.0) { $0 + Double($1.0[index]) * $1.1 / total }
      #expect(abs(Double(merged[index]) - mean) < 1e-6)
    }
    #expect(Structure(plan.choices).blocks[1].standIn[5] == 0)
    #expect(Structure(plan.choices).blocks[1].experts == Array(0..<plan.spec.blocks[1].expertCount))
  }

  @Test func `a merged layer is the one where all members hold the shared weights`() throws {
    let plan = try AppliedPlan(["merge experts 0.1, 0.3"])
    struct Replaced: WeightSource {
      let plan: AppliedPlan
      func weight(_ role: TensorRole) throws -> Matrix {
        guard case .linear(.expert(let id, let kind)) = role, id.block == 0, id.expert == 3 else {
          return try plan.weights.weight(role)
        }
        return try plan.weights.weight(.linear(.expert(ExpertID(block: 0, expert: 1), kind)))
      }
    }
    let unmerged = ForwardPass(spec: plan.spec, weights: Replaced(plan: plan))
    let expected = try unmerged.logits(of: unmerged.hiddenStates(of: plan.batch)).array
    #expect(try largestDifference(plan.logits(), expected) < 1e-5)
  }

  @Test func `a refitted down projection answers better than the columns that were left`() throws {
    let plain = try AppliedPlan(["neurons 50% experts"])
    let refitted = try AppliedPlan(["neurons 50% experts refit"])
    let original = try AppliedPlan([]).logits()
    func error(_ plan: AppliedPlan) throws -> Double {
      zip(try plan.logits(), original).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    let (left, fitted) = (try error(plain), try error(refitted))
    #expect(fitted < left)
  }

  @Test func `an expert without a token falls back, says so, and has no NaN`() throws {
    let plan = try AppliedPlan(
      [
        "neurons 50% experts refit", "sparsify 50% experts method wanda",
        "bits 3 experts method gptq",
      ],
      tokens: 1)
    let logits = try plan.logits()
    #expect(logits.allSatisfy { $0.isFinite })
    _ = try plan.spec.experts.map { try plan.weight("\($0).down") }
    let sentences = plan.weights.notes.sentences
    #expect(sentences.contains { $0.contains("gptq gave way to rtn: no calibration token") })
    #expect(sentences.contains { $0.contains("wanda gave way to magnitude") })
    #expect(sentences.contains { $0.contains("neuron saliency gave way to the norms of weights") })
    #expect(sentences.contains { $0.contains("and 4") || $0.contains("others: ") })
  }

  @Test func `without calibration tokens everything falls back and says so`() throws {
    let plan = try AppliedPlan(["bits 4 all method gptq"], tokens: nil)
    let rounded = try AppliedPlan(["bits 4 all"], tokens: nil)
    #expect(try plan.logits().map(\.bitPattern) == rounded.logits().map(\.bitPattern))
    #expect(plan.weights.notes.sentences.contains { $0.contains("gptq gave way to rtn") })
    #expect(rounded.weights.notes.isEmpty)
  }

  @Test func `parts that an edit leaves alone are found in the cache`() throws {
    let cache = CompressedWeights.Cache(budget: 1 << 28)
    _ = try AppliedPlan(["bits 3 experts method gptq"], cache: cache).logits()
    let before = cache.bytes
    _ = try AppliedPlan(
      ["bits 3 experts method gptq", "drop experts 0.3", "drop block 2"], cache: cache
    ).logits()
    #expect(cache.bytes == before)
    _ = try AppliedPlan(
      ["bits 3 experts method gptq", "bits 4 experts 1.2"], cache: cache
    ).logits()
    #expect(cache.bytes > before)
  }

  @Test func `in sequential order the first block is the same and later ones make up for it`()
    throws
  {
    let original = try AppliedPlan(["bits 2 all method gptq"])
    let sequential = try AppliedPlan(["bits 2 all method gptq", "calibrate sequential"])
    #expect(try original.weight("0.q").array == sequential.weight("0.q").array)
    #expect(try original.weight("2.q").array != sequential.weight("2.q").array)
  }

  @Test func `an edit of a later block does not touch sequential results before it`() throws {
    let cache = CompressedWeights.Cache(budget: 1 << 28)
    let edits = ["bits 3 all method gptq", "calibrate sequential"]
    let first = try AppliedPlan(edits, cache: cache)
    _ = try first.logits()
    let before = cache.bytes
    let second = try AppliedPlan(edits + ["bits 4 block 2"], cache: cache)
    let expected = try first.weight("1.o").array
    #expect(try second.weight("1.o").array == expected)
    #expect(cache.bytes == before)
  }

  @Test func `in sequential order, what the same block's attention became counts too`() throws {
    let cache = CompressedWeights.Cache(budget: 1 << 28)
    let edits = ["bits 3 experts method gptq", "calibrate sequential"]
    for more in [["drop attention 1"], []] {
      let shared = try AppliedPlan(edits + more, cache: cache).weight("1.0.down")
      #expect(try shared.array == AppliedPlan(edits + more).weight("1.0.down").array)
    }
  }

  @Test func `a first block that is dense does not take the other order's weights`() throws {
    let cache = CompressedWeights.Cache(budget: 1 << 28)
    for more in [["calibrate sequential"], []] {
      let edits = ["bits 2 all method gptq"] + more
      let shared = try AppliedPlan(edits, family: "deepseek", cache: cache).weight("0.dense.down")
      let alone = try AppliedPlan(edits, family: "deepseek").weight("0.dense.down")
      #expect(shared.array == alone.array)
    }
  }

  @Test func `results do not depend on the number of workers`() throws {
    let edits = [
      "merge experts 1.0..1", "neurons 75% experts refit", "bits 3 all method gptq act-order",
    ]
    let one = try AppliedPlan(edits, workers: Workers(count: 1)).logits()
    let three = try AppliedPlan(edits, workers: Workers(count: 3)).logits()
    #expect(one.map(\.bitPattern) == three.map(\.bitPattern))
  }

  @Test func `inputs rounded to 8 bits change the logits a little`() throws {
    let weights = try AppliedPlan(["bits 8 all"]).logits()
    let both = try AppliedPlan(["bits 8 all activations 8"]).logits()
    let difference = largestDifference(weights, both)
    #expect(difference > 0 && difference < 0.5)
  }

  @Test func `whatever is done to all linears, the router and its gate stay as they are`() throws {
    let edits = ["sparsify 50% all method wanda", "bits 2 all method awq", "neurons 50% experts"]
    for family in ["qwen2_moe", "deepseek_v3", "gpt_oss"] {
      let plan = try AppliedPlan(edits, family: family)
      _ = try plan.logits()
      let block = plan.spec.moeBlocks[0]
      var roles: [TensorRole] = [.router(block: block), .embedding, .finalNorm]
      if plan.spec.blocks[block].moe?.shared?.isGated == true {
        roles.append(.sharedGate(block: block))
      }
      for role in roles {
        let (found, stored) = (try plan.weights.weight(role), try plan.source.weight(role))
        #expect(found.array.map(\.bitPattern) == stored.array.map(\.bitPattern), "\(role)")
      }
    }
  }

  @Test func `gpt-oss loses the biases of the neurons it loses`() throws {
    let plan = try AppliedPlan(["neurons 25% experts"], family: "gpt_oss")
    let id = ExpertID(block: 0, expert: 1)
    try plan.weights.prepare(block: 0, cancellation: nil)
    let bias = try plan.weights.weight(.bias(.expert(id, .up)))
    let weight = try plan.weights.weight(.linear(.expert(id, .up)))
    #expect(bias.columns == weight.rows)
    let stored = try plan.source.weight(.bias(.expert(id, .up))).array
    let storedWeight = try plan.source.weight(.linear(.expert(id, .up)))
    let rows = (0..<storedWeight.rows).filter { row in
      (0..<weight.rows).contains { kept in
        (0..<4).allSatisfy { weight[kept, $0] == storedWeight[row, $0] }
      }
    }
    #expect(rows.map { stored[$0] } == bias.array)
  }
}
