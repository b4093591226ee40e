/// What a norm of the residual stream computes.
public enum NormKind: String, Codable, Sendable, Hashable {
  /// `weight · x / √(mean(x²) + epsilon)`.
  case rootMeanSquare
  /// `weight · (x - mean(x)) / √(variance(x) + epsilon) + bias`.
  case layer
}

/// Constants of a family that scales its residual stream (GraniteMoE); 1 for all others.
public struct Multipliers: Hashable, Codable, Sendable {
  /// What embeddings are multiplied with.
  public var embedding: Float = 1
  /// What each half's output is multiplied with before it joins the residual stream.
  public var residual: Float = 1
  /// What logits are multiplied with.
  public var logits: Float = 1

  /// Everything is left as it is.
  public init() {}
}

/// Everything about a model's structure that its `config.json` and tensor headers say: a value,
/// without a single weight.
///
/// Indices of blocks and experts are those of the untouched checkpoint, everywhere.
public struct ModelSpec: Hashable, Codable, Sendable {
  /// What a person calls it: the folder's name, or `demo`.
  public var name: String
  /// The family, as `model_type` names it.
  public var family: String
  /// Identity of the checkpoint; plans, profiles and measurements are tied to it.
  public var fingerprint: Fingerprint
  /// Tokens in the vocabulary, `V`.
  public var vocabulary: Int
  /// Width of the residual stream, `h`.
  public var hidden: Int
  /// Longest context the model was made for, in tokens.
  public var context: Int
  /// What its norms before each half and after the last block compute.
  public var norm = NormKind.rootMeanSquare
  /// The `epsilon` of its norms.
  public var normEpsilon: Float
  /// Base of the rotary embedding's frequencies.
  public var ropeTheta: Float
  /// How the rotary embedding is stretched.
  public var ropeScaling = RopeScaling.none
  /// Constants that the residual stream and the logits are multiplied with.
  public var multipliers = Multipliers()
  /// Whether the head adds a bias.
  public var hasHeadBias = false
  /// Whether the head is the embedding, stored once.
  public var tiedHead: Bool
  /// The blocks, in order.
  public var blocks: [BlockSpec]
  /// Names of the tensors.
  public var names: TensorNames
  /// How every tensor that `encodingExceptions` does not list is stored.
  public var encoding: StoredEncoding
  /// Tensors stored otherwise, by name.
  public var encodingExceptions: [String: StoredEncoding]

  /// Puts a structure together.
  public init(
    name: String, family: String, fingerprint: Fingerprint, vocabulary: Int, hidden: Int,
    context: Int, normEpsilon: Float, ropeTheta: Float, tiedHead: Bool, blocks: [BlockSpec],
    names: TensorNames, encoding: StoredEncoding,
    encodingExceptions: [String: StoredEncoding] = [:]
  ) {
    self.name = name
    self.family = family
    self.fingerprint = fingerprint
    self.vocabulary = vocabulary
    self.hidden = hidden
    self.context = context
    self.normEpsilon = normEpsilon
    self.ropeTheta = ropeTheta
    self.tiedHead = tiedHead
    self.blocks = blocks
    self.names = names
    self.encoding = encoding
    self.encodingExceptions = encodingExceptions
  }

  /// Most experts any block has: the width of the expert map.
  public var maximumExperts: Int { blocks.map(\.expertCount).max() ?? 0 }

  /// Routed experts of all blocks.
  public var expertCount: Int { blocks.reduce(0) { $0 + $1.expertCount } }

  /// Indices of the blocks that have experts.
  public var moeBlocks: [Int] { blocks.indices.filter { blocks[$0].moe != nil } }
}
