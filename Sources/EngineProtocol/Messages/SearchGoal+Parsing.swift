import Model

extension SearchGoal {
  /// What a goal limits, by the word a person writes for it.
  public enum Kind: String, CaseIterable, Sendable {
    case memory
    case averageBits = "bits"
    case storedBits = "stored-bits"
    case speed
    case divergence = "kl"

    /// A value that it takes, for people who ask.
    public var example: String {
      switch self {
      case .memory: "9MiB"
      case .averageBits: "2.54"
      case .storedBits: "3"
      case .speed: "2x"
      case .divergence: "0.1"
      }
    }
  }

  /// Reads a goal as `memory 9MiB`.
  ///
  /// - Throws: `SearchGoalError` for anything but a kind and its value.
  public init(parsing text: String) throws(SearchGoalError) {
    let word = text.prefix { $0 != " " }
    guard let kind = Kind(rawValue: word.lowercased()) else { throw .kind(String(word)) }
    try self.init(kind, String(text.dropFirst(word.count)))
  }

  /// Reads the value of a goal, such as `9MiB`, `2.54`, `2x`.
  ///
  /// - Throws: `SearchGoalError` where the goal cannot have it.
  public init(_ kind: Kind, _ text: String) throws(SearchGoalError) {
    let text = String(text.filter { $0 != " " }).lowercased()
    let isFactor = kind == .speed && text.hasSuffix("x")
    let number = Double(isFactor ? String(text.dropLast()) : text)
    switch (kind, number) {
    case (.memory, _):
      guard let count = ByteCount(parsing: text) else { throw .value(kind) }
      self = .memory(bytes: count.bytes)
    case (.averageBits, let bits?) where bits > 0 && bits <= 32: self = .averageBits(bits)
    case (.storedBits, let bits?) where bits > 0 && bits <= 32: self = .storedBits(bits)
    case (.speed, let factor?) where factor >= 1 && factor.isFinite: self = .speed(factor)
    case (.divergence, let kl?) where kl >= 0 && kl.isFinite: self = .divergence(kl)
    default: throw .value(kind)
    }
  }
}

/// Why a text is no goal of a search.
public enum SearchGoalError: Error, Hashable, Sendable {
  /// There is no such kind of goal; an empty text where none was given.
  case kind(String)
  /// That kind of goal cannot have the value that was given.
  case value(SearchGoal.Kind)
}

extension SearchGoalError: CustomStringConvertible {
  /// The reason and what to do.
  public var description: String {
    switch self {
    case .kind(let word):
      (word.isEmpty ? "a search needs a goal" : "\"\(word)\" is no goal of a search")
        + "; say one of "
        + SearchGoal.Kind.allCases.map { "\($0.rawValue) \($0.example)" }.joined(separator: ", ")
    case .value(let kind): "\(kind.rawValue) takes \(kind.range), such as \(kind.example)"
    }
  }
}

extension SearchGoal.Kind {
  /// The values that it takes, in words.
  fileprivate var range: String {
    switch self {
    case .memory: "the bytes of the model"
    case .averageBits: "more than 0 and at most 32 bits a weight"
    case .storedBits: "more than 0 and at most 32 bits a weight, scales included"
    case .speed: "a factor of at least 1"
    case .divergence: "nats a token, 0 or more"
    }
  }
}
