/// One stored weight: its name, shape, encoding and purpose.
public struct TensorSpec: Hashable, Sendable {
  /// Its name in the checkpoint.
  public var name: String
  /// Its shape; linears are `[out, in]`.
  public var shape: [Int]
  /// How it is stored.
  public var encoding: StoredEncoding
  /// What it is for.
  public var role: TensorRole

  /// Number of elements.
  public var elements: Int { shape.reduce(1, *) }
  /// Bytes it takes in the checkpoint, with its scales and all else that belongs to it.
  public var bytes: Int { encoding.bytes(of: shape) }
}

extension ModelSpec {
  /// The tensor with the given role, as this model stores it.
  public func tensor(_ role: TensorRole) -> TensorSpec {
    let name = names.name(of: role)
    return TensorSpec(
      name: name, shape: shape(of: role),
      encoding: encodingExceptions[name] ?? encoding, role: role)
  }

  /// Every tensor of the model, in the order of the forward pass.
  public var tensors: [TensorSpec] { roles.map(tensor) }

  /// The role of every stored tensor of the model, in the order of the forward pass.
  public var roles: [TensorRole] {
    var roles: [TensorRole] = [.embedding]
    for block in blocks.indices { roles += self.roles(ofBlock: block) }
    roles.append(.finalNorm)
    if norm == .layer { roles.append(.finalNormBias) }
    if !tiedHead { roles.append(.head) }
    if hasHeadBias { roles.append(.headBias) }
    return roles
  }

  /// The linears of a block that a plan may quantise: attention, then feed-forward.
  public func linears(ofBlock block: Int) -> [LinearID] {
    let attention = blocks[block].attention.linears.map { LinearID.attention(block: block, $0) }
    switch blocks[block].feedForward {
    case .dense: return attention + FeedForwardLinear.allCases.map { .dense(block: block, $0) }
    case .moe(let moe):
      let shared =
        moe.shared == nil
        ? [] : FeedForwardLinear.allCases.map { LinearID.shared(block: block, $0) }
      let experts = (0..<moe.experts).flatMap { expert in
        FeedForwardLinear.allCases.map {
          LinearID.expert(ExpertID(block: block, expert: expert), $0)
        }
      }
      return attention + shared + experts
    }
  }

  /// Rows and columns, `[out, in]`, of a linear's weight.
  public func shape(of linear: LinearID) -> (rows: Int, columns: Int) {
    switch linear {
    case .attention(let block, let kind):
      return blocks[block].attention.shape(of: kind, hidden: hidden)
    case .expert(_, let kind), .shared(_, let kind), .dense(_, let kind):
      let width = feedForwardWidth(of: linear)
      return kind == .down ? (hidden, width) : (width, hidden)
    }
  }

  /// Whether a linear adds a bias.
  public func hasBias(_ linear: LinearID) -> Bool {
    switch linear {
    case .attention(let block, let kind): blocks[block].attention.biased.contains(kind)
    case .expert(let id, _): blocks[id.block].moe?.hasExpertBiases ?? false
    case .shared, .dense: false
    }
  }

  /// The roles of a block's attention half that are no linears' weights: norms, biases, sinks.
  func attentionVectors(ofBlock block: Int) -> [TensorRole] {
    let attention = blocks[block].attention
    var roles: [TensorRole] = [.attentionNorm(block: block)]
    if norm == .layer { roles.append(.attentionNormBias(block: block)) }
    if attention.queryKeyNorm != .none {
      roles += [.queryNorm(block: block), .keyNorm(block: block)]
    }
    if let latent = attention.latent {
      if latent.queryRank != nil { roles.append(.latentQueryNorm(block: block)) }
      roles.append(.latentNorm(block: block))
    }
    if attention.hasSinks { roles.append(.sinks(block: block)) }
    return roles + attention.biased.map { .bias(.attention(block: block, $0)) }
  }

  /// The roles of a block's feed-forward half that stay as they are when experts are dropped, and
  /// are no linears' weights.
  func feedForwardVectors(ofBlock block: Int) -> [TensorRole] {
    var roles: [TensorRole] = [.feedForwardNorm(block: block)]
    if norm == .layer { roles.append(.feedForwardNormBias(block: block)) }
    if blocks[block].moe?.shared?.isGated == true { roles.append(.sharedGate(block: block)) }
    return roles
  }

  /// The roles that hold a row for each expert, and are no linears' weights.
  func routerRoles(ofBlock block: Int) -> [TensorRole] {
    guard let router = blocks[block].moe?.router else { return [] }
    var roles: [TensorRole] = [.router(block: block)]
    if router.hasBias { roles.append(.routerBias(block: block)) }
    if router.hasCorrection { roles.append(.routerCorrection(block: block)) }
    return roles
  }

  /// The tensors that hold a linear's weight and perhaps others': its own, that of all experts, or
  /// those of all heads.
  public func storedTensors(of linear: LinearID) -> [TensorRole] {
    guard storesHeads(of: linear) else { return [region(of: .linear(linear)).tensor] }
    return [.latentKeys(block: linear.block), .latentValues(block: linear.block)]
  }

