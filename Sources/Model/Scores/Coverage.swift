extension ExpertProfile {
  /// Tokens below which an expert's scores say little.
  public static let leastTokens = 64

  /// Whether enough tokens were routed to it for its scores to be relied on.
  public var isReliable: Bool { tokens >= Self.leastTokens }
}

extension BlockProfile {
  /// Experts whose scores rest on too few tokens.
  public var unreliableExperts: [Int] { experts.filter { !$0.isReliable }.map(\.index) }
}
