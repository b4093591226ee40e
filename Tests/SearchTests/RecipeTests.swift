import Checkpoint
import EngineProtocol
import FoundationEssentials
import Model
import Search
import TestSupport
import Testing

struct RecipeTests {
  private let spec = ModelSpec.sample(blocks: 8, experts: 8, expertsPerToken: 2, denseBlocks: [0])

  private func plan(_ texts: String..., spec: ModelSpec? = nil) throws -> Plan {
    let spec = spec ?? self.spec
    let profile = Profile.sample(of: spec)
    var plan = Plan(for: spec)
    for text in texts {
      let call = try RecipeCall(parsing: text)
      let findings = try answer(to: call.need(for: spec), spec)
      for edit in try call.edits(for: spec, findings) {
        try plan.apply(edit, spec: spec, profile: profile)
      }
    }
    return plan
  }

  /// What an engine could have found: the first experts or blocks, whatever was asked for.
  private func answer(to need: RecipeNeed, _ spec: ModelSpec) -> RecipeFindings {
    switch need {
    case .nothing: return .nothing
    case .profile: return .profile(.sample(of: spec))
    case .trim(let request):
      let units: [Unit] =
        switch request.goal {
        case .experts(let count, _):
          spec.moeBlocks.flatMap { block in
            (0..<count).map { .expert(ExpertID(block: block, expert: $0)) }
          }
        case .parts(let part, let count): spec.moeBlocks.prefix(count).map(part.unit)
        }
      return .trim(
        TrimProposal(
          model: spec.fingerprint, data: Fingerprint(),
          steps: units.map { TrimStep($0, score: 0, tokens: 1) }, tokens: 1, seconds: 0,
          version: ""))
    case .merge(let request):
      let layers = spec.moeBlocks.map { block in
        let away = spec.blocks[block].expertCount - request.kept
        return MergeProposal.Layer(block: block, groups: [Array(0...away)])
      }
      return .merge(
        MergeProposal(
          model: spec.fingerprint, data: Fingerprint(), grouping: request.grouping,
          layers: layers, tokens: 1, seconds: 0, version: ""))
    }
  }

  private func config(_ name: String) throws -> ModelSpec {
    try Checkpoint.describe(folder: TestFolders.fixtures.appending(path: "configs/\(name)").path)
  }

  @Test(arguments: Recipe.all.map(\.name).filter { $0 != "shared-bits" })
  func `every recipe makes a plan that a file carries without it`(_ name: String) throws {
    let plan = try plan(name)
    #expect(!plan.isEmpty(for: spec))
    let file = PlanFile(plan, of: spec)
    #expect(try file.plan(for: spec).choices == plan.choices)
    #expect(!file.edits.contains { $0.edit.contains(name + " ") })
  }

  @Test(arguments: [
    ("attention-bits", 2.058), ("first-blocks count=4", 2.301), ("first-blocks count=8", 2.543),
    ("last-blocks count=8", 2.543), ("frequent-experts count=2", 2.543),
    ("frequent-experts count=2 scope=global", 2.543), ("block-score count=16", 3.029),
    ("random-blocks count=16 seed=3", 3.029), ("down-bits", 2.705), ("uniform bits=3", 3.0),
  ])
  func `allocations have the benchmark's average bits on Mixtral`(
    _ recipe: String, _ bits: Double
  ) throws {
    let mixtral = try config("mixtral-8x7b")
    let ledger = mixtral.ledger(of: try plan(recipe, spec: mixtral).choices)
    #expect((ledger.averageBits * 1000).rounded() / 1000 == bits)
  }

  @Test func `Phi-mini keeps 960 of 6,400 neurons and Phi-tiny 448`() throws {
    let phi = try config("phi-3.5-moe")
    let expert = NetworkID.expert(ExpertID(block: 31, expert: 15))
    #expect(try plan("phi-mini", spec: phi).choices.width(of: expert, in: phi) == 960)
    #expect(try plan("phi-tiny", spec: phi).choices.width(of: expert, in: phi) == 448)
  }

