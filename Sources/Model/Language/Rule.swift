/// A condition over scores and positions: `load < 0.5x and block in 4..11`.
public indirect enum Rule: Hashable, Sendable {
  case compare(Field, Comparison, Threshold)
  case within(Field, ClosedRange<Double>)
  case and(Rule, Rule)
  case or(Rule, Rule)
  case not(Rule)

  /// What a rule can ask about.
  public enum Field: String, CaseIterable, Sendable, Hashable {
    case load, mass, weight, reap, ean, tokens, norm, outlier, importance, block, expert
    case selectedMass = "selected-mass"
    case eanSum = "ean-sum"
    case weightedEan = "weighted-ean"

    /// What it is, in a few words.
    public var explanation: String {
      switch self {
      case .load: "share of the block's routed tokens (0.5x: half of uniform)"
      case .mass: "mean router probability (0.5x: half of uniform)"
      case .selectedMass: "mean router probability, only where chosen"
      case .weight: "mean mixing weight where routed"
      case .reap: "REAP score"
      case .ean: "mean output norm where routed"
      case .eanSum: "sum of its output norms"
      case .weightedEan: "mean of router probability x output norm where routed"
      case .tokens: "calibration tokens routed to it"
      case .norm: "norm of the expert's weights"
      case .outlier: "largest outlier score of its linears"
      case .importance: "1 - cosine before and after the block, MoE layer or attention half"
      case .block: "index of the block"
      case .expert: "index of the expert in its block"
      }
    }

    /// Whether it can be read without a profile.
    var isPosition: Bool { self == .block || self == .expert }
    /// Whether `0.5x` (half of uniform) makes sense.
    var isShare: Bool { self == .load || self == .mass }
  }

  /// A comparison sign.
  public enum Comparison: String, CaseIterable, Sendable, Hashable {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "="
    case notEqual = "!="

    func holds(_ left: Double, _ right: Double) -> Bool {
      switch self {
      case .less: left < right
      case .lessOrEqual: left <= right
      case .greater: left > right
      case .greaterOrEqual: left >= right
      case .equal: left == right
      case .notEqual: left != right
      }
    }
  }

  /// A number, absolute or in multiples of the uniform share (`0.5x`).
  public struct Threshold: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public var value: Double
    /// Whether it counts in uniform shares.
    public var timesUniform: Bool

    /// The number as it can be typed again.
    public var description: String { Rule.text(value) + (timesUniform ? "x" : "") }
  }

  /// Fields that need a profile.
  var scoredFields: [Field] {
    switch self {
    case .compare(let field, _, _), .within(let field, _): field.isPosition ? [] : [field]
    case .and(let left, let right), .or(let left, let right):
      left.scoredFields + right.scoredFields
    case .not(let rule): rule.scoredFields
    }
  }

  /// Whether the rule holds, given each field's value and the uniform share `1 / experts`.
  func holds(uniform: Double, _ value: (Field) -> Double) -> Bool {
    switch self {
    case .compare(let field, let comparison, let threshold):
      comparison.holds(
        value(field), threshold.timesUniform ? threshold.value * uniform : threshold.value)
    case .within(let field, let range): range.contains(value(field))
    case .and(let left, let right):
      left.holds(uniform: uniform, value) && right.holds(uniform: uniform, value)
    case .or(let left, let right):
      left.holds(uniform: uniform, value) || right.holds(uniform: uniform, value)
    case .not(let rule): !rule.holds(uniform: uniform, value)
    }
  }

  /// A number without a needless `.0`.
  fileprivate static func text(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

extension Rule: CustomStringConvertible {
  /// The rule as it can be typed again.
  public var description: String {
    switch self {
    case .compare(let field, let comparison, let threshold):
      "\(field.rawValue) \(comparison.rawValue) \(threshold)"
    case .within(let field, let range):
      "\(field.rawValue) in \(Rule.text(range.lowerBound))..\(Rule.text(range.upperBound))"
    case .and(let left, let right): "\(left.grouped(in: .and)) and \(right.grouped(in: .and))"
    case .or(let left, let right): "\(left) or \(right)"
    case .not(let rule): "not \(rule.grouped(in: .not))"
    }
  }

  private enum Outer { case and, not }

  private func grouped(in outer: Outer) -> String {
    switch (self, outer) {
    case (.or, _), (.and, .not): "(\(self))"
    default: description
    }
  }
}
