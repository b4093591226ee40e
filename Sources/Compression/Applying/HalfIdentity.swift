import Model

/// What a half of a block makes of a residual stream under a plan: halves of two plans of one model
/// with equal identities compute the same, bit by bit.
public enum HalfIdentity: Hashable, Sendable {
  /// The attention half of a block, with what its projections became where they are not as stored.
  case attention(block: Int, [CompressedWeights.Key])
  /// The feed-forward half of a block.
  ///
  /// Of an MoE layer with the experts that the router picks among, and for every expert of the
  /// checkpoint the one that answers for it.
  case feedForward(block: Int, experts: [Int], standIn: [Int], networks: [CompressedWeights.Key])

  /// Bytes it takes, about.
  public var bytes: Int {
    switch self {
    case .attention(_, let keys): Self.bytes(of: keys)
    case .feedForward(_, let experts, let standIn, let keys):
      (experts.count + standIn.count) * MemoryLayout<Int>.stride + Self.bytes(of: keys)
    }
  }

  /// A key has the choices of up to three linears.
  private static func bytes(of keys: [CompressedWeights.Key]) -> Int {
    let one =
      MemoryLayout<CompressedWeights.Key>.stride + 4 * MemoryLayout<LinearChoice>.stride
    return keys.count * one
  }

  /// Experts of one layer that answer alike under two plans, whatever the router does: those whose
  /// weights are the same.
  ///
  /// - Returns: experts that answer for themselves in both; none where these are not two MoE layers.
  public func unchangedExperts(since other: HalfIdentity) -> Set<Int> {
    guard case .feedForward(_, let experts, let standIn, let networks) = self,
      case .feedForward(_, let otherExperts, let otherStandIn, let otherNetworks) = other
    else { return [] }
    let (own, others) = (Self.byExpert(networks), Self.byExpert(otherNetworks))
    let known = Set(otherExperts.filter { otherStandIn[$0] == $0 })
    return Set(
      experts.filter { standIn[$0] == $0 && known.contains($0) && own[$0] == others[$0] })
  }

  private static func byExpert(
    _ networks: [CompressedWeights.Key]
  ) -> [Int: CompressedWeights.Key] {
    networks.reduce(into: [:]) { found, key in
      if case .network(.expert(let id), _) = key.part { found[id.expert] = key }
    }
  }
}

extension CompressedWeights {
  /// What every half does, attention and feed-forward half of each block in turn; `nil` for those
  /// that the plan drops.
  public var halves: [HalfIdentity?] {
    spec.blocks.indices.flatMap {
      [attentionIdentity(ofBlock: $0), feedForwardIdentity(ofBlock: $0)]
    }
  }

  private func attentionIdentity(ofBlock block: Int) -> HalfIdentity? {
    guard choices.blocks[block].keepsAttention else { return nil }
    let linears = spec.blocks[block].attention.linears
    return .attention(
      block: block, linears.compactMap { key(of: LinearID.attention(block: block, $0)) })
  }

  private func feedForwardIdentity(ofBlock block: Int) -> HalfIdentity? {
    let choice = choices.blocks[block]
    guard choice.keepsFeedForward else { return nil }
    let standIn = choice.standIn
    // What becomes of experts that answer nothing does not matter.
    let networks = spec.networks(ofBlock: block).filter { network in
      guard case .expert(let id) = network else { return true }
      return standIn[id.expert] == id.expert && !choice.expertDropped[id.expert]
    }
    return .feedForward(
      block: block, experts: choice.kept, standIn: standIn,
      networks: networks.compactMap { key(of: $0) })
  }
}
