import Foundation
import Numerics
import TestSupport
import Testing

/// Kernels that only some families need.
struct FamilyKernelTests {
  private func row(_ elements: [Float]) -> Matrix {
    Matrix(rows: 1, columns: elements.count, elements)
  }

  @Test func `layer norm is its formula`() {
    var generator = SeededGenerator(seed: 40)
    for count in awkwardLengths where count > 0 {
      let x = randomVector(count, in: 1...3, &generator)
      let weight = randomVector(count, &generator)
      let bias = randomVector(count, &generator)
      let mean = x.reduce(0) { $0 + Double($1) } / Double(count)
      let variance = x.reduce(0) { $0 + pow(Double($1) - mean, 2) } / Double(count)
      let expected = x.indices.map {
        (Double(x[$0]) - mean) / (variance + 1e-3).squareRoot() * Double(weight[$0])
          + Double(bias[$0])
      }
      let result = Matrix(rows: 1, columns: count)
      LayerNorm.apply(row(x), weight: row(weight), bias: row(bias), epsilon: 1e-3, into: result)
      #expect(error(result.array, expected) < 1e-5, "\(count)")
    }
  }

  @Test func `the clamped activation is its formula, far from zero too`() {
    var generator = SeededGenerator(seed: 41)
    for count in awkwardLengths {
      let gate = randomVector(count, in: -200...20, &generator)
      let up = randomVector(count, in: -20...20, &generator)
      let expected = zip(gate, up).map { gate, up in
        let gate = min(Double(gate), 7)
        return (min(max(Double(up), -7), 7) + 1) * gate / (1 + exp(-1.702 * gate))
      }
      let result = row(gate)
      GatedActivation.applyClamped(gate: result, up: row(up), slope: 1.702, limit: 7)
      #expect(error(result.array, expected) < 1e-5, "\(count)")
    }
  }

  @Test func `neighbours turn together, within the part of a head that rotates`() {
    var generator = SeededGenerator(seed: 42)
    let frequencies: [Float] = [1, 0.25, 0.0625]
    let table = RotaryEmbedding(
      frequencies: frequencies, positions: 20, magnitude: 1.5, pairing: .neighbours)
    for position in [0, 1, 19] {
      let x = randomVector(2 * 10, &generator)
      var expected = x.map { Double($0) }
      for head in [0, 10] {
        for (pair, frequency) in frequencies.enumerated() {
          let angle = Double(Float(position) * frequency)
          let first = head + 3 + 2 * pair
          let (a, b) = (Double(x[first]), Double(x[first + 1]))
          expected[first] = 1.5 * (a * cos(angle) - b * sin(angle))
          expected[first + 1] = 1.5 * (b * cos(angle) + a * sin(angle))
        }
      }
      let result = row(x)
      var span = result.mutableRow(0)
      table.apply(&span, position: position, headWidth: 10, offset: 3)
      #expect(error(result.array, expected) < 1e-6)
    }
  }

  @Test func `halves turn within the part of a head that rotates`() {
    var generator = SeededGenerator(seed: 43)
    for width in [2, 6, 32, 36] {
      let table = RotaryEmbedding(width: width, positions: 9, theta: 100)
      let headWidth = width + 5
      let x = randomVector(3 * headWidth, &generator)
      var expected = x.map { Double($0) }
      for head in 0..<3 {
        let part = head * headWidth..<head * headWidth + width
        expected.replaceSubrange(
          part, with: Reference.rotated(Array(x[part]), position: 8, theta: 100))
      }
      let result = row(x)
      var span = result.mutableRow(0)
      table.apply(&span, position: 8, headWidth: headWidth, offset: 0)
      #expect(error(result.array, expected) < 1e-5, "\(width)")
    }
  }

  @Test(arguments: [-50, -1, 0, 2, 60] as [Float])
  func `a sink takes its share of the softmax and gives nothing`(sink: Float) {
    var generator = SeededGenerator(seed: 44)
    let (queries, keys) = (randomView(70, 4, &generator), randomView(70, 4, &generator))
    let values = randomView(70, 4, &generator)
    let result = Matrix(rows: 70, columns: 4)
    CausalAttention(scale: 0.5, window: 30, sink: sink).apply(
      queries: queries, keys: keys, values: values, first: 0, into: result, scratch: Scratch())
    let expected = (0..<70).flatMap { query -> [Double] in
      let seen = Array(max(0, query - 29)...query)
      let scores = seen.map { key in
        0.5
          * (0..<4).reduce(Float(0)) { $0 + queries[query, $1] * keys[key, $1] }
      }
      let weights = Reference.softmax(scores + [sink])
      return (0..<4).map { column in
        zip(seen, weights).reduce(0) { $0 + $1.1 * Double(values[$1.0, column]) }
      }
    }
    #expect(error(result.array, expected) < 1e-5)
  }
}
