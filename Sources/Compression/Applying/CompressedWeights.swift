import Model
import Numerics
import Synchronization
import Transformer

/// A checkpoint's weights as a plan's choices change them, part by part, when asked for.
///
/// What the choices leave as stored comes from the source untouched, so an empty plan gives
/// bit-identical weights. Within a part the order is: merge, slim neurons, sparsify, quantise.
public final class CompressedWeights: WeightSource {
  /// What parts of one plan are found in by others.
  public typealias Cache = WeightCache<Key, CompressedPart>

  let source: any WeightSource
  let spec: ModelSpec
  let choices: Choices
  private let cache: Cache
  private let calibration: Calibration?
  private let identities: [Fingerprint]
  private struct State {
    var current: (block: Int, calibration: BlockCalibration)?
    var notes = CompressionNotes()
  }
  private let state = Mutex(State())

  /// Applies `choices` to `source`.
  ///
  /// - Parameters:
  ///   - source: the stored weights
  ///   - spec: the model they belong to
  ///   - choices: what a plan says about them
  ///   - cache: shared between plans of the same source, so that an edit recomputes only what it
  ///     touches
  ///   - calibration: tokens for methods that look at activations; without them, those methods give
  ///     way to ones that do not, and a note says so
  public init(
    _ source: any WeightSource, of spec: ModelSpec, choices: Choices, cache: Cache,
    calibration: Calibration? = nil
  ) {
    self.source = source
    self.spec = spec
    self.choices = choices
    self.cache = cache
    self.calibration = calibration
    identities = calibration?.identities(of: choices) ?? []
  }

  /// What could not be done as asked, of the parts that were asked for so far.
  public var notes: CompressionNotes { state.withLock(\.notes) }

  /// Adds what was noted when the same parts were asked for in another plan.
  public func adopt(_ notes: CompressionNotes) { state.withLock { $0.notes.formUnion(notes) } }

  /// Runs the calibration tokens up to a block, where one of its parts has to be made and needs
  /// them.
  ///
  /// - Throws: what the source throws, or `CancellationError`.
  public func prepare(block: Int, cancellation: Cancellation?) throws {
    guard calibration != nil, state.withLock(\.current)?.block != block,
      keys(ofBlock: block).contains(where: { $0.calibration != nil && !cache.holds($0) })
    else { return }
    _ = try blockCalibration(block, cancellation)
  }

  /// The weight `[out, in]` or bias `[1, out]` under the choices.
  ///
  /// - Throws: what the source throws, or `CompressionFailure`.
  public func weight(_ role: TensorRole) throws -> Matrix {
    switch role {
    case .linear(let linear):
      guard let key = key(of: linear) else { return try source.weight(role) }
      return try part(key).weights[linear.index]
    case .bias(let linear):
      guard let key = key(of: linear), let bias = try part(key).biases[linear.index] else {
        return try source.weight(role)
      }
      return bias
    default: return try source.weight(role)
    }
  }

  /// Rows of the embedding or head, which no choice changes.
  ///
  /// - Throws: what the source throws.
  public func rows(_ indices: [Int], of role: TensorRole) throws -> Matrix {
    try source.rows(indices, of: role)
  }

  /// Bits to which a linear's inputs are rounded.
  public func inputBits(of linear: LinearID) -> Int? {
    guard case .quantized(let quantization) = choices.precision(of: linear) else { return nil }
    return quantization.activationBits
  }

  private func part(_ key: Key) throws -> CompressedPart {
    let part = try cache.weight(for: key) {
      switch key.part {
      case .attention(let linear): try attention(linear, key)
      case .network(let network, let members): try self.network(network, members, key)
      }
    }
    if !part.notes.isEmpty { state.withLock { $0.notes.add(part.notes, of: key.part) } }
    return part
  }

