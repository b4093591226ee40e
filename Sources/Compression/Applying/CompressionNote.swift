import Model

/// What a method could not do as a plan asked, and what was done instead.
public struct CompressionNote: Hashable, Sendable {
  /// The linear or network, such as `3.5.gate`.
  public var part: String
  /// What happened and why, one sentence without a full stop.
  public var text: String
}

extension Sequence<CompressionNote> {
  /// A sentence for each thing that happened, with the parts it happened to.
  public var sentences: [String] {
    Dictionary(grouping: Set(self), by: \.text).map { text, notes in
      let parts = notes.map(\.part).sorted { $0.compare($1) }
      let named = parts.prefix(4).joined(separator: ", ")
      return parts.count > 4
        ? "\(named) and \(parts.count - 4) others: \(text)" : "\(named): \(text)"
    }
    .sorted()
  }
}

extension String {
  /// Orders parts such as `3.5.gate` by their numbers.
  fileprivate func compare(_ other: String) -> Bool {
    for (left, right) in zip(split(separator: "."), other.split(separator: ".")) where left != right
    {
      if let left = Int(left), let right = Int(right) { return left < right }
      return left < right
    }
    return count < other.count
  }
}

/// A weight that a plan's method cannot work on at all.
public struct CompressionFailure: Error, Hashable, CustomStringConvertible {
  /// The linear or network, such as `3.5.gate`.
  public var part: String
  /// Why.
  public var problem: CompressionProblem

  /// A problem of a part.
  public init(part: String, problem: CompressionProblem) {
    self.part = part
    self.problem = problem
  }

  /// The part and the reason.
  public var description: String { "\(part): \(problem)" }
}
