import Checkpoint
import Compression
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Plans for checkpoints that are quantised already.
struct QuantizedSourceTests {
  @Test(arguments: ["gptq", "awq", "compressed-int4", "fp8", "mxfp4"])
  func `what a plan rounds is rounded from what is stored, all else stays as it is`(
    _ name: String
  ) throws {
    let folder = TestFolders.fixtures.appending(path: "quantized/\(name)").path
    let checkpoint = try Checkpoint.open(folder: folder)
    var plan = Plan(for: checkpoint.spec)
    try plan.apply(
      Edit(parsing: "bits 3 experts 0.1 group 32"), spec: checkpoint.spec, profile: nil)
    let stored = CheckpointWeights(checkpoint)
    let compressed = CompressedWeights(
      stored, choices: plan.choices, cache: WeightCache(budget: 1 << 20))
    for linear in checkpoint.spec.linears(ofBlock: 0) {
      let role = TensorRole.linear(linear)
      let expected = Matrix(
        rows: try stored.weight(role).rows, columns: try stored.weight(role).columns,
        try stored.weight(role).array)
      if case .quantized(let quantization) = plan.choices.precision(of: linear) {
        RoundToNearest(quantization).apply(to: expected)
      }
      #expect(try compressed.weight(role).array == expected.array, "\(linear)")
    }
  }

  @Test(arguments: ["gptq", "awq", "compressed-int4", "fp8", "mxfp4"])
  func `a plan pays for what it rounds, and keeps the bytes of what it does not`(
    _ name: String
  ) throws {
    let folder = TestFolders.fixtures.appending(path: "quantized/\(name)").path
    let spec = try Checkpoint.open(folder: folder).spec
    var plan = Plan(for: spec)
    try plan.apply(Edit(parsing: "bits 3 experts 0.1 group 32"), spec: spec, profile: nil)
    var expected = spec.ledger(of: Choices(spec)).bytes
    for kind in FeedForwardLinear.allCases {
      let linear = LinearID.expert(ExpertID(block: 0, expert: 1), kind)
      let (rows, columns) = spec.shape(of: linear)
      guard case .quantized(let quantization) = plan.choices.precision(of: linear) else {
        Issue.record("\(linear) is not rounded")
        continue
      }
      expected -= spec.encoding(of: linear).bytes(of: [rows, columns])
      expected += quantization.bytes(rows: rows, columns: columns)
    }
    #expect(spec.ledger(of: plan.choices).bytes == expected)
  }
}
