/// The result of a task: of exact answers, or of choices.
public struct TaskEvaluation: Hashable, Sendable {
  /// The task's name.
  public var name: String
  /// Items asked.
  public var items: Int
  /// Share answered exactly; of multiple choice, share where the right choice is the likeliest.
  public var accuracy: Double
  /// Share where the right choice is the likeliest per character; `nil` for exact answers.
  public var normalizedAccuracy: Double?

  /// A task's result.
  public init(name: String, items: Int, accuracy: Double, normalizedAccuracy: Double? = nil) {
    self.name = name
    self.items = items
    self.accuracy = accuracy
    self.normalizedAccuracy = normalizedAccuracy
  }

  /// Whether choices were compared, not answers written.
  public var isMultipleChoice: Bool { normalizedAccuracy != nil }

  /// Standard error of the accuracy.
  public var standardError: Double { error(of: accuracy) }
  /// The accuracy's 95 % interval.
  public var accuracyInterval: Interval { interval(of: accuracy) }
  /// Standard error of the normalised accuracy.
  public var normalizedStandardError: Double? { normalizedAccuracy.map(error) }
  /// The normalised accuracy's 95 % interval.
  public var normalizedAccuracyInterval: Interval? { normalizedAccuracy.map(interval) }

  /// `s / √n`, with the sample's `s² = p (1 − p) n / (n − 1)`: what lm-evaluation-harness prints.
  private func error(of share: Double) -> Double {
    items < 2 ? 0 : (share * (1 - share) / Double(items - 1)).squareRoot()
  }

  /// Wilson's score interval (1927), which stays within 0 … 1 and is not empty where all are right.
  private func interval(of share: Double) -> Interval {
    let quantile = 1.959964
    let count = Double(max(1, items))
    let weight = quantile * quantile / count
    let center = (share + weight / 2) / (1 + weight)
    let spread = share * (1 - share) / count + weight / (4 * count)
    let margin = quantile * spread.squareRoot() / (1 + weight)
    return Interval(low: max(0, center - margin), high: min(1, center + margin))
  }
}

extension TaskEvaluation: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, items, accuracy
    case normalizedAccuracy = "normalized_accuracy"
    case standardError = "accuracy_stderr"
    case accuracyInterval = "accuracy_ci95"
    case normalizedStandardError = "normalized_accuracy_stderr"
    case normalizedAccuracyInterval = "normalized_accuracy_ci95"
  }

  /// Reads what was counted; errors and intervals follow from it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      items: try container.decode(Int.self, forKey: .items),
      accuracy: try container.decode(Double.self, forKey: .accuracy),
      normalizedAccuracy: try container.decodeIfPresent(Double.self, forKey: .normalizedAccuracy))
  }

  /// Writes what was counted, and what follows from it for other readers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(items, forKey: .items)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(standardError, forKey: .standardError)
    try container.encode(accuracyInterval, forKey: .accuracyInterval)
    try container.encodeIfPresent(normalizedAccuracy, forKey: .normalizedAccuracy)
    try container.encodeIfPresent(normalizedStandardError, forKey: .normalizedStandardError)
    try container.encodeIfPresent(normalizedAccuracyInterval, forKey: .normalizedAccuracyInterval)
  }
}
