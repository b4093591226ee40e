import Foundation
import Model
import TestSupport

@testable import Engine

/// A history in a folder of its own, and made-up measurements to keep in it.
struct HistorySample {
  static let conditions = Fingerprint(of: "conditions")
  let folder: URL
  var file: URL { folder.appending(path: "state/history.sqlite") }

  init() throws { folder = try TestFolders.temporary() }

  func store(_ warn: @escaping @Sendable (String) -> Void = { _ in }) -> HistoryStore {
    HistoryStore(file: file, warn: warn)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// A measurement of the plan that these edits come to.
  static func run(
    _ edits: String..., bytes: Int = 1000, kl: Double = 0.1, data: String = "texts",
    of spec: ModelSpec = .sample(), finished: Int = 1_700_000_000_000
  ) throws -> HistoryRun {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    let all = DomainEvaluation(
      name: "overall", tokens: 100, perplexity: 20, perplexityInterval: Interval(low: 19, high: 21),
      kl: kl, klInterval: Interval(low: kl * 0.9, high: kl * 1.1), top1Agreement: 0.9)
    var evaluation = Evaluation(
      model: spec.fingerprint, plan: plan.digest, data: Fingerprint(of: data), windows: 8,
      overall: all, domains: [all],
      tasks: [TaskEvaluation(name: "sums", items: 10, accuracy: 0.5)], seconds: 1.5,
      tokensPerSecond: 100, version: "1", fraction: 1)
    evaluation.calibration = CalibrationReference(
      data: Fingerprint(of: "calibration"), tokens: 4096, seed: .max)
    return HistoryRun(
      finished: finished, plan: PlanFile(plan, of: spec), bytes: bytes, evaluation: evaluation,
      predicted: PredictedKL(kl: 0.2, sigma: 0.05), origin: .search)
  }
}

extension HistoryStore {
  /// Keeps a measurement under the sample's conditions.
  func keep(_ run: HistoryRun) { record(run, conditions: HistorySample.conditions) }
}
