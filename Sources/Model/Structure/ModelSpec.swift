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
  /// The `epsilon` of its RMS norms.
  public var normEpsilon: Float
  /// Base of the rotary embedding's frequencies.
  public var ropeTheta: Float
  /// Whether the head is the embedding, stored once.
  public var tiedHead: Bool
  /// The blocks, in order.
  public var blocks: [BlockSpec]
  /// Names of the tensors.
  public var names: TensorNames
  /// The type of every tensor that `storedTypeExceptions` does not list.
  public var storedType: StoredType
  /// Tensors stored in another type, by name.
  public var storedTypeExceptions: [String: StoredType]

  /// Puts a structure together.
  public init(
    name: String, family: String, fingerprint: Fingerprint, vocabulary: Int, hidden: Int,
    context: Int, normEpsilon: Float, ropeTheta: Float, tiedHead: Bool, blocks: [BlockSpec],
    names: TensorNames, storedType: StoredType,
    storedTypeExceptions: [String: StoredType] = [:]
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
    self.storedType = storedType
    self.storedTypeExceptions = storedTypeExceptions
  }

  /// Most experts any block has: the width of the expert map.
  public var maximumExperts: Int { blocks.map(\.expertCount).max() ?? 0 }

  /// Routed experts of all blocks.
  public var expertCount: Int { blocks.reduce(0) { $0 + $1.expertCount } }

  /// Indices of the blocks that have experts.
  public var moeBlocks: [Int] { blocks.indices.filter { blocks[$0].moe != nil } }
}
