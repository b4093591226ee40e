/// Parts of a model that a search leaves as they are, named as an edit names them: `experts 3.5`,
/// `attention`, `block 0..2`, `linear 3.5.down`, `experts where load > 2x`.
public struct LockedCells: Hashable, Sendable {
  /// Linears whose precision and zeros stay.
  public private(set) var linears: Set<LinearID> = []
  /// Halves of blocks and experts that stay, or stay dropped.
  public private(set) var units: Set<Unit> = []

  /// Nothing.
  public init() {}

  /// Locks what the selections name.
  ///
  /// - Parameters:
  ///   - selections: things as an edit names them
  ///   - spec: the model
  ///   - profile: scores for rules
  /// - Throws: `EditError` where a selection is none, or names what the model does not have.
  public init(
    _ selections: [String], of spec: ModelSpec, profile: Profile?
  ) throws(EditError) {
    for text in selections { try add(text, spec, profile) }
  }

  /// Whether neurons of a network may change: not where one of its linears is locked.
  public func holdsNeurons(of network: NetworkID) -> Bool {
    FeedForwardLinear.allCases.contains { linears.contains(network.linear($0)) }
  }

  /// Adds an expert with its linears.
  public mutating func add(_ expert: ExpertID) {
    units.insert(.expert(expert))
    linears.formUnion(FeedForwardLinear.allCases.map { .expert(expert, $0) })
  }

  /// Adds a linear.
  public mutating func add(_ linear: LinearID) { linears.insert(linear) }

  private mutating func add(
    _ text: String, _ spec: ModelSpec, _ profile: Profile?
  ) throws(EditError) {
    // A MoE layer is no linear and a linear cannot be dropped: one of the two edits names each thing.
    let isMoE = text.split(separator: " ").first?.lowercased() == Subject.moe.rawValue
    let edit: Edit
    do throws(EditError) {
      edit = try Edit(parsing: (isMoE ? "keep " : "bits 16 ") + text)
    } catch {
      guard case .syntax(_, let found, let expected) = error else { throw error }
      throw .syntax(edit: text, found: found, expected: expected)
    }
    let resolved = try edit.resolved(for: spec, profile: profile)
    // Naming the whole of a thing locks whether it is there, too.
    let isWhole = [Subject.experts, .attention, .block, .all].contains(resolved.subject)
    for change in try resolved.changes(to: Choices(spec), of: spec) {
      switch change {
      case .precision(let linear, _):
        add(linear)
        if isWhole, let unit = linear.whole { units.insert(unit) }
      case .dropped(let unit, _): lock(unit, spec)
      default: break
      }
    }
  }

  private mutating func lock(_ unit: Unit, _ spec: ModelSpec) {
    units.insert(unit)
    guard case .moe(let block) = unit else { return }
    for linear in spec.linears(ofBlock: block) {
      switch linear {
      case .expert(let id, _): add(id)
      case .shared: add(linear)
      case .attention, .dense: break
      }
    }
  }
}

extension LinearID {
  /// What it is a part of that can be dropped on its own.
  fileprivate var whole: Unit? {
    switch self {
    case .attention(let block, _): .attention(block: block)
    case .expert(let id, _): .expert(id)
    case .shared, .dense: nil
    }
  }
}
