/// A continued text.
public struct Generation: Codable, Hashable, Sendable {
  /// The continuation, without the prompt.
  public var text: String
  /// Tokens added.
  public var tokens: Int
  /// Tokens added per second.
  public var tokensPerSecond: Double

  /// A continued text.
  public init(text: String, tokens: Int, tokensPerSecond: Double) {
    self.text = text
    self.tokens = tokens
    self.tokensPerSecond = tokensPerSecond
  }

  private enum CodingKeys: String, CodingKey {
    case text, tokens
    case tokensPerSecond = "tokens_per_second"
  }
}
