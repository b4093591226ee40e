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
  /// Version of Lathe that measured it.
  public var version: String
  /// Wall-clock seconds the pass took.
  public var seconds: Double

  /// Puts a profile together.
  public init(
    model: Fingerprint, data: Fingerprint, seed: UInt64, tokens: Int, domains: [DomainTokens],
    blocks: [BlockProfile], version: String, seconds: Double
  ) {
    self.model = model
    self.data = data
    self.seed = seed
    self.tokens = tokens
    self.domains = domains
    self.blocks = blocks
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

/// Scores of one block.
///
/// An importance is `1 - mean over tokens of the cosine` between the hidden state before and after
/// the part ("Demystifying the Compression of MoE", arXiv 2406.02500, §3).
public struct BlockProfile: Hashable, Codable, Sendable {
  /// The block's index.
  public var index: Int
  /// Importance of the whole block.
  public var blockImportance: Double
  /// Importance of the feed-forward half, residual included.
  public var moeImportance: Double
  /// Importance of the attention half, residual included (EvoPress, arXiv 2410.14649).
  public var attentionImportance: Double
  /// Outlier scores of q, k, v, o, in that order.
  public var attentionOutliers: [Double]
  /// One entry per expert; empty in a dense block.
  public var experts: [ExpertProfile]

  /// Puts a block's scores together.
  public init(
    index: Int, blockImportance: Double, moeImportance: Double, attentionImportance: Double,
    attentionOutliers: [Double], experts: [ExpertProfile]
  ) {
    self.index = index
    self.blockImportance = blockImportance
    self.moeImportance = moeImportance
    self.attentionImportance = attentionImportance
    self.attentionOutliers = attentionOutliers
    self.experts = experts
  }

  private enum CodingKeys: String, CodingKey {
    case index
    case blockImportance = "block_importance"
    case moeImportance = "moe_importance"
    case attentionImportance = "attention_importance"
    case attentionOutliers = "attention_outlier_scores"
    case experts
  }
}

/// Scores of one expert `e`, over the tokens `t` of the calibration texts.
public struct ExpertProfile: Hashable, Codable, Sendable {
  /// The expert's index in its block.
  public var index: Int
  /// Router load: share of the block's (token, slot) pairs routed to it; uniform is `1 / experts`.
  public var load: Double
  /// Router mass: mean over tokens of the router's full softmax probability.
  public var mass: Double
  /// Router mass counted only where the expert was selected.
  public var selectedMass: Double
  /// Mean mixing weight `g_te` over the tokens routed to it.
  public var meanWeight: Double
  /// REAP: mean over routed tokens of `g_te * |f_e(x_t)|` (arXiv 2510.13999).
  public var reap: Double
  /// EAN: mean over routed tokens of `|f_e(x_t)|` (REAP's baseline).
  public var ean: Double
  /// Tokens routed to it: the evidence behind the scores.
  public var tokens: Int
  /// Router load within each domain.
  public var loadByDomain: [String: Double]
  /// Frobenius norm of its three weights together.
  public var weightNorm: Double
  /// Outlier scores of gate, up and down, in that order ("Examining PTQ for MoE", 2406.08155).
  public var outliers: [Double]

  /// Puts an expert's scores together.
  public init(
    index: Int, load: Double, mass: Double, selectedMass: Double, meanWeight: Double, reap: Double,
    ean: Double, tokens: Int, loadByDomain: [String: Double], weightNorm: Double,
    outliers: [Double]
  ) {
    self.index = index
    self.load = load
    self.mass = mass
    self.selectedMass = selectedMass
    self.meanWeight = meanWeight
    self.reap = reap
    self.ean = ean
    self.tokens = tokens
    self.loadByDomain = loadByDomain
    self.weightNorm = weightNorm
    self.outliers = outliers
  }

  /// The largest outlier score of its three linears.
  public var outlier: Double { outliers.max() ?? 0 }

  private enum CodingKeys: String, CodingKey {
    case index, load, mass, reap, ean, tokens
    case selectedMass = "selected_mass"
    case meanWeight = "mean_weight"
    case loadByDomain = "load_by_domain"
    case weightNorm = "weight_norm"
    case outliers = "outlier_scores"
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
