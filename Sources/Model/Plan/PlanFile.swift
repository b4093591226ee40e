/// A plan as it is written to disk and printed: readable JSON, tied to a model's fingerprint.
///
/// Each edit stands as it was said and, where a rule chose for it, with what the rule chose, so
/// that reading the file again needs no profile and gives the same plan.
public struct PlanFile: Hashable, Codable, Sendable {
  /// The model a plan belongs to.
  public struct ModelReference: Hashable, Codable, Sendable {
    /// What a person calls it.
    public var name: String
    /// Its family.
    public var family: String
    /// Its identity.
    public var fingerprint: Fingerprint
  }

  /// One edit of a plan.
  public struct Step: Hashable, Codable, Sendable {
    /// What to do, in the edit language, without rules.
    public var edit: String
    /// What was said, where that was a rule.
    public var said: String?

    /// One edit of a plan.
    public init(edit: String, said: String? = nil) {
      self.edit = edit
      self.said = said
    }
  }

  /// Says what the file is.
  public var format: String
  /// Version of the format.
  public var version: Int
  /// The model it belongs to.
  public var model: ModelReference
  /// The edits, in order.
  public var edits: [Step]

  static let formatName = "lathe-plan"
  static let currentVersion = 1

  /// The file of a plan.
  public init(_ plan: Plan, of spec: ModelSpec) {
    format = Self.formatName
    version = Self.currentVersion
    model = ModelReference(name: spec.name, family: spec.family, fingerprint: plan.model)
    edits = plan.steps.map { step in
      Step(
        edit: "\(step.resolved)", said: step.said == step.resolved ? nil : "\(step.said)")
    }
  }

  /// The plan in the file.
  ///
  /// - Throws: `PlanFileError` when it is not a plan of this model or an edit in it does not apply.
  public func plan(for spec: ModelSpec) throws(PlanFileError) -> Plan {
    guard format == Self.formatName else { throw .notAPlan(format: format) }
    guard version == Self.currentVersion else { throw .version(version) }
    guard model.fingerprint == spec.fingerprint else {
      throw .otherModel(
        plan: "\(model.name) (\(model.fingerprint.short))",
        opened: "\(spec.name) (\(spec.fingerprint.short))")
    }
    var plan = Plan(for: spec)
    for (index, step) in edits.enumerated() {
      do throws(EditError) {
        let resolved = try Edit(parsing: step.edit)
        let said = try step.said.map { (text) throws(EditError) in try Edit(parsing: text) }
        try plan.apply(Plan.Step(said: said ?? resolved, resolved: resolved), spec: spec)
      } catch {
        throw .edit(number: index + 1, error)
      }
    }
    return plan
  }
}

/// Why a plan file cannot be used.
public enum PlanFileError: Error, Hashable, Sendable {
  case notAPlan(format: String)
  case version(Int)
  case otherModel(plan: String, opened: String)
  case edit(number: Int, EditError)
}

extension PlanFileError: CustomStringConvertible {
  /// The reason and what to do.
  public var description: String {
    switch self {
    case .notAPlan(let format):
      "its format is \"\(format)\", not \"\(PlanFile.formatName)\"; give a plan that Lathe saved"
    case .version(let version):
      "it has version \(version) and this Lathe reads \(PlanFile.currentVersion); update Lathe"
    case .otherModel(let plan, let opened):
      "it was made for \(plan), not for \(opened); open that model or start a new plan"
    case .edit(let number, let error): "edit \(number): \(error)"
    }
  }
}
