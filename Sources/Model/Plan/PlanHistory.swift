/// A plan with everything that can be undone and redone, without limit.
public struct PlanHistory: Hashable, Sendable {
  /// What led from one plan to the next.
  public enum Change: Hashable, Sendable, CustomStringConvertible {
    case edit(Edit)
    /// Another plan took its place, which a person knows by this name.
    case replacement(name: String)

    /// The edit as it was said, or the plan's name.
    public var description: String {
      switch self {
      case .edit(let edit): "\(edit)"
      case .replacement(let name): name
      }
    }
  }

  /// A plan, and the change between it and its neighbour nearer to the present.
  private struct Entry: Hashable {
    var plan: Plan
    var change: Change
  }

  /// The plan as it is now.
  public private(set) var present: Plan
  private var past: [Entry] = []
  private var future: [Entry] = []

  /// Starts from a plan.
  public init(_ plan: Plan) { present = plan }

  /// Changes that can be undone.
  public var undoCount: Int { past.count }
  /// Changes that can be redone.
  public var redoCount: Int { future.count }

  /// Applies an edit; what had been undone can no longer be redone.
  ///
  /// - Throws: `EditError`; the history is then as it was.
  public mutating func apply(
    _ edit: Edit, spec: ModelSpec, profile: Profile?
  ) throws(EditError) {
    var next = present
    try next.apply(edit, spec: spec, profile: profile)
    advance(to: next, by: .edit(edit))
  }

  /// Puts another plan in the place of the present one; what had been undone can no longer be redone.
  public mutating func replace(with plan: Plan, called name: String) {
    advance(to: plan, by: .replacement(name: name))
  }

  private mutating func advance(to next: Plan, by change: Change) {
    past.append(Entry(plan: present, change: change))
    present = next
    future.removeAll()
  }

  /// Goes back one change; returns what was undone, or `nil` at the start.
  public mutating func undo() -> Change? {
    guard let previous = past.popLast() else { return nil }
    future.append(Entry(plan: present, change: previous.change))
    present = previous.plan
    return previous.change
  }

  /// Goes forward one change; returns what was redone, or `nil` at the end.
  public mutating func redo() -> Change? {
    guard let next = future.popLast() else { return nil }
    past.append(Entry(plan: present, change: next.change))
    present = next.plan
    return next.change
  }
}
