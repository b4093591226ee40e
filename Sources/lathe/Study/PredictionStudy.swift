import EngineProtocol
import Model
import Search
import Workbench

/// How good predictions are, on plans drawn by chance that they were not fitted to.
struct PredictionStudy: Encodable {
  /// A plan, what was predicted before it was measured, and what was measured.
  struct Point: Encodable {
    let edits: [String]
    let fromSweep: Prediction
    let afterEarlier: Prediction
    let kl: Double
    let perplexity: Double
    let accuracy: Double?

    private enum CodingKeys: String, CodingKey {
      case edits, kl, perplexity, accuracy
      case fromSweep = "predicted_from_sweep"
      case afterEarlier = "predicted_after_earlier_plans"
    }
  }

  private(set) var points: [Point] = []

  /// Plans that are measured.
  static let plans = 200
  /// Seed of their choice; a sweep draws its own with others.
  static let seed: UInt64 = 2026

  /// Measures random plans one after the other, each after it was predicted.
  init(
    _ source: RandomPlan, _ predictor: Predictor, plans: Int = Self.plans,
    measure: (Plan) throws -> Evaluation
  ) rethrows {
    var source = source
    var fromSweep = predictor
    var learning = predictor
    for _ in 0..<plans {
      let plan = source.next()
      guard let before = fromSweep.predict(plan), let after = learning.predict(plan) else {
        continue
      }
      let measured = try measure(plan)
      learning.observe(measured, of: plan)
      points.append(
        Point(
          edits: plan.steps.map(\.said.description), fromSweep: before, afterEarlier: after,
          kl: measured.overall.kl, perplexity: measured.overall.perplexity,
          accuracy: measured.tasks.first?.accuracy))
    }
  }

  private enum CodingKeys: String, CodingKey { case points }

  // MARK: - Figures

  /// Spearman's rank correlation of predicted and measured KL.
  func rankCorrelation(_ predicted: KeyPath<Point, Prediction>) -> Double {
    RankCorrelation.spearman(points.map { $0[keyPath: predicted].kl }, points.map(\.kl))
  }

  /// Share of the measured KLs that lie in the 90 % interval.
  func coverage(_ predicted: KeyPath<Point, Prediction>) -> Double {
    let inside = points.count { point in
      let interval = point[keyPath: predicted].interval
      return interval.low <= point.kl && point.kl <= interval.high
    }
    return Double(inside) / Double(max(1, points.count))
  }

  /// The median factor by which measured and predicted KL differ.
  func medianFactor(_ predicted: KeyPath<Point, Prediction>) -> Double {
    let factors = points.map { point in
      let ratio = point[keyPath: predicted].kl / point.kl
      return max(ratio, 1 / ratio)
    }.sorted()
    return factors.isEmpty ? 1 : factors[factors.count / 2]
  }

  /// Median of how far predicted perplexities are off, as a share of the measured ones.
  func perplexityError(_ predicted: KeyPath<Point, Prediction>) -> Double {
    let errors = points.map { abs($0[keyPath: predicted].perplexity / $0.perplexity - 1) }.sorted()
    return errors.isEmpty ? 0 : errors[errors.count / 2]
  }

  /// Mean distance of predicted and measured accuracy; `nil` where none was predicted.
  func accuracyError(_ predicted: KeyPath<Point, Prediction>) -> Double? {
    let errors = points.compactMap { point -> Double? in
      guard let expected = point[keyPath: predicted].tasks.first, let found = point.accuracy
      else { return nil }
      return abs(expected.accuracy - found)
    }
    return errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count)
  }

  /// The figures as a Markdown table.
  var markdown: String {
    func row(_ name: String, _ predicted: KeyPath<Point, Prediction>) -> String {
      "| \(name) | \(Figure.fixed(rankCorrelation(predicted), 3))"
        + " | \(Figure.percent(coverage(predicted)))"
        + " | \(Figure.fixed(medianFactor(predicted), 2))x"
        + " | \(Figure.percent(perplexityError(predicted)))"
        + " | \(accuracyError(predicted).map { Figure.percent($0) } ?? "-") |"
    }
    return """
      | \(points.count) random plans, predicted before they were measured | rank correlation | \
      in the 90 % interval | median factor of KL | median error of perplexity | mean error of arithmetic |
      |---|--:|--:|--:|--:|--:|
      \(row("from the sweep alone", \.fromSweep))
      \(row("and from the plans measured before", \.afterEarlier))
      """
  }

  /// What predictions promise and do not keep, as sentences.
  var broken: [String] {
    var broken: [String] = []
    for (name, path) in [("from the sweep alone", \Point.fromSweep), ("refitted", \.afterEarlier)] {
      let correlation = rankCorrelation(path)
      if correlation < 0.95 {
        broken.append("predictions \(name): rank correlation \(correlation) is below 0.95")
      }
      let coverage = coverage(path)
      if !(0.85...0.95).contains(coverage) {
        broken.append("predictions \(name): the 90 % interval covers \(coverage)")
      }
    }
    return broken
  }
}

/// The study's JSON.
struct StudyReport: Encodable {
  let tables: [StudyTable]
  let predictions: PredictionStudy
}
