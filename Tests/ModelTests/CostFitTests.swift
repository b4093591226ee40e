import Foundation
import Numerics
import TestSupport
import Testing

@testable import Model

/// Factors fitted to measurements, and how sure they are.
struct CostFitTests {
  private func normal(_ random: inout SeededGenerator) -> Double {
    let one = Double.random(in: 1e-9..<1, using: &random)
    return (-2 * log(one)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
  }

  /// Plans whose KL is what the factors say, but for an error.
  private func plans(
    _ count: Int, factors: [Double], noise: Double, _ random: inout SeededGenerator
  ) -> [CostObservation] {
    (0..<count).map { _ in
      let costs = factors.indices.map { _ in
        Bool.random(using: &random) ? exp(2 * normal(&random)) / 100 : 0
      }
      let sum = zip(costs, factors).reduce(1e-4) { $0 + $1.0 * $1.1 }
      return CostObservation(
        costs: costs.map { $0 + 1e-4 / 12 }, kl: sum * exp(noise * normal(&random)),
        isOnEvaluationTexts: true)
    }
  }

  @Test func `before any measurement costs count as they are`() throws {
    var costs = Array(repeating: 0.0, count: CostKind.count)
    costs[CostKind.experts.rawValue] = 0.02
    costs[CostKind.bits.rawValue] = 0.01
    let (mean, scale) = try #require(CostFit([], .swept).predict(costs))
    #expect(abs(exp(mean) - 0.03) < 1e-9)
    #expect(scale > 0.25)
  }

  @Test func `nothing is said of a plan that costs nothing`() {
    #expect(CostFit([], .swept).predict(Array(repeating: 0.0, count: CostKind.count)) == nil)
  }

  @Test func `factors are found again from plans that follow them`() throws {
    var random = SeededGenerator(seed: 5)
    var factors = Array(repeating: 1.0, count: CostKind.count)
    factors[CostKind.experts.rawValue] = 1.3
    factors[CostKind.merges.rawValue] = 0.4
    let fit = CostFit(plans(200, factors: factors, noise: 0.05, &random), .swept)
    for kind in [CostKind.experts, .merges] {
      var costs = Array(repeating: 0.0, count: CostKind.count)
      costs[kind.rawValue] = 0.1
      let (mean, _) = try #require(fit.predict(costs))
      #expect(abs(exp(mean) / (0.1 * factors[kind.rawValue]) - 1) < 0.05)
    }
  }

  @Test(arguments: [UInt64](1...6))
  func `nine of ten unseen plans lie in the interval`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let factors = Array(repeating: 1.2, count: CostKind.count)
    let fit = CostFit(plans(60, factors: factors, noise: 0.3, &random), .swept)
    let unseen = plans(300, factors: factors, noise: 0.3, &random)
    let inside = try unseen.count { plan in
      let (mean, scale) = try #require(fit.predict(plan.costs))
      return abs(log(plan.kl) - mean) <= CostFit.reach * scale
    }
    // The tails of the model are heavier than those of these errors, so a few more lie inside.
    #expect((0.85...0.985).contains(Double(inside) / 300), "seed \(seed)")
  }

  @Test func `one odd plan does not turn the rest`() throws {
    var random = SeededGenerator(seed: 3)
    let factors = Array(repeating: 1.0, count: CostKind.count)
    var known = plans(40, factors: factors, noise: 0.1, &random)
    let before = CostFit(known, .swept)
    known[0].kl *= 50
    let after = CostFit(known, .swept)
    let plan = known[1].costs
    let one = try #require(before.predict(plan)).mean
    let other = try #require(after.predict(plan)).mean
    #expect(abs(one - other) < 0.15)
  }

  @Test func `what is expected without a measurement is as if it had never been fitted`() throws {
    var random = SeededGenerator(seed: 9)
    let factors = Array(repeating: 1.1, count: CostKind.count)
    let known = plans(30, factors: factors, noise: 0.2, &random)
    let fit = CostFit(known, .swept)
    for index in 0..<10 {
      var others = known
      let left = others.remove(at: index)
      let refitted = try #require(CostFit(others, .swept).predict(left.costs))
      let expected = fit.predictLeavingOut(left)
      #expect(abs(refitted.mean - expected.mean) < 0.1)
      #expect(abs(refitted.scale / expected.scale - 1) < 0.15)
    }
  }

  @Test func `the inverse of a matrix times it is the identity`() {
    let matrix = [[4.0, 1, 0.5], [1, 3, -1], [0.5, -1, 5]]
    let inverse = PositiveDefinite.inverse(matrix)
    for row in 0..<3 {
      for column in 0..<3 {
        let product = (0..<3).reduce(0.0) { $0 + matrix[row][$1] * inverse[$1][column] }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
      }
    }
  }
}
