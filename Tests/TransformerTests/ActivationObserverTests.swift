import Checkpoint
import Foundation
import Model
import Numerics
import Testing
import Transformer

struct ActivationObserverTests {
  private func observed(_ family: String) throws -> (Fixture, Recorder.Record, Matrix) {
    let fixture = try Fixture(family)
    let recorder = Recorder()
    let hidden = try fixture.pass().hiddenStates(of: fixture.batch, observer: recorder)
    return (fixture, recorder.record, hidden)
  }

  @Test(arguments: Fixture.families)
  func `observing changes no bit`(_ family: String) throws {
    let (fixture, _, hidden) = try observed(family)
    let unobserved = try fixture.pass().hiddenStates(of: fixture.batch)
    #expect(hidden.array.map(\.bitPattern) == unobserved.array.map(\.bitPattern))
  }

  @Test(arguments: Fixture.families)
  func `every expert with tokens is reported once, with the tokens routed to it`(
    _ family: String
  ) throws {
    let (fixture, record, _) = try observed(family)
    #expect(record.expertCalls == record.experts.count)
    for block in fixture.spec.moeBlocks {
      let routing = try #require(record.routings[block])
      for expert in 0..<fixture.spec.blocks[block].expertCount {
        let pairs = routing.experts.indices.filter { routing.experts[$0] == expert }
        let found = record.experts[ExpertID(block: block, expert: expert)]
        #expect((found?.tokens ?? []) == pairs.map { $0 / routing.slots })
        #expect((found?.weights ?? []) == pairs.map { routing.weights[$0] })
      }
    }
  }

  @Test(arguments: Fixture.families)
  func `reported inputs, intermediates and outputs of experts fit together`(
    _ family: String
  ) throws {
    let (fixture, record, _) = try observed(family)
    let weights = fixture.weights
    for (id, expert) in record.experts {
      let normed = try #require(record.linearInputs[id.block]?[.feedForward])
      let hidden = fixture.spec.hidden
      let inputs = expert.tokens.flatMap { normed[$0 * hidden..<($0 + 1) * hidden] }
      #expect(expert.input.array == inputs)
      let product = { (x: Matrix, linear: FeedForwardLinear) throws in
        let weight = try weights.weight(.linear(.expert(id, linear)))
        let y = Matrix(rows: x.rows, columns: weight.rows)
        y.setProduct(x, transposed: weight)
        let id = LinearID.expert(id, linear)
        if fixture.spec.hasBias(id) { try y.addToRows(weights.weight(.bias(id))) }
        return y
      }
      let gate = try product(expert.input, .gate)
      let up = try product(expert.input, .up)
      switch fixture.spec.blocks[id.block].moe?.activation ?? .silu {
      case .silu: GatedActivation.apply(gate: gate, up: up)
      case .clampedSwiGLU(let slope, let limit):
        GatedActivation.applyClamped(gate: gate, up: up, slope: slope, limit: limit)
      }
      #expect(largestDifference(expert.intermediate.array, gate.array) < 1e-5)
      let down = try product(gate, .down)
      #expect(largestDifference(expert.output.array, down.array) < 1e-5)
    }
  }

  @Test(arguments: Fixture.families)
  func `what a MoE layer adds is the weighted sum of the reported outputs`(
    _ family: String
  ) throws {
    let (fixture, record, _) = try observed(family)
    for block in fixture.spec.moeBlocks {
      let half = try #require(record.feedForward[block])
      var sum = half.before.map { $0 / fixture.spec.multipliers.residual }
      let hidden = fixture.spec.hidden
      for (id, expert) in record.experts where id.block == block {
        for (row, token) in expert.tokens.enumerated() {
          for column in 0..<hidden {
            sum[token * hidden + column] += expert.weights[row] * expert.output[row, column]
          }
        }
      }
      if let intermediate = record.linearInputs[block]?[.sharedDown] {
        let down = try fixture.weights.weight(.linear(.shared(block: block, .down)))
        let shared = Matrix(rows: fixture.batch.count, columns: hidden)
        shared.setProduct(
          Matrix(rows: fixture.batch.count, columns: down.columns, intermediate),
          transposed: down)
        if fixture.spec.blocks[block].moe?.shared?.isGated == true {
          let normed = try #require(record.linearInputs[block]?[.feedForward])
          let gate = try fixture.weights.weight(.sharedGate(block: block)).array
          for token in 0..<fixture.batch.count {
            let row = normed[token * hidden..<(token + 1) * hidden]
            let score = zip(row, gate).reduce(0) { $0 + $1.0 * $1.1 }
            shared.rows(token..<token + 1).scale(by: 1 / (1 + exp(-score)))
          }
        }
        sum = zip(sum, shared.array).map { $0 + $1 }
      }
      sum = sum.map { $0 * fixture.spec.multipliers.residual }
      #expect(largestDifference(sum, half.after) < 1e-5, "block \(block)")
    }
  }

  @Test(arguments: Fixture.families)
  func `halves are reported as steps of one residual stream`(_ family: String) throws {
    let (fixture, record, _) = try observed(family)
    for block in fixture.spec.blocks.indices {
      #expect(record.attention[block]?.before == record.blockInputs[block])
      #expect(record.feedForward[block]?.before == record.attention[block]?.after)
      guard block + 1 < fixture.spec.blocks.count else { continue }
      #expect(record.feedForward[block]?.after == record.blockInputs[block + 1])
    }
  }

  @Test func `inputs of dense and shared networks are reported where there are any`() throws {
    let (fixture, record, _) = try observed("deepseek")
    #expect(fixture.spec.blocks[0].moe == nil)
    let dense: Set<LinearInput> = [.attention, .attentionOutput, .feedForward, .denseDown]
    let moe: Set<LinearInput> = [.attention, .attentionOutput, .feedForward, .sharedDown]
    #expect(record.linearInputs[0].map { Set($0.keys) } == dense)
    #expect(record.linearInputs[1].map { Set($0.keys) } == moe)
  }
}
