import Checkpoint
import Foundation
import Model
import Numerics
import Testing
import Transformer

/// Against activations that transformers (deepseek: a Llama block with that family's MoE layer)
/// computed in float32.
struct ReferenceTests {
  private func tolerance(_ family: String) -> Float { family == "olmoe" ? 1e-4 : 2e-4 }

  @Test(arguments: Fixture.families)
  func `logits and loss are the reference's`(_ family: String) throws {
    let fixture = try Fixture(family)
    let pass = fixture.pass()
    let logits = try pass.logits(of: pass.hiddenStates(of: fixture.batch))
    let expected = try fixture.reference.floats(named: "logits")
    let difference = largestDifference(logits.array, expected)
    #expect(difference < tolerance(family))

    var nats = 0.0
    var targets = 0
    for rows in fixture.batch.sequences {
      for row in rows.dropLast() {
        nats += LogitRows.negativeLogLikelihood(
          of: fixture.batch.tokens[row + 1], in: logits.row(row))
        targets += 1
      }
    }
    let loss = try fixture.reference.floats(named: "loss")[0]
    #expect(abs(nats / Double(targets) - Double(loss)) < 1e-5)
  }

  @Test(arguments: Fixture.families)
  func `the residual stream at every block is the reference's`(_ family: String) throws {
    let fixture = try Fixture(family)
    let recorder = Recorder()
    let final = try fixture.pass().hiddenStates(of: fixture.batch, observer: recorder)
    for block in fixture.spec.blocks.indices {
      let found = try #require(recorder.record.blockInputs[block])
      let expected = try fixture.reference.floats(named: "hidden.\(block)")
      #expect(largestDifference(found, expected) < tolerance(family), "block \(block)")
    }
    let expected = try fixture.reference.floats(named: "hidden.\(fixture.spec.blocks.count)")
    #expect(largestDifference(final.array, expected) < tolerance(family))
  }

  @Test(arguments: Fixture.families)
  func `router logits are the reference's`(_ family: String) throws {
    let fixture = try Fixture(family)
    let recorder = Recorder()
    _ = try fixture.pass().hiddenStates(of: fixture.batch, observer: recorder)
    #expect(recorder.record.routerLogits.count == fixture.spec.moeBlocks.count)
    for block in fixture.spec.moeBlocks {
      let found = try #require(recorder.record.routerLogits[block])
      let expected = try fixture.reference.floats(named: "router.\(block).logits")
      #expect(largestDifference(found, expected) < 1e-4, "block \(block)")
    }
  }
}
