/// One thing a person asks of a plan, as they said it: `drop experts where load < 0.5x`,
/// `bits 4 experts method gptq`, `neurons 50% experts refit`, `keep moe 12`.
///
/// `description` is its canonical text; parsing that gives the same edit.
public struct Edit: Hashable, Sendable {
  /// What to do.
  public enum Action: Hashable, Sendable {
    case drop
    case keep
    case bits(PrecisionRequest)
    /// Zeros in linears; `nil` takes them back.
    case sparsify(Sparsity?)
    case neurons(NeuronRequest)
    /// The experts named in one block become one.
    case merge(MergeMethod)
    /// Merged experts have weights of their own again.
    case split
    case calibrate(CalibrationOrder)
  }

  /// What to do.
  public var action: Action
  /// To which kind of thing.
  public var subject: Subject
  /// To which of them.
  public var selection: Selection

  /// An edit.
  public init(_ action: Action, _ subject: Subject, _ selection: Selection = .everything) {
    self.action = action
    self.subject = subject
    self.selection = selection
  }
}

/// The kinds of things an edit can be about.
public enum Subject: String, CaseIterable, Sendable, Hashable {
  case experts, moe, attention, block, shared, dense, linear, all
  case gate, up, down
  case query = "q"
  case key = "k"
  case value = "v"
  case output = "o"
  case queryDown = "qa"
  case queryUp = "qb"
  case keyValueDown = "kva"
  case keyValueUp = "kvb"

  /// How its addresses are written.
  enum Addressing { case experts, blocks, linears, none }

  var addressing: Addressing {
    switch self {
    case .experts, .gate, .up, .down: .experts
    case .moe, .attention, .block, .shared, .dense, .query, .key, .value, .output,
      .queryDown, .queryUp, .keyValueDown, .keyValueUp:
      .blocks
    case .linear: .linears
    case .all: .none
    }
  }

  /// Whether Expert Trimming can remove it.
  var isTrimmable: Bool {
    switch self {
    case .experts, .moe, .attention, .block: true
    default: false
    }
  }
}

/// Which things of a kind an edit means.
public enum Selection: Hashable, Sendable {
  /// All of them.
  case everything
  /// Experts `experts` of block `block`; `nil` for all of the block's.
  case experts([ExpertRange])
  /// Blocks.
  case blocks([ClosedRange<Int>])
  /// Single linears.
  case linears([LinearID])
  /// Those for which the rule holds.
  case rule(Rule)
}

/// Experts of one block: `3.5`, `3.5..9`, or `3.*` for all.
public struct ExpertRange: Hashable, Sendable, CustomStringConvertible {
  /// The block.
  public var block: Int
  /// The experts, or `nil` for all.
  public var experts: ClosedRange<Int>?

  /// Experts of one block.
  public init(block: Int, experts: ClosedRange<Int>?) {
    self.block = block
    self.experts = experts
  }

  /// `3.5`, `3.5..9` or `3.*`.
  public var description: String {
    guard let experts else { return "\(block).*" }
    return experts.count == 1
      ? "\(block).\(experts.lowerBound)"
      : "\(block).\(experts.lowerBound)..\(experts.upperBound)"
  }

  /// The fewest ranges that hold the given experts.
  public static func compact(_ ids: some Sequence<ExpertID>) -> [ExpertRange] {
    ids.sorted().reduce(into: []) { ranges, id in
      if let last = ranges.last, last.block == id.block, let experts = last.experts,
        id.expert <= experts.upperBound + 1
      {
        ranges[ranges.count - 1].experts =
          experts.lowerBound...max(experts.upperBound, id.expert)
      } else {
        ranges.append(ExpertRange(block: id.block, experts: id.expert...id.expert))
      }
    }
  }
}

extension Edit: CustomStringConvertible {
  /// The edit as it can be typed again.
  public var description: String {
    let kind = subject.rawValue
    let selected =
      switch selection {
      case .everything: kind
      case .experts(let ranges): "\(kind) \(Self.list(ranges))"
      case .blocks(let ranges):
        "\(kind) "
          + Self.list(
            ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)..\($0.upperBound)" }
          )
      case .linears(let ids): "\(kind) \(Self.list(ids))"
      case .rule(let rule): "\(kind) where \(rule)"
      }
    switch action {
    case .drop: return "drop \(selected)"
    case .keep: return "keep \(selected)"
    case .bits(let request): return "bits \(request.bits) \(selected)\(request.options)"
    case .sparsify(nil): return "sparsify 0 \(selected)"
    case .sparsify(let sparsity?):
      return "sparsify \(sparsity.pattern) \(selected) method \(sparsity.method.rawValue)"
    case .neurons(let request):
      return "neurons \(request.amount) \(selected)\(request.refit ? " refit" : "")"
    case .merge(let method): return "merge \(selected) method \(method.rawValue)"
    case .split: return "split \(selected)"
    case .calibrate(let order): return "calibrate \(order.rawValue)"
    }
  }

  private static func list(_ items: [some CustomStringConvertible]) -> String {
    items.map(\.description).joined(separator: ", ")
  }
}