  /// What compressing a block needs to know; `nil` without calibration tokens.
  func blockCalibration(
    _ block: Int, _ cancellation: Cancellation? = nil
  ) throws -> BlockCalibration? {
    guard let calibration else { return nil }
    if let current = state.withLock(\.current), current.block == block {
      return current.calibration
    }
    let inputs: BlockInputs
    switch choices.calibration {
    case .original:
      inputs = try calibration.inputs.inputs(
        ofBlock: block, observed: calibration.pass, cancellation: cancellation)
    case .sequential:
      let structure = Structure(choices)
      inputs = try calibration.inputs.inputs(
        ofBlock: block, observed: calibration.pass(weights: source, structure: structure.unmerged),
        travelled: calibration.pass(weights: self, structure: structure), cancellation: cancellation
      )
    }
    let made = BlockCalibration(inputs)
    state.withLock { $0.current = (block, made) }
    return made
  }
}

// MARK: - Keys

extension CompressedWeights {
  /// Under what a linear's part is kept; `nil` where the plan leaves it as stored.
  func key(of linear: LinearID) -> Key? {
    if let network = spec.network(of: linear) { return key(of: network) }
    let choice = choices[linear]
    guard choice != LinearChoice() else { return nil }
    let needsCalibration = choice.needsCalibration
    return Key(
      part: .attention(linear), linears: [choice],
      calibration: needsCalibration ? identity(ofBlock: linear.block) : nil,
      scaleBits: choice.awq == nil ? nil : scaleBits(ofAttentionIn: linear.block))
  }

  func key(of network: NetworkID) -> Key? {
    let linears = FeedForwardLinear.allCases.map { choices[network.linear($0)] }
    let neurons = choices[neuronsOf: network]
    var members: [Int] = []
    var method: MergeMethod?
    if case .expert(let id) = network {
      let block = choices.blocks[id.block]
      members = block.sharing(id.expert)
      if members.count > 1 {
        method = block.merges.first { $0.members.contains(id.expert) }?.method
      }
    }
    guard neurons != nil || method != nil || linears.contains(where: { $0 != LinearChoice() })
    else { return nil }
    let needsCalibration =
      neurons != nil || method != nil || linears.contains(where: \.needsCalibration)
    return Key(
      part: .network(network, members: members), linears: linears, merge: method,
      neurons: neurons, calibration: needsCalibration ? identity(ofBlock: network.block) : nil,
      scaleBits: linears.allSatisfy { $0.awq == nil }
        ? nil : scaleBits(ofNetworksIn: network.block))
  }

  private func identity(ofBlock block: Int) -> Fingerprint? {
    identities.isEmpty ? nil : identities[block]
  }

  private func keys(ofBlock block: Int) -> [Key] {
    let attention = spec.blocks[block].attention.linears.compactMap {
      key(of: LinearID.attention(block: block, $0))
    }
    return attention + spec.networks(ofBlock: block).compactMap { key(of: $0) }
  }

  /// The fewest AWQ bits of the block's attention projections.
  func scaleBits(ofAttentionIn block: Int) -> Int? {
    choices.blocks[block].attention.compactMap(\.awq?.bits).min()
  }

  /// The fewest AWQ bits of the block's gate and up projections.
  func scaleBits(ofNetworksIn block: Int) -> Int? {
    let choice = choices.blocks[block]
    return (choice.feedForward + choice.shared).compactMap(\.awq?.bits).min()
  }
}

extension LinearID {
  /// Its place within its part.
  fileprivate var index: Int {
    switch self {
    case .attention: 0
    case .expert(_, let kind), .shared(_, let kind), .dense(_, let kind): kind.index
    }
  }
}

extension ModelSpec {
  /// The networks of a block's feed-forward half.
  func networks(ofBlock block: Int) -> [NetworkID] {
    guard let moe = blocks[block].moe else { return [.dense(block: block)] }
    return (moe.shared == nil ? [] : [.shared(block: block)])
      + (0..<moe.experts).map { .expert(ExpertID(block: block, expert: $0)) }
  }
}
