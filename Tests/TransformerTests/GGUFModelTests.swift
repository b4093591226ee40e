import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

struct GGUFModelTests {
  @Test(arguments: Fixture.families)
  func `a family's GGUF file gives the logits of its checkpoint`(_ family: String) throws {
    let fixture = try Fixture(family)
    let path = "/tmp/ggw/out/\(family).f32.gguf"
    let checkpoint = try Checkpoint.open(folder: path)
    let pass = ForwardPass(spec: checkpoint.spec, weights: CheckpointWeights(checkpoint))
    let logits = try pass.logits(of: pass.hiddenStates(of: fixture.batch)).array
    let reference = try fixture.reference.floats(named: "logits")
    #expect(checkpoint.extraTensors == [])
    let difference = largestDifference(logits, reference)
    print(family, difference, largestDifference(logits, try fixture.logits()))
    #expect(difference < 2e-4)
  }
}
