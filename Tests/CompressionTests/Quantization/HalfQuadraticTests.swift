import Compression
import Model
import Numerics
import TestSupport
import Testing

struct HalfQuadraticTests {
  @Test func `refined grids never have a larger absolute error, and a smaller one with outliers`()
    throws
  {
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      for bits in [2, 3, 4] {
        for symmetric in [true, false] {
          let weight = random.matrix(16, 128, scale: 0.02)
          for row in 0..<16 where row.isMultiple(of: 2) { weight[row, row] *= 6 }
          var quantization = Quantization(bits: bits, group: .inputs(64), symmetric: symmetric)
          let plain = try RoundToNearest(quantization).quantize(weight)
          quantization.method = .halfQuadratic
          let refined = try Quantizer(quantization).quantize([weight], inputs: nil)[0]
          #expect(refined.method == .halfQuadratic && refined.fallback == nil)
          for row in 0..<16 {
            #expect(error(refined.weight, weight, row) <= error(plain, weight, row) * 1.0001)
          }
          let ratio = total(refined.weight, weight) / total(plain, weight)
          #expect(ratio < 0.965, "\(bits) bits, seed \(seed)")
          // Stored as the ledger counts them: integer zeros, float16 scales.
          #expect(refined.weight.zeros.array.allSatisfy { $0 == $0.rounded() && $0 >= 0 })
          #expect(refined.weight.scales.array.allSatisfy { Float(Float16($0)) == $0 })
        }
      }
    }
  }

  private func error(_ quantized: QuantizedWeight, _ weight: Matrix, _ row: Int) -> Float {
    zip(quantized.dequantized().rows(row..<row + 1).array, weight.rows(row..<row + 1).array)
      .reduce(0) { $0 + abs($1.0 - $1.1) }
  }

  private func total(_ quantized: QuantizedWeight, _ weight: Matrix) -> Float {
    (0..<weight.rows).reduce(0) { $0 + error(quantized, weight, $1) }
  }
}