  /// Whether a linear's weight is stored as two tensors with a matrix for each head.
  public func storesHeads(of linear: LinearID) -> Bool {
    guard case .attention(let block, .keyValueUp) = linear else { return false }
    return blocks[block].attention.latent?.storesHeads == true
  }

  private func roles(ofBlock block: Int) -> [TensorRole] {
    let vectors =
      attentionVectors(ofBlock: block) + feedForwardVectors(ofBlock: block)
      + routerRoles(ofBlock: block)
    let linears = linears(ofBlock: block)
    func stored(_ linears: [LinearID]) -> [TensorRole] { linears.flatMap(storedTensors) }
    guard let moe = blocks[block].moe, moe.storage != .separate else {
      return vectors + stored(linears) + expertBiases(among: linears).map(TensorRole.bias)
    }
    return vectors + stored(linears.filter { !$0.isExpert })
      + moe.stackedTensors.map { .stacked(block: block, $0) }
  }

  private func expertBiases(among linears: [LinearID]) -> [LinearID] {
    linears.filter { $0.isExpert && hasBias($0) }
  }
}

// MARK: - Shapes

extension ModelSpec {
  private func feedForwardWidth(of linear: LinearID) -> Int {
    switch (linear, blocks[linear.block].feedForward) {
    case (.dense, .dense(let width)): width
    case (.expert, .moe(let moe)): moe.expertWidth
    case (.shared, .moe(let moe)): moe.shared?.width ?? 0
    default: preconditionFailure("block \(linear.block) has no linear \(linear)")
    }
  }

  func shape(of role: TensorRole) -> [Int] {
    switch role {
    case .embedding, .head: return [vocabulary, hidden]
    case .headBias: return [vocabulary]
    case .finalNorm, .attentionNorm, .feedForwardNorm, .finalNormBias, .attentionNormBias,
      .feedForwardNormBias:
      return [hidden]
    case .queryNorm(let block): return [queryKeyNormWidth(block, \.queryWidth)]
    case .keyNorm(let block): return [queryKeyNormWidth(block, \.keyWidth)]
    case .latentQueryNorm(let block): return [blocks[block].attention.latent?.queryRank ?? 0]
    case .latentNorm(let block): return [blocks[block].attention.latent?.keyValueRank ?? 0]
    case .latentKeys(let block): return latentShape(block).keys
    case .latentValues(let block): return latentShape(block).values
    case .sinks(let block): return [blocks[block].attention.heads]
    case .router(let block): return [blocks[block].expertCount, hidden]
    case .routerBias(let block), .routerCorrection(let block): return [blocks[block].expertCount]
    case .sharedGate: return [1, hidden]
    case .linear(let id):
      let (rows, columns) = shape(of: id)
      return [rows, columns]
    case .bias(let id): return [shape(of: id).rows]
    case .stacked(let block, let tensor): return stackedShape(block, tensor)
    }
  }

  private func stackedShape(_ block: Int, _ tensor: StackedTensor) -> [Int] {
    guard let moe = blocks[block].moe else { return [] }
    let (experts, width) = (moe.experts, moe.expertWidth)
    let isTransposed = moe.storage == .stackedTransposed
    return switch tensor {
    case .gateUp: [experts] + (isTransposed ? [hidden, 2 * width] : [2 * width, hidden])
    case .down: [experts] + (isTransposed ? [width, hidden] : [hidden, width])
    case .gate, .up: [experts, width, hidden]
    case .gateUpBias: [experts, 2 * width]
    case .gateBias, .upBias: [experts, width]
    case .downBias: [experts, hidden]
    }
  }

  private func latentShape(_ block: Int) -> (keys: [Int], values: [Int]) {
    let attention = blocks[block].attention
    let rank = attention.latent?.keyValueRank ?? 0
    return (
      [attention.heads, rank, attention.unrotatedWidth],
      [attention.heads, attention.valueDimension, rank]
    )
  }

  private func queryKeyNormWidth(_ block: Int, _ whole: KeyPath<AttentionSpec, Int>) -> Int {
    let attention = blocks[block].attention
    return attention.queryKeyNorm == .perHead
      ? attention.headDimension : attention[keyPath: whole]
  }
}

extension MoESpec {
  /// The tensors that hold all experts of a block.
  fileprivate var stackedTensors: [StackedTensor] {
    switch storage {
    case .separate: []
    case .stackedApart:
      hasExpertBiases
        ? [.gate, .gateBias, .up, .upBias, .down, .downBias] : [.gate, .up, .down]
    case .stacked, .stackedTransposed, .stackedAlternating:
      hasExpertBiases ? [.gateUp, .gateUpBias, .down, .downBias] : [.gateUp, .down]
    }
  }
}

extension LinearID {
  /// Whether it belongs to a routed expert.
  var isExpert: Bool {
    if case .expert = self { true } else { false }
  }
}
