/// Every choice for one model: a value, applied lazily to the untouched checkpoint.
///
/// It remembers what was said, in order, and what that resolves to. Two plans with the same
/// choices have the same `digest`, however they came about.
public struct Plan: Hashable, Sendable {
  /// One edit of a plan.
  public struct Step: Hashable, Sendable {
    /// What was said.
    public var said: Edit
    /// The same with its rule replaced by what the rule selected at the time.
    public var resolved: Edit
  }

  /// The model it belongs to.
  public let model: Fingerprint
  /// What was said, in order.
  public private(set) var steps: [Step] = []
  /// What it comes to.
  public private(set) var choices: Choices

  /// The empty plan of a model.
  public init(for spec: ModelSpec) {
    model = spec.fingerprint
    choices = Choices(spec)
  }

  /// Whether it leaves the model as it is.
  public func isEmpty(for spec: ModelSpec) -> Bool { choices == Choices(spec) }

  /// Identity of the choices: equal for equal choices, in every process and version.
  public var digest: Fingerprint {
    var digest = Fingerprint()
    digest.combine("\(model)")
    digest.combine(choices)
    return digest
  }

  /// Applies an edit, or changes nothing and says why.
  ///
  /// - Throws: `EditError` when the edit names something that is not there, needs a profile, changes
  ///   nothing, or would leave a model that cannot run.
  public mutating func apply(
    _ edit: Edit, spec: ModelSpec, profile: Profile?
  ) throws(EditError) {
    let resolved = try edit.resolved(for: spec, profile: profile)
    try apply(Step(said: edit, resolved: resolved), spec: spec)
  }

  mutating func apply(_ step: Step, spec: ModelSpec) throws(EditError) {
    var next = choices
    for change in try step.resolved.changes(to: choices, of: spec) {
      try next.apply(change, to: spec)
    }
    guard next != choices else { throw .changesNothing(edit: "\(step.said)") }
    try next.validate(for: spec)
    choices = next
    steps.append(step)
  }
}
