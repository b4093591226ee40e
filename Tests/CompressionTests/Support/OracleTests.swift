import Compression
import Model
import Numerics
import TestSupport
import Testing

/// The numbers that reference code computed.
struct OracleTests {
  @Test func `Wanda's input norms and masks agree with the reference`() throws {
    let statistics = ReferenceInputs.statistics
    let norms = try statistics.rootMeanSquares()
    // The reference divides by sequences, not tokens, which scales all alike.
    let sequences = Float(ReferenceInputs.batches.count)
    let scaled = norms.map { Double($0 * $0 * 16 / sequences) }
    let expected = try ReferenceInputs.expected("wanda", "scaler_row")
    for (value, expected) in zip(scaled, expected) { #expect(abs(value - expected) < 1e-5) }
    for (pattern, key) in [
      (SparsityPattern.unstructured(0.5), "pruned_mask_50_per_row"),
      (.semiStructured(kept: 2, of: 4), "pruned_mask_2:4"),
    ] {
      let weight = ReferenceInputs.weight
      try Sparsifier(Sparsity(pattern, .wanda)).apply(to: [weight], inputs: statistics)
      #expect(
        weight.array.map { $0 == 0 ? 1.0 : 0 } == (try ReferenceInputs.expected("wanda", key)))
    }
  }

  @Test func `the Hessian agrees with the reference`() throws {
    let hessian = try ReferenceInputs.statistics.hessian()
    // The reference divides by 2 sequences, we by 16 tokens.
    hessian.scale(by: 16 / 2)
    let expected = try ReferenceInputs.expected("hessian", "H(gptq/sparsegpt, 2/n_seq * X^T X)")
    #expect(difference(hessian, expected) < 1e-5)
  }

  @Test(arguments: [
    ("sparsegpt_unstructured50_bs4", SparsityPattern.unstructured(0.5), 4),
    ("sparsegpt_2:4_bs8", SparsityPattern.semiStructured(kept: 2, of: 4), 8),
  ])
  func `SparseGPT zeroes the same weights and makes up for them alike`(
    _ name: String, _ pattern: SparsityPattern, _ block: Int
  ) throws {
    let weight = ReferenceInputs.weight
    var method = SparseGPT(pattern: pattern)
    method.block = block
    let loss = method.prune(
      weight, try SweepFactor(ReferenceInputs.statistics), workers: .shared)
    let expected = try ReferenceInputs.expected(name, "W_out")
    #expect(weight.array.map { $0 == 0 } == expected.map { $0 == 0 })
    #expect(difference(weight, expected) < 1e-5)
    let expectedLoss = try ReferenceInputs.expected(name, "loss_sum")[0]
    #expect(abs(loss * 16 / 2 - expectedLoss) < 1e-4)
  }

  @Test(arguments: [
    ("gptq_b4_g4_sym", 4, GroupSize.inputs(4), true, false),
    ("gptq_b3_g4_asym", 3, .inputs(4), false, false),
    ("gptq_b2_gall_sym_actorder", 2, .channel, true, true),
  ])
  func `GPTQ agrees with the reference`(
    _ name: String, _ bits: Int, _ group: GroupSize, _ symmetric: Bool, _ actOrder: Bool
  ) throws {
    var method = GPTQ(
      Quantization(
        bits: bits, group: group, symmetric: symmetric, method: .gptq, actOrder: actOrder))
    method.grids = .original
    method.rounding.roundsScales = false
    method.rounding.convention = .gptqReference
    let result = try method.quantize(
      [ReferenceInputs.weight], inputs: ReferenceInputs.statistics)[0]
    #expect(result.method == .gptq && result.fallback == nil)
    let weight = result.weight
    #expect(
      difference(weight.dequantized(), try ReferenceInputs.expected(name, "W_q")) < 1e-5)
    #expect(difference(weight.scales, try ReferenceInputs.expected(name, "scale")) < 1e-6)
    #expect(difference(weight.zeros, try ReferenceInputs.expected(name, "zero")) == 0)
    let groups = try ReferenceInputs.expected(name, "g_idx").map { Int($0) }
    #expect((weight.groupOfInput ?? (0..<8).map { $0 / weight.groupSize }) == groups)
  }

  @Test func `AWQ's grid agrees with the reference`() throws {
    var rounding = RoundToNearest(Quantization(bits: 4, group: .inputs(4), symmetric: false))
    rounding.roundsScales = false
    rounding.convention = .awqReference
    let weight = try rounding.quantize(ReferenceInputs.weight)
    let name = "awq_pseudo_b4_g4_zp"
    #expect(
      difference(weight.dequantized(), try ReferenceInputs.expected(name, "W_q")) < 1e-5)
    #expect(difference(weight.scales, try ReferenceInputs.expected(name, "scale")) < 1e-6)
    #expect(difference(weight.zeros, try ReferenceInputs.expected(name, "zero")) == 0)
  }
}
