/// One change to an otherwise untouched model, as the sensitivity sweep tries it.
///
/// A probe is an edit of one block, so a person can type it and see the same figure.
public struct Probe: Hashable, Codable, Sendable {
  /// What changes.
  public enum Change: Hashable, Codable, Sendable {
    /// Experts go, one or several together.
    case experts([Int])
    /// A whole part of the block goes.
    case part(BlockPart)
    /// All linears of a kind get so many bits, rounded to nearest.
    case bits(LinearKind, Int)
    /// The networks of a kind keep so many percent of their neurons.
    case neurons(NetworkKind, percent: Int)
  }

  /// The block.
  public var block: Int
  /// What changes.
  public var change: Change

  /// A change to one block.
  public init(block: Int, _ change: Change) {
    self.block = block
    self.change = change
  }

  /// Bits that linears are tried at.
  public static let bits = [2, 3, 4, 8]
  /// Percents of their neurons that networks are tried at.
  public static let neuronPercents = [75, 50, 25]

  /// The edit it stands for.
  public var edit: Edit {
    switch change {
    case .experts(let experts):
      let ids = experts.map { ExpertID(block: block, expert: $0) }
      return Edit(.drop, .experts, .experts(ExpertRange.compact(ids)))
    case .part(let part): return Edit(.drop, part.subject, .blocks([block...block]))
    case .bits(let kind, let bits):
      return Edit(.bits(PrecisionRequest(bits: bits)), kind.subject, kind.selection(block))
    case .neurons(let kind, let percent):
      return Edit(
        .neurons(NeuronRequest(.percent(Double(percent)))), kind.subject, kind.selection(block))
    }
  }

  /// The plan that makes this change after another plan's; after the empty one, only this.
  ///
  /// - Throws: `EditError` where the model does not allow it.
  public func plan(after plan: Plan, of spec: ModelSpec) throws(EditError) -> Plan {
    var plan = plan
    try plan.apply(edit, spec: spec, profile: nil)
    return plan
  }
}

/// The linears of a block that do the same work: all experts' gates are one kind.
public enum LinearKind: Hashable, Codable, Sendable {
  case attention(AttentionLinear)
  case expert(FeedForwardLinear)
  case shared(FeedForwardLinear)
  case dense(FeedForwardLinear)

  /// The kind of a linear.
  public init(_ linear: LinearID) {
    switch linear {
    case .attention(_, let kind): self = .attention(kind)
    case .expert(_, let kind): self = .expert(kind)
    case .shared(_, let kind): self = .shared(kind)
    case .dense(_, let kind): self = .dense(kind)
    }
  }

  /// The kinds that a block has.
  public static func all(in block: BlockSpec) -> [LinearKind] {
    let attention = block.attention.linears.map(LinearKind.attention)
    guard let moe = block.moe else {
      return attention + FeedForwardLinear.allCases.map(LinearKind.dense)
    }
    let shared = moe.shared == nil ? [] : FeedForwardLinear.allCases.map(LinearKind.shared)
    return attention + shared + FeedForwardLinear.allCases.map(LinearKind.expert)
  }

  var subject: Subject {
    switch self {
    case .attention(let kind): Subject(rawValue: kind.rawValue) ?? .attention
    case .expert(let kind): Subject(rawValue: kind.rawValue) ?? .experts
    case .shared, .dense: .linear
    }
  }

  func selection(_ block: Int) -> Selection {
    switch self {
    case .attention: .blocks([block...block])
    case .expert: .experts([ExpertRange(block: block, experts: nil)])
    case .shared(let kind): .linears([.shared(block: block, kind)])
    case .dense(let kind): .linears([.dense(block: block, kind)])
    }
  }
}

/// The gated networks of a block that do the same work.
public enum NetworkKind: String, Hashable, Codable, Sendable {
  case experts, shared, dense

  /// The kinds that a block has.
  public static func all(in block: BlockSpec) -> [NetworkKind] {
    guard let moe = block.moe else { return [.dense] }
    return moe.shared == nil ? [.experts] : [.experts, .shared]
  }

  var subject: Subject {
    switch self {
    case .experts: .experts
    case .shared: .shared
    case .dense: .dense
    }
  }

  func selection(_ block: Int) -> Selection {
    self == .experts
      ? .experts([ExpertRange(block: block, experts: nil)]) : .blocks([block...block])
  }
}

extension BlockPart {
  var subject: Subject {
    switch self {
    case .block: .block
    case .moe: .moe
    case .attention: .attention
    }
  }
}
