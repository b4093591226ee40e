import Compression
import Foundation
import Model
import Numerics
import TestSupport
import Testing

struct RoundToNearestTests {
  /// `inp(n,m,a,b,c)[i][j] = sin(a*i + b*j + c)`, the oracle file's inputs.
  private func input(_ rows: Int, _ columns: Int, _ a: Double, _ b: Double, _ c: Double) -> Matrix {
    var elements: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        elements.append(Float(sin(a * Double(row) + b * Double(column) + c)))
      }
    }
    return Matrix(rows: rows, columns: columns, elements)
  }

  @Test func `symmetric rounding per row agrees with the reference`() throws {
    let oracle = try Oracle.roundToNearest()
    let weight = input(6, 8, 1.7, 0.9, 0.3)
    var method = RoundToNearest(Quantization(bits: 4, group: .channel, symmetric: true))
    method.roundsScales = false
    for row in 0..<6 {
      let values = weight.rows(row..<row + 1).array
      let grid = method.grid(least: values.min() ?? 0, most: values.max() ?? 0)
      #expect(abs(Double(grid.scale) - oracle.scale[row]) < 1e-6)
      #expect(Double(grid.zero) == oracle.zero[row])
    }
    method.apply(to: weight)
    for (value, expected) in zip(weight.array, oracle.weights) {
      #expect(abs(Double(value) - expected) < 1e-5)
    }
  }

  @Test func `an asymmetric grid holds zero exactly, whatever the weights`() {
    let seed: UInt64 = 3
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let low = Float.random(in: -3...3, using: &random)
      let high = low + Float.random(in: 0...3, using: &random)
      let bits = Quantization.allowedBits.randomElement(using: &random) ?? 4
      let method = RoundToNearest(Quantization(bits: bits, group: .channel, symmetric: false))
      let grid = method.grid(least: low, most: high)
      #expect(grid.zero >= 0 && grid.zero <= Float((1 << bits) - 1), "seed \(seed)")
      #expect(grid.zero == grid.zero.rounded(), "seed \(seed)")
    }
  }

  @Test func `no weight moves by more than half a step, plus the scale's own rounding`() {
    let seed: UInt64 = 11
    var random = SeededGenerator(seed: seed)
    for bits in Quantization.allowedBits {
      for symmetric in [true, false] {
        let elements = (0..<4 * 64).map { _ in Float.random(in: -1...1, using: &random) }
        let weight = Matrix(rows: 4, columns: 64, elements)
        RoundToNearest(Quantization(bits: bits, group: .inputs(32), symmetric: symmetric))
          .apply(to: weight)
        let step = 2 / Float((1 << bits) - 1)
        for (before, after) in zip(elements, weight.array) {
          // A symmetric grid of 2^b - 1 steps around a zero code reaches half a step less upwards.
          #expect(abs(before - after) <= step * 1.002, "bits \(bits), seed \(seed)")
        }
      }
    }
  }

  @Test func `rounding rounded weights changes nothing, and more bits never hurt`() {
    let weight = input(8, 64, 0.37, 1.3, 0.2)
    var lastError = Float.infinity
    for bits in Quantization.allowedBits {
      let method = RoundToNearest(Quantization(bits: bits, group: .inputs(32), symmetric: false))
      let once = Matrix(rows: 8, columns: 64, weight.array)
      method.apply(to: once)
      let error = zip(once.array, weight.array).reduce(Float(0)) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      #expect(error < lastError)
      lastError = error
    }
  }

  @Test func `zeros, one value and tiny weights give no NaN`() {
    for value: Float in [0, 1e-30, -1e-9, 7, -7, 1e30] {
      let weight = Matrix(rows: 2, columns: 32, repeating: value)
      RoundToNearest(Quantization(bits: 3, group: .channel, symmetric: false)).apply(to: weight)
      #expect(weight.array.allSatisfy { $0.isFinite }, "\(value)")
    }
  }
}

/// Expected outputs of one quantiser in the oracle file.
private struct Oracle: Decodable {
  var weights: [Double]
  var scale: [Double]
  var zero: [Double]

  private enum CodingKeys: String, CodingKey {
    case weights = "W_q"
    case scale, zero
  }

  static func roundToNearest() throws -> Oracle {
    let file = TestFolders.fixtures.appending(path: "formulas.json")
    return try JSONDecoder().decode(OracleFile.self, from: Data(contentsOf: file)).rtn
  }
}

private struct OracleFile: Decodable {
  var rtn: Oracle

  private enum CodingKeys: String, CodingKey { case rtn = "rtn_b4_perrow_sym" }
}