  @Test func `REAP drops the experts with the lowest score of each layer`() throws {
    let profile = Profile.sample(of: spec)
    let choices = try plan("reap ratio=25%").choices
    for block in 1..<8 {
      let experts = profile.blocks[block].experts
      let lowest = Set(experts.sorted { $0.reap < $1.reap }.prefix(2).map(\.index))
      let dropped = choices.blocks[block].expertDropped
      #expect(Set(dropped.indices.filter { dropped[$0] }) == lowest)
    }
  }

  @Test func `drops that are measured again after each are asked of the engine`() throws {
    let need = try RecipeCall(parsing: "block-drop count=2 order=iterative").need(for: spec)
    #expect(need == .trim(TrimRequest(.parts(.block, count: 2))))
    let choices = try plan("block-drop count=2 order=iterative bits=16").choices
    #expect(choices.blocks.indices.filter { choices.blocks[$0].blockDropped } == [1, 2])
  }

  @Test func `a reconstruction search is asked for with its width`() throws {
    let need = try RecipeCall(parsing: "reconstruction count=3 search=4").need(for: spec)
    #expect(need == .trim(TrimRequest(.experts(perLayer: 3, .beam(width: 4)))))
    #expect(try plan("reconstruction count=3").choices.blocks[5].keptExperts == 5)
  }

  @Test func `merging a quarter of eight experts leaves six`() throws {
    let need = try RecipeCall(parsing: "hc-smoe ratio=25%").need(for: spec)
    #expect(need == .merge(MergeRequest(kept: 6, grouping: .euclidean)))
    let choices = try plan("m-smoe ratio=25%").choices
    #expect(choices.blocks[3].merges == [ExpertMerge([0, 1, 2], .aligned)])
    #expect(spec.ledger(of: choices).mergedExperts == 7 * 2)
  }

  @Test func `a draw depends on its seed alone`() throws {
    let one = try plan("random-experts seed=1").digest
    #expect(try plan("random-experts seed=1").digest == one)
    #expect(try plan("random-experts seed=2").digest != one)
  }

  @Test func `layers dropped first are the least important ones, and the rest is quantised`() throws
  {
    let profile = Profile.sample(of: spec)
    let choices = try plan("layer-drop count=2 bits=4 method=gptq").choices
    let lowest = Set(
      (1..<8).sorted { profile.blocks[$0].moeImportance < profile.blocks[$1].moeImportance }
        .prefix(2))
    #expect(Set((0..<8).filter { choices.blocks[$0].moeDropped }) == lowest)
    guard case .quantized(let quantization) = choices.precision(of: .attention(block: 7, .query))
    else {
      Issue.record("attention is not quantised")
      return
    }
    #expect(quantization.bits == 4 && quantization.method == .gptq)
  }

  @Test(arguments: [
    ("", "choose one of uniform"), ("rea", "choose one of uniform"),
    ("reap count=2", "score, ratio, scope"), ("reap ratio=2", "below 100 %"),
    ("reap ratio=1%", "less than one"), ("reap ratio=90%", "router"),
    ("reap score=sense", "load, mass"), ("reap scope=here", "layerwise, global"),
    ("uniform bits=7", "16 (as stored)"), ("uniform method=best", "rtn, hqq, gptq, awq"),
    ("first-blocks count=9", "9 of 8 blocks"), ("block-drop count=8", "at most 7"),
    ("moe-drop", "layer-drop"), ("shared-bits", "shared experts"),
    ("layer-drop order=window", "whole blocks"), ("hc-smoe ratio=1%", "so small a share"),
    ("reconstruction search=wide", "from 1 to 64"), ("random-experts seed=-1", "not negative"),
  ])
  func `what a recipe cannot do is refused with what it can`(
    _ text: String, _ expected: String
  ) {
    let error = #expect(throws: RecipeError.self) { try plan(text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }
}
