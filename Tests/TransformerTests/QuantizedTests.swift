import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Checkpoints in the stored types that people share, against what other libraries decode.
struct QuantizedTests {
  static let names = [
    "gptq", "gptq-3bit", "awq", "compressed-int4", "compressed-asymmetric", "compressed-bytes",
    "fp8", "mxfp4",
  ]

  @Test(arguments: names)
  func `logits are the reference's`(_ name: String) throws {
    let fixture = try Fixture("quantized/\(name)")
    let difference = largestDifference(
      try fixture.logits(), try fixture.reference.floats(named: "logits"))
    #expect(difference < 2e-4, "\(name): \(difference)")
  }

  @Test(arguments: names)
  func `decoded weights are the reference's, bit by bit`(_ name: String) throws {
    let fixture = try Fixture("quantized/\(name)")
    let weights = fixture.weights
    var compared = 0
    for role in fixture.spec.roles {
      let tensor = fixture.spec.tensor(role)
      guard let entry = fixture.reference.entry(named: tensor.name) else { continue }
      let expected = try fixture.reference.floats(named: tensor.name)
      // Of a stacked tensor, the reference has the first rows of expert 0.
      let own =
        if case .stacked(let block, .down) = role {
          TensorRole.linear(.expert(ExpertID(block: block, expert: 0), .down))
        } else {
          role
        }
      let found = try weights.weight(own).rows(0..<entry.shape[0])
      #expect(found.array == expected, "\(tensor.name)")
      compared += 1
    }
    #expect(compared > 0)
  }

  @Test(arguments: names)
  func `rows of a weight are those of the whole weight`(_ name: String) throws {
    let fixture = try Fixture("quantized/\(name)")
    let weights = fixture.weights
    for role in fixture.spec.roles where fixture.spec.tensor(role).shape.count == 2 {
      let whole = try weights.weight(role)
      let indices = [1, 0, whole.rows - 1]
      let rows = try weights.rows(indices, of: role)
      #expect(rows.array == indices.flatMap { whole.rows($0..<$0 + 1).array }, "\(role)")
    }
  }

  @Test(arguments: names)
  func `a weight is the same after its pages were released`(_ name: String) throws {
    let fixture = try Fixture("quantized/\(name)")
    let weights = CheckpointWeights(fixture.checkpoint, budget: 0, releasesPages: true)
    for linear in fixture.spec.linears(ofBlock: 0) {
      let before = try weights.weight(.linear(linear)).array
      #expect(try weights.weight(.linear(linear)).array == before, "\(linear)")
    }
  }
}
