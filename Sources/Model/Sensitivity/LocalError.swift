/// How far a probe moves the residual stream behind the half of the block that it changes.
public struct LocalError: Hashable, Codable, Sendable {
  /// What was changed.
  public var probe: Probe
  /// Mean over tokens of `‖h' − h‖² / ‖h‖²`, with `h` the residual stream `[hidden]` behind the half.
  ///
  /// Each token counts alike: a few tokens with enormous residual streams would else decide alone.
  public var error: Double
  /// The same for each domain, in the order of `Sensitivities.domains`.
  public var errorByDomain: [Double]

  /// A probe's error.
  public init(probe: Probe, error: Double, errorByDomain: [Double]) {
    self.probe = probe
    self.error = error
    self.errorByDomain = errorByDomain
  }

  private enum CodingKeys: String, CodingKey {
    case probe, error
    case errorByDomain = "error_by_domain"
  }
}

/// What a propagated sweep knows of the blocks that it is done with, until it ends.
public struct PendingErrors: Hashable, Codable, Sendable {
  /// Blocks done, from the first.
  public var blocks: Int
  /// The errors of their probes.
  public var errors: [LocalError]
}

/// Changes whose local errors mean the same.
enum ErrorKind: Int, CaseIterable {
  case experts, attention, networks, neurons

  /// The kind of a change; `nil` for whole parts, which are always measured.
  init?(_ change: Probe.Change) {
    switch change {
    case .experts: self = .experts
    case .part: return nil
    case .bits(.attention, _): self = .attention
    case .bits: self = .networks
    case .neurons: self = .neurons
    }
  }
}
