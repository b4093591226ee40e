/// How much one probe costs in quality.
public struct Sensitivity: Hashable, Codable, Sendable {
  /// How a figure came about.
  public enum Source: String, Codable, Sendable {
    /// The whole model was run with the change.
    case measured
    /// The error at the block's output was measured, and carried to the end by the block's gain.
    case propagated
  }

  /// What was changed.
  public var probe: Probe
  /// Mean over tokens of `KL(original || changed)`, nats.
  public var kl: Double
  /// The same for each domain, in the order of `Sensitivities.domains`.
  public var klByDomain: [Double]
  /// Rise of the mean negative log-likelihood, nats; its exponential is the factor on perplexity.
  public var lossRise: Double
  /// How the figures came about.
  public var source: Source

  /// A probe's cost.
  public init(
    probe: Probe, kl: Double, klByDomain: [Double], lossRise: Double, source: Source = .measured
  ) {
    self.probe = probe
    self.kl = kl
    self.klByDomain = klByDomain
    self.lossRise = lossRise
    self.source = source
  }

  private enum CodingKeys: String, CodingKey {
    case probe, kl, source
    case klByDomain = "kl_by_domain"
    case lossRise = "loss_rise"
  }
}

/// What several changes together cost: what predictions are fitted to before a person measures.
public struct Combination: Hashable, Codable, Sendable {
  /// The edits, in order.
  public var edits: [String]
  /// Mean over tokens of `KL(original || plan)`, nats.
  public var kl: Double
  /// The same for each domain, in the order of `Sensitivities.domains`.
  public var klByDomain: [Double]
  /// Rise of the mean negative log-likelihood, nats.
  public var lossRise: Double

  /// A plan's cost.
  public init(edits: [String], kl: Double, klByDomain: [Double], lossRise: Double) {
    self.edits = edits
    self.kl = kl
    self.klByDomain = klByDomain
    self.lossRise = lossRise
  }

  private enum CodingKeys: String, CodingKey {
    case edits, kl
    case klByDomain = "kl_by_domain"
    case lossRise = "loss_rise"
  }
}

/// What a sensitivity sweep found: the cost of every change tried alone.
///
/// A value that carries its own provenance. It may be a part of a sweep that still runs.
public struct Sensitivities: Hashable, Codable, Sendable {
  /// The model.
  public var model: Fingerprint
  /// The texts it was measured on.
  public var data: Fingerprint
  /// Tokens of them.
  public var tokens: Int
  /// Seed of the choice of windows and of experts that go together.
  public var seed: UInt64
  /// The texts' domains.
  public var domains: [String]
  /// What was tried so far, in the order of the sweep.
  public private(set) var entries: [Sensitivity]
  /// Plans of several changes that were measured, in order.
  public private(set) var combinations: [Combination] = []
  /// What is not yet carried to the model's end; `nil` for a sweep that measures everything, and at the
  /// end.
  public private(set) var pending: PendingErrors?
  /// What each MoE layer's router and experts did on a few tokens.
  public var sketches: [LayerSketch] = []
  /// Probes and combinations of the whole sweep.
  public var count: Int
  /// Wall-clock seconds, of all runs that it took.
  public var seconds: Double
  /// Version of Lathe that measured it.
  public var version: String

  /// An empty sweep.
  public init(
    model: Fingerprint, data: Fingerprint, tokens: Int, seed: UInt64, domains: [String],
    count: Int, version: String
  ) {
    self.model = model
    self.data = data
    self.tokens = tokens
    self.seed = seed
    self.domains = domains
    self.count = count
    self.version = version
    entries = []
    seconds = 0
  }

  /// Probes and combinations whose cost or local error is known so far.
  public var done: Int {
    guard let pending else { return entries.count + combinations.count }
    let tried = Set(entries.map(\.probe))
    return entries.count + pending.errors.count { !tried.contains($0.probe) }
  }

  /// Probes and combinations that were measured with the whole model.
  public var measured: Int { combinations.count + entries.count { $0.source == .measured } }

  /// Probes whose cost follows from their error behind the block.
  public var propagated: Int { entries.count { $0.source == .propagated } }

  /// Whether all is known.
  public var isComplete: Bool { pending == nil && done >= count }

  /// Adds what a probe cost.
  public mutating func add(_ entry: Sensitivity) { entries.append(entry) }

  /// Adds what several changes cost together.
  public mutating func add(_ combination: Combination) { combinations.append(combination) }

  /// Adds the local errors of the next block, the first one's to begin with.
  public mutating func add(_ errors: [LocalError]) {
    let earlier = pending ?? PendingErrors(blocks: 0, errors: [])
    pending = PendingErrors(blocks: earlier.blocks + 1, errors: earlier.errors + errors)
  }

  /// Carries all errors to the model's end, by gains fitted to what was measured.
  ///
  /// - Parameters:
  ///   - order: the probes in the order that the entries are to have; others come behind them
  ///   - spec: the model
  public mutating func propagate(order: [Probe], of spec: ModelSpec) {
    guard let pending else { return }
    let measured = byProbe
    let gains = BlockGains(
      pending.errors, measured: measured, blocks: spec.blocks.count, domains: domains.count)
    var known = measured
    for error in pending.errors where known[error.probe] == nil {
      known[error.probe] = gains.cost(error)
    }
    let listed = Set(order)
    let others = pending.errors.map(\.probe).filter { !listed.contains($0) }
    entries = (order + others).compactMap { known[$0] }
    self.pending = nil
  }

  /// What was found, by probe.
  public var byProbe: [Probe: Sensitivity] {
    Dictionary(entries.map { ($0.probe, $0) }) { first, _ in first }
  }
}
