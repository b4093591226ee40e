/// What a calibration pass found in one model on one text: the scores behind the maps and rules.
///
/// A value that carries its own provenance; formulas and sources stand with each score.
public struct Profile: Hashable, Codable, Sendable {
  /// The model it was measured on.
  public var model: Fingerprint
  /// The calibration texts and the tokenizer's ids of them.
  public var data: Fingerprint
  /// Seed of the choice of windows.
  public var seed: UInt64
  /// Tokens that went through the model.
  public var tokens: Int
  /// The texts' domains, with the tokens each gave.
  public var domains: [DomainTokens]
  /// One entry per block of the model, in order.
  public var blocks: [BlockProfile]
  /// Importance of consecutive blocks together.
  public var windows: WindowImportances
  /// Version of Lathe that measured it.
  public var version: String
  /// Wall-clock seconds the pass took.
  public var seconds: Double

  /// Puts a profile together.
  public init(
    model: Fingerprint, data: Fingerprint, seed: UInt64, tokens: Int, domains: [DomainTokens],
    blocks: [BlockProfile], windows: WindowImportances = WindowImportances(), version: String,
    seconds: Double
  ) {
    self.model = model
    self.data = data
    self.seed = seed
    self.tokens = tokens
    self.domains = domains
    self.blocks = blocks
    self.windows = windows
    self.version = version
    self.seconds = seconds
  }

  /// The scores of an expert, or `nil` where the block has none.
  public func expert(_ id: ExpertID) -> ExpertProfile? {
    guard blocks.indices.contains(id.block),
      blocks[id.block].experts.indices.contains(id.expert)
    else { return nil }
    return blocks[id.block].experts[id.expert]
  }
}

/// A domain of the calibration texts and its size.
public struct DomainTokens: Hashable, Codable, Sendable {
  /// The domain: the text's file name without its endings.
  public var name: String
  /// Tokens of it that were used.
  public var tokens: Int

  /// A domain and its size.
  public init(name: String, tokens: Int) {
    self.name = name
    self.tokens = tokens
  }
}

extension Profile {
  /// The outlier score of a linear, or `nil` where the pass did not score it.
  public func outlierScore(of linear: LinearID, in spec: ModelSpec) -> Double? {
    guard blocks.indices.contains(linear.block) else { return nil }
    switch linear {
    case .attention(let block, let kind):
      let scores = blocks[block].attentionOutliers
      let index = spec.blocks[block].attention.linears.firstIndex(of: kind)
      return index.flatMap { $0 < scores.count ? scores[$0] : nil }
    case .expert(let id, let kind): return expert(id)?.outliers[kind.index]
    case .shared, .dense: return nil
    }
  }
}
