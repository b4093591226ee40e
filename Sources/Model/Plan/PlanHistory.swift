/// A plan with everything that can be undone and redone, without limit.
public struct PlanHistory: Hashable, Sendable {
  /// The plan as it is now.
  public private(set) var present: Plan
  private var past: [Plan] = []
  private var future: [Plan] = []

  /// Starts from a plan.
  public init(_ plan: Plan) { present = plan }

  /// Edits that can be undone.
  public var undoCount: Int { past.count }
  /// Edits that can be redone.
  public var redoCount: Int { future.count }

  /// Applies an edit; what had been undone can no longer be redone.
  ///
  /// - Throws: `EditError`; the history is then as it was.
  public mutating func apply(
    _ edit: Edit, spec: ModelSpec, profile: Profile?
  ) throws(EditError) {
    var next = present
    try next.apply(edit, spec: spec, profile: profile)
    past.append(present)
    present = next
    future.removeAll()
  }

  /// Goes back one edit; returns what was undone, or `nil` at the start.
  public mutating func undo() -> Edit? {
    guard let previous = past.popLast() else { return nil }
    let undone = present.steps.last?.said
    future.append(present)
    present = previous
    return undone
  }

  /// Goes forward one edit; returns what was redone, or `nil` at the end.
  public mutating func redo() -> Edit? {
    guard let next = future.popLast() else { return nil }
    past.append(present)
    present = next
    return next.steps.last?.said
  }
}
