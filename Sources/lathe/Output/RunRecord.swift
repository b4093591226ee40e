import FoundationEssentials
import Model

/// A run of the history as scripts read it.
struct RunRecord: Encodable {
  private let run: HistoryRun

  init(_ run: HistoryRun) { self.run = run }

  /// `2026-01-31T12:34:56Z`.
  static func time(_ milliseconds: Int) -> String {
    Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
  }

  private enum CodingKeys: String, CodingKey {
    case id, time, model, name, digest, plan, bytes, kl, perplexity, accuracy, data, windows
    case calibration, seconds, version, origin, predicted, evaluation
    case klInterval = "kl_ci95"
    case perplexityInterval = "perplexity_ci95"
    case top1Agreement = "top1_agreement"
  }

  private enum PredictedKeys: String, CodingKey {
    case kl
    case sigma = "kl_sigma"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let evaluation = run.evaluation
    try container.encode(run.id, forKey: .id)
    try container.encode(Self.time(run.finished), forKey: .time)
    try container.encode(evaluation.model, forKey: .model)
    try container.encode(run.plan.model.name, forKey: .name)
    try container.encode(evaluation.plan, forKey: .digest)
    try container.encode(run.plan, forKey: .plan)
    try container.encode(run.bytes, forKey: .bytes)
    try container.encode(evaluation.overall.kl, forKey: .kl)
    try container.encode(evaluation.overall.klInterval, forKey: .klInterval)
    try container.encode(evaluation.overall.perplexity, forKey: .perplexity)
    try container.encode(evaluation.overall.perplexityInterval, forKey: .perplexityInterval)
    try container.encode(evaluation.overall.top1Agreement, forKey: .top1Agreement)
    try container.encodeIfPresent(run.accuracy, forKey: .accuracy)
    try container.encode(evaluation.data, forKey: .data)
    try container.encode(evaluation.windows, forKey: .windows)
    try container.encodeIfPresent(evaluation.calibration, forKey: .calibration)
    try container.encode(evaluation.seconds, forKey: .seconds)
    try container.encode(evaluation.version, forKey: .version)
    try container.encode(run.origin, forKey: .origin)
    if let predicted = run.predicted {
      var nested = container.nestedContainer(keyedBy: PredictedKeys.self, forKey: .predicted)
      try nested.encode(predicted.kl, forKey: .kl)
      try nested.encode(predicted.sigma, forKey: .sigma)
    }
    try container.encode(evaluation, forKey: .evaluation)
  }
}

/// A model of the history as scripts read it.
struct ModelRecord: Encodable {
  var name: String
  var fingerprint: Fingerprint
  var runs: Int
  var latest: String

  init(_ model: HistoryModel) {
    name = model.name
    fingerprint = model.fingerprint
    runs = model.runs
    latest = RunRecord.time(model.latest)
  }
}
