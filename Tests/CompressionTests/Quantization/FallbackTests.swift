import Compression
import Model
import Numerics
import TestSupport
import Testing

/// Degenerate calibration: never a NaN, never silence about it.
struct FallbackTests {
  /// Inputs that break a naive implementation, by what is wrong with them.
  static let degenerate: [(String, @Sendable (Int) -> Matrix)] = [
    ("one token", { Matrix(rows: 1, columns: $0, repeating: 0.5) }),
    ("all zero", { Matrix(rows: 9, columns: $0) }),
    ("equal tokens", { Matrix(rows: 40, columns: $0, repeating: -2) }),
    ("tiny", { Matrix(rows: 9, columns: $0, repeating: 1e-22) }),
    ("huge", { Matrix(rows: 9, columns: $0, repeating: 1e15) }),
    (
      "one live input",
      { width in
        let inputs = Matrix(rows: 5, columns: width)
        inputs.columns(1..<2).fill(1)
        return inputs
      }
    ),
    ("not numbers", { Matrix(rows: 2, columns: $0, repeating: .nan) }),
    ("infinite", { Matrix(rows: 2, columns: $0, repeating: .infinity) }),
    ("overflowing squares", { Matrix(rows: 2, columns: $0, repeating: 1e30) }),
    ("no token", { Matrix(rows: 0, columns: $0) }),
  ]

  @Test(arguments: degenerate.indices)
  func `no quantiser gives a NaN or silently zeroes an expert`(_ index: Int) throws {
    let (name, make) = Self.degenerate[index]
    var random = SeededGenerator(seed: 2)
    let weight = random.matrix(24, 64)
    let inputs = InputStatistics(width: 64)
    inputs.add(make(64))
    for method in QuantizationMethod.allCases {
      for actOrder in [false, true] {
        let quantization = Quantization(
          bits: 4, group: .inputs(32), symmetric: false, method: method, clipping: actOrder,
          actOrder: actOrder)
        let result = try Quantizer(quantization).quantize([weight], inputs: inputs)[0]
        let values = result.weight.dequantized()
        #expect(values.isFinite, "\(name), \(method)")
        if result.method != method {
          let fallback = try #require(result.fallback, "\(name), \(method)")
          #expect(!fallback.description.isEmpty)
          let rounded = try RoundToNearest(quantization).quantize(weight).dequantized()
          #expect(difference(values, rounded) == 0, "\(name), \(method)")
        } else {
          #expect(result.fallback == nil)
        }
      }
    }
  }

  @Test func `GPTQ of an expert that no token reached is round-to-nearest and says so`() throws {
    var random = SeededGenerator(seed: 3)
    let weight = random.matrix(16, 64)
    let quantization = Quantization(
      bits: 4, group: .inputs(32), symmetric: true, method: .gptq)
    for inputs in [InputStatistics(width: 64), nil] {
      let result = try Quantizer(quantization).quantize([weight], inputs: inputs)[0]
      let rounded = try RoundToNearest(quantization).quantize(weight)
      #expect(result.fallback == .noTokens && result.method == .roundToNearest)
      #expect(result.weight.codes.array == rounded.codes.array)
    }
  }

  @Test func `only inputs that were always 0 count as dead, however small others are`() throws {
    var random = SeededGenerator(seed: 6)
    let tokens = random.matrix(300, 32)
    tokens.columns(3..<4).fill(0)
    tokens.columns(5..<6).scale(by: 1e-12)
    let inputs = InputStatistics(width: 32)
    inputs.add(tokens)
    let quantization = Quantization(bits: 8, group: .channel, symmetric: false, method: .gptq)
    let weight = random.matrix(8, 32)
    let values = try GPTQ(quantization).quantize([weight], inputs: inputs)[0].weight.dequantized()
    for row in 0..<8 {
      #expect(values[row, 3] == 0)
      #expect(abs(values[row, 5] - weight[row, 5]) < 0.3)
    }
  }

  @Test(arguments: degenerate.indices)
  func `no sparsifier gives a NaN, and one without its data says so`(_ index: Int) throws {
    let (name, make) = Self.degenerate[index]
    var random = SeededGenerator(seed: 4)
    let inputs = InputStatistics(width: 64)
    inputs.add(make(64))
    for pattern in [SparsityPattern.unstructured(0.5), .semiStructured(kept: 4, of: 8)] {
      for method in SparsityMethod.allCases {
        let weight = random.matrix(24, 64)
        let outcome = try Sparsifier(Sparsity(pattern, method))
          .apply(to: [weight], inputs: inputs)[0]
        #expect(weight.isFinite, "\(name), \(method)")
        #expect((outcome.method != method) == (outcome.fallback != nil), "\(name), \(method)")
        #expect(outcome.zeros == weight.array.count { $0 == 0 })
      }
    }
  }
}
