/// One part that goes.
public struct TrimStep: Hashable, Codable, Sendable {
  /// The part.
  public var unit: Unit
  /// Why it goes now: its score, or the loss once it and the earlier ones of its layer are gone.
  public var score: Double
  /// Calibration tokens behind the score.
  public var tokens: Int

  /// A part and its score.
  public init(_ unit: Unit, score: Double, tokens: Int) {
    self.unit = unit
    self.score = score
    self.tokens = tokens
  }
}

/// What a search for parts to drop came to.
public struct TrimProposal: Hashable, Codable, Sendable {
  /// The model it was measured on.
  public var model: Fingerprint
  /// The calibration texts.
  public var data: Fingerprint
  /// The parts, in the order they go.
  public var steps: [TrimStep]
  /// How experts were looked for; `nil` for other parts.
  public var search: DropSearch?
  /// Calibration tokens behind it.
  public var tokens: Int
  /// Seconds it took.
  public var seconds: Double
  /// Version of Lathe that measured it.
  public var version: String

  /// Puts a proposal together.
  public init(
    model: Fingerprint, data: Fingerprint, steps: [TrimStep], search: DropSearch? = nil,
    tokens: Int, seconds: Double, version: String
  ) {
    self.model = model
    self.data = data
    self.steps = steps
    self.search = search
    self.tokens = tokens
    self.seconds = seconds
    self.version = version
  }
}
