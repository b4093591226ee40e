import Foundation
import Numerics
import TestSupport

/// The formulas as the papers write them, in float64: oracles of the fast kernels.
enum Reference {
  static func product(_ x: Matrix, transposed w: Matrix) -> [Double] {
    (0..<x.rows).flatMap { i in
      (0..<w.rows).map { j in
        (0..<x.columns).reduce(0) { $0 + Double(x[i, $1]) * Double(w[j, $1]) }
      }
    }
  }

  static func product(_ a: Matrix, _ b: Matrix) -> [Double] {
    (0..<a.rows).flatMap { i in
      (0..<b.columns).map { j in
        (0..<a.columns).reduce(0) { $0 + Double(a[i, $1]) * Double(b[$1, j]) }
      }
    }
  }

  static func norm(_ x: [Float], weight: [Float], epsilon: Float) -> [Double] {
    let squares = x.reduce(0) { $0 + Double($1) * Double($1) }
    let root = (squares / Double(max(x.count, 1)) + Double(epsilon)).squareRoot()
    return zip(x, weight).map { Double($0) / root * Double($1) }
  }

  static func softmax(_ x: [Float]) -> [Double] {
    let largest = x.max() ?? 0
    // The difference is rounded to float32 here as everywhere: what is tested is exp.
    let powers = x.map { exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  static func gated(_ gate: Float, _ up: Float) -> Double {
    Double(gate) / (1 + exp(-Double(gate))) * Double(up)
  }

  static func rotated(_ head: [Float], position: Int, theta: Double) -> [Double] {
    let half = head.count / 2
    return head.indices.map { index in
      let angle = Double(position) / pow(theta, 2 * Double(index % half) / Double(head.count))
      let partner = index < half ? -Double(head[index + half]) : Double(head[index - half])
      return Double(head[index]) * cos(angle) + partner * sin(angle)
    }
  }

  static func attention(
    queries: Matrix, keys: Matrix, values: Matrix, first: Int, window: Int?, scale: Float,
    sink: Float? = nil
  ) -> [Double] {
    (0..<queries.rows).flatMap { query in
      let position = first + query
      let seen = (0...position).filter { $0 > position - (window ?? .max) }
      let scores = seen.map { key in
        scale
          * (0..<queries.columns).reduce(Float(0)) { $0 + queries[query, $1] * keys[key, $1] }
      }
      let weights = softmax(scores + (sink.map { [$0] } ?? []))
      return (0..<values.columns).map { column in
        zip(seen, weights).reduce(0) { $0 + $1.1 * Double(values[$1.0, column]) }
      }
    }
  }

  static func logSumExp(_ x: [Float]) -> Double {
    let largest = Double(x.max() ?? 0)
    return largest + log(x.reduce(0) { $0 + exp(Double($1) - largest) })
  }

  static func divergence(_ teacher: [Float], _ student: [Float]) -> Double {
    let (p, q) = (logSumExp(teacher), logSumExp(student))
    return zip(teacher, student).reduce(0) { sum, pair in
      let logP = Double(pair.0) - p
      return sum + exp(logP) * (logP - (Double(pair.1) - q))
    }
  }
}

/// Lengths around the sixteen lanes of a kernel and its unrolled loops.
let awkwardLengths = Array(0...5) + [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200]

/// Numbers evenly spread over `range`.
func randomVector(
  _ count: Int, in range: ClosedRange<Float> = -2...2, _ generator: inout SeededGenerator
) -> [Float] {
  (0..<count).map { _ in Float.random(in: range, using: &generator) }
}

/// A matrix that is a view into a larger one, so that kernels meet strides.
func randomView(_ rows: Int, _ columns: Int, _ generator: inout SeededGenerator) -> Matrix {
  let whole = Matrix(
    rows: rows + 2, columns: columns + 3,
    randomVector((rows + 2) * (columns + 3), &generator))
  return whole.rows(1..<rows + 1).columns(2..<columns + 2)
}

/// The largest difference in units of `1 + |expected|`; infinite where something is not a number.
func error(_ found: [Float], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).reduce(0) { largest, pair in
    let difference = abs(Double(pair.0) - pair.1) / (1 + abs(pair.1))
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
