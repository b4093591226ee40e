/// One stored tensor: its name, shape, type and purpose.
public struct TensorSpec: Hashable, Sendable {
  /// Its name in the checkpoint.
  public var name: String
  /// Its shape; linears are `[out, in]`.
  public var shape: [Int]
  /// The type of its elements.
  public var storedType: StoredType
  /// What it is for.
  public var role: TensorRole

  /// Number of elements.
  public var elements: Int { shape.reduce(1, *) }
  /// Bytes it takes in the checkpoint.
  public var bytes: Int { elements * storedType.byteCount }
}

extension ModelSpec {
  /// The tensor with the given role, as this model stores it.
  public func tensor(_ role: TensorRole) -> TensorSpec {
    let name = names.name(of: role)
    return TensorSpec(
      name: name, shape: shape(of: role),
      storedType: storedTypeExceptions[name] ?? storedType, role: role)
  }

  /// Every tensor of the model, in the order of the forward pass.
  public var tensors: [TensorSpec] { roles.map(tensor) }

  /// The role of every tensor of the model, in the order of the forward pass.
  public var roles: [TensorRole] {
    var roles: [TensorRole] = [.embedding]
    for block in blocks.indices { roles += self.roles(ofBlock: block) }
    roles.append(.finalNorm)
    if !tiedHead { roles.append(.head) }
    return roles
  }

  /// The linears of a block that a plan may quantise: attention, then feed-forward.
  public func linears(ofBlock block: Int) -> [LinearID] {
    let attention = AttentionLinear.allCases.map { LinearID.attention(block: block, $0) }
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
    let attention = blocks[linear.block].attention
    switch linear {
    case .attention(_, .query): return (attention.queryWidth, hidden)
    case .attention(_, .key), .attention(_, .value): return (attention.keyValueWidth, hidden)
    case .attention(_, .output): return (hidden, attention.queryWidth)
    case .expert(_, let kind), .shared(_, let kind), .dense(_, let kind):
      let width = feedForwardWidth(of: linear)
      return kind == .down ? (hidden, width) : (width, hidden)
    }
  }

  private func feedForwardWidth(of linear: LinearID) -> Int {
    switch (linear, blocks[linear.block].feedForward) {
    case (.dense, .dense(let width)): width
    case (.expert, .moe(let moe)): moe.expertWidth
    case (.shared, .moe(let moe)): moe.shared?.width ?? 0
    default: preconditionFailure("block \(linear.block) has no linear \(linear)")
    }
  }

  private func shape(of role: TensorRole) -> [Int] {
    switch role {
    case .embedding, .head: return [vocabulary, hidden]
    case .finalNorm, .attentionNorm, .feedForwardNorm: return [hidden]
    case .queryNorm(let block): return [queryKeyNormWidth(block, \.queryWidth)]
    case .keyNorm(let block): return [queryKeyNormWidth(block, \.keyValueWidth)]
    case .router(let block): return [blocks[block].expertCount, hidden]
    case .linear(let id):
      let (rows, columns) = shape(of: id)
      return [rows, columns]
    }
  }

  private func queryKeyNormWidth(_ block: Int, _ whole: KeyPath<AttentionSpec, Int>) -> Int {
    let attention = blocks[block].attention
    return attention.queryKeyNorm == .perHead
      ? attention.headDimension : attention[keyPath: whole]
  }

  private func roles(ofBlock block: Int) -> [TensorRole] {
    var roles: [TensorRole] = [.attentionNorm(block: block)]
    if blocks[block].attention.queryKeyNorm != .none {
      roles += [.queryNorm(block: block), .keyNorm(block: block)]
    }
    roles.append(.feedForwardNorm(block: block))
    if blocks[block].moe != nil { roles.append(.router(block: block)) }
    return roles + linears(ofBlock: block).map(TensorRole.linear)
  }
}
