import Foundation
import Numerics
import TestSupport
import Testing

struct KernelTests {
  private func row(_ elements: [Float]) -> Matrix {
    Matrix(rows: 1, columns: elements.count, elements)
  }

  @Test func `RMS norm is its formula, in place too`() {
    var generator = SeededGenerator(seed: 4)
    for count in awkwardLengths {
      let x = randomVector(count, &generator)
      let weight = randomVector(count, &generator)
      let expected = Reference.norm(x, weight: weight, epsilon: 1e-5)
      let result = Matrix(rows: 1, columns: count)
      RootMeanSquareNorm.apply(row(x), weight: row(weight), epsilon: 1e-5, into: result)
      #expect(error(result.array, expected) < 1e-6, "\(count)")
      let inPlace = row(x)
      var span = inPlace.mutableRow(0)
      RootMeanSquareNorm.apply(inPlace: &span, weight: row(weight).row(0), epsilon: 1e-5)
      #expect(inPlace.array == result.array)
    }
  }

  @Test func `softmax is its formula over the whole range of exp`() {
    var generator = SeededGenerator(seed: 5)
    for count in awkwardLengths where count > 0 {
      let x = randomVector(count, in: -60...60, &generator)
      let result = row(x)
      var span = result.mutableRow(0)
      Softmax.apply(&span)
      let expected = Reference.softmax(x)
      for (found, wanted) in zip(result.array, expected) where wanted > 1e-37 {
        #expect(abs(Double(found) - wanted) < 4e-7 * wanted, "\(count)")
      }
    }
  }

  @Test func `softmax takes masked and overflowing logits`() {
    for (x, expected): ([Float], [Float]) in [
      ([-.infinity, 0], [0, 1]), ([1e30, -1e30, 1e30], [0.5, 0, 0.5]),
      ([-.infinity, -.infinity], [0, 0]), ([-3e38, 3e38], [0, 1]), ([-87, 0], [1.6458115e-38, 1]),
      ([-200, -100], [0, 1]), ([], []),
    ] {
      for padding in [0, 20] {
        let result = row(x + [Float](repeating: -.infinity, count: padding))
        var span = result.mutableRow(0)
        Softmax.apply(&span)
        let difference = zip(result.array, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference < 1e-6, "\(x) gave \(result.array)")
      }
    }
  }

  @Test func `gated activation is silu times up, far from zero too`() {
    var generator = SeededGenerator(seed: 6)
    for count in awkwardLengths {
      let gate = randomVector(count, in: -100...100, &generator)
      let up = randomVector(count, &generator)
      let result = row(gate)
      GatedActivation.apply(gate: result, up: row(up))
      #expect(error(result.array, zip(gate, up).map(Reference.gated)) < 1e-6, "\(count)")
    }
  }

  @Test func `dot, norm, cosine and weighted sum are their formulas`() {
    var generator = SeededGenerator(seed: 7)
    for count in awkwardLengths {
      let (x, y) = (row(randomVector(count, &generator)), row(randomVector(count, &generator)))
      let product = Reference.product(x, transposed: y)[0]
      let lengths = [x, y].map { Reference.product($0, transposed: $0)[0].squareRoot() }
      #expect(error([dot(x.row(0), y.row(0))], [product]) < 1e-5)
      #expect(error([norm(x.row(0))], [lengths[0]]) < 1e-5)
      let angle = count > 0 ? product / (lengths[0] * lengths[1]) : 0
      #expect(error([cosine(x.row(0), y.row(0))], [angle]) < 1e-5)
      let before = y.array
      var sum = y.mutableRow(0)
      add(x.row(0), weight: 0.25, to: &sum)
      #expect(y.array == zip(before, x.array).map { $0 + $1 * 0.25 })
    }
  }

  @Test func `the cosine with a zero vector is zero`() {
    #expect(cosine(row([0, 0]).row(0), row([1, 2]).row(0)) == 0)
  }

  @Test func `rotary embedding turns halves against each other`() {
    var generator = SeededGenerator(seed: 8)
    for width in [2, 4, 6, 30, 32, 34, 64, 128] {
      let rotary = RotaryEmbedding(width: width, positions: 40, theta: 10_000)
      for position in [0, 1, 7, 39] {
        let heads = (0..<3).map { _ in randomVector(width, &generator) }
        let result = row(Array(heads.joined()))
        var span = result.mutableRow(0)
        rotary.apply(&span, position: position)
        let expected = heads.flatMap { Reference.rotated($0, position: position, theta: 10_000) }
        #expect(error(result.array, expected) < 1e-5, "width \(width), position \(position)")
      }
    }
  }

  @Test func `top-k gives the largest first and equal ones by index`() {
    #expect(TopK.indices(of: row([1, 3, 3, 2]).row(0), count: 3) == [1, 2, 3])
    #expect(TopK.indices(of: row([0, 0, 0]).row(0), count: 2) == [0, 1])
    #expect(TopK.indices(of: row([.nan, 1, -.infinity]).row(0), count: 2) == [1, 2])
    var generator = SeededGenerator(seed: 9)
    for count in 0...9 {
      let x = (0..<count).map { _ in Float(Int.random(in: 0..<5, using: &generator)) }
      let sorted = x.indices.sorted { (-x[$0], $0) < (-x[$1], $1) }
      for k in 0...10 {
        #expect(TopK.indices(of: row(x).row(0), count: k) == Array(sorted.prefix(k)), "\(x), \(k)")
      }
    }
  }
}
