import EngineProtocol
import Model
import Search

/// A plan that edits and recipes are applied to as texts; what they want to know of the model is
/// asked of the engine when it is first needed.
struct PlanBuilder {
  /// The plan as it is now.
  private(set) var plan: Plan
  private let spec: ModelSpec
  private let model: String
  private let session: EngineSession
  private var profile: Profile?

  /// Starts from a plan.
  init(
    _ plan: Plan, of spec: ModelSpec, model: String, session: EngineSession,
    profile: Profile? = nil
  ) {
    self.plan = plan
    self.spec = spec
    self.model = model
    self.session = session
    self.profile = profile
  }

  /// Applies an edit.
  mutating func apply(edit text: String) throws(CommandFailure) {
    do throws(EditError) {
      try plan.apply(Edit(parsing: text), spec: spec, profile: profile)
    } catch .needsProfile where profile == nil {
      profile = try session.profile(model)
      try apply(edit: text)
    } catch {
      throw CommandFailure(.request, session.what, "\(error)")
    }
  }

  /// Applies the edits of a recipe.
  mutating func apply(recipe text: String) throws(CommandFailure) {
    do {
      let call = try RecipeCall(parsing: text)
      let findings = try findings(for: call)
      for edit in try call.edits(for: spec, findings) {
        try plan.apply(edit, spec: spec, profile: profile)
      }
    } catch let error as CommandFailure {
      throw error
    } catch {
      throw CommandFailure(.request, session.what, "\(error)")
    }
  }

  private mutating func findings(for call: RecipeCall) throws -> RecipeFindings {
    switch try call.need(for: spec) {
    case .nothing: return .nothing
    case .profile:
      let made = try profile ?? session.profile(model)
      profile = made
      return .profile(made)
    case .trim(let request):
      if case .trim(let proposal) = try session.run(.trim(request), model: model) {
        return .trim(proposal)
      }
    case .merge(let request):
      if case .merge(let proposal) = try session.run(.merge(request), model: model) {
        return .merge(proposal)
      }
    }
    throw CommandFailure(.work, session.what, "the engine answered with something else")
  }
}
