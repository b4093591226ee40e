import EngineProtocol
import Model

/// A published way to make a plan, which expands to edits a person can change.
public struct Recipe: Sendable {
  /// What it is called.
  public let name: String
  /// What it does, one line.
  public let summary: String
  /// Where it comes from.
  public let source: String
  /// What it can be told, with what it takes where it is not told.
  public let parameters: [Parameter]
  /// What it has to know of a model first.
  let need: @Sendable (ModelSpec, RecipeArguments) throws(RecipeError) -> RecipeNeed
  /// The edits, in order.
  let edits: @Sendable (RecipeInput) throws(RecipeError) -> [String]

  /// Something a recipe can be told.
  public struct Parameter: Sendable, Hashable {
    /// `key` of `key=value`.
    public let key: String
    /// What it takes where it is not told.
    public let standard: String
    /// What values mean.
    public let explanation: String
  }
}

/// What a recipe has to know of a model before it can tell its edits.
public enum RecipeNeed: Hashable, Sendable {
  case nothing
  case profile
  case trim(TrimRequest)
  case merge(MergeRequest)
}

/// What was found out for a recipe: the answer to its need.
public enum RecipeFindings: Sendable {
  case nothing
  case profile(Profile)
  case trim(TrimProposal)
  case merge(MergeProposal)
}

/// What a recipe works on.
struct RecipeInput {
  let spec: ModelSpec
  let findings: RecipeFindings
  let arguments: RecipeArguments

  /// The profile; without blocks where the recipe did not ask for it.
  var profile: Profile {
    if case .profile(let profile) = findings { return profile }
    return Profile(
      model: spec.fingerprint, data: Fingerprint(), seed: 0, tokens: 0, domains: [], blocks: [],
      version: "", seconds: 0)
  }
}

/// A recipe with what it was told: `reap ratio=25%`.
public struct RecipeCall: Sendable, CustomStringConvertible {
  /// The recipe.
  public let recipe: Recipe
  private let arguments: RecipeArguments

  /// Reads a name and `key=value` words.
  ///
  /// - Throws: `RecipeError` that lists what there is.
  public init(parsing text: String) throws(RecipeError) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard let name = words.first, let recipe = Recipe.all.first(where: { $0.name == name }) else {
      throw .unknown(words.first.map(String.init) ?? "", known: Recipe.all.map(\.name))
    }
    self.recipe = recipe
    arguments = try RecipeArguments(words.dropFirst(), of: recipe)
  }

  /// The name and everything the recipe goes by, what it was not told included.
  public var description: String { "\(recipe.name)\(arguments)" }

  /// What has to be found out before `edits` can be asked for.
  ///
  /// - Throws: `RecipeError` where the model does not have what the recipe needs.
  public func need(for spec: ModelSpec) throws(RecipeError) -> RecipeNeed {
    try recipe.need(spec, arguments)
  }

  /// The edits that the recipe stands for, in order.
  ///
  /// - Parameters:
  ///   - spec: the model
  ///   - findings: the answer to `need`
  /// - Throws: `RecipeError` where the model or the findings do not have what it needs.
  /// - Returns: the edits.
  public func edits(
    for spec: ModelSpec, _ findings: RecipeFindings
  ) throws(RecipeError) -> [Edit] {
    let texts = try recipe.edits(
      RecipeInput(spec: spec, findings: findings, arguments: arguments))
    var edits: [Edit] = []
    for text in texts {
      do throws(EditError) { edits.append(try Edit(parsing: text)) } catch {
        throw .edit(recipe.name, error)
      }
    }
    return edits
  }
}

extension Recipe {
  /// A recipe that looks at the calibration profile, or at nothing but the structure.
  init(
    name: String, summary: String, source: String, parameters: [Parameter], needsProfile: Bool,
    edits: @escaping @Sendable (RecipeInput) throws(RecipeError) -> [String]
  ) {
    self.init(
      name: name, summary: summary, source: source, parameters: parameters,
      need: { _, _ in needsProfile ? .profile : .nothing }, edits: edits)
  }
}

/// Why a recipe gives no plan.
public enum RecipeError: Error, Hashable, Sendable {
  case unknown(String, known: [String])
  case unknownKey(String, recipe: String, known: [String])
  case value(String, key: String, expected: String)
  case tooMany(String, asked: Int, available: Int, what: String)
  case nothing(String, what: String)
  case edit(String, EditError)
  case trim(String, TrimError)
}

extension RecipeError: CustomStringConvertible {
  /// The reason and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known):
      return "there is no recipe \"\(name)\"; choose one of \(known.joined(separator: ", "))"
    case .unknownKey(let key, let recipe, let known):
      let keys = known.isEmpty ? "it takes nothing" : "it takes \(known.joined(separator: ", "))"
      return "recipe \(recipe) takes no \"\(key)\"; \(keys)"
    case .value(let value, let key, let expected):
      return "\(key)=\(value) is not possible; give \(expected)"
    case .tooMany(let recipe, let asked, let available, let what):
      return "recipe \(recipe) cannot take \(asked) of \(available) \(what); ask for fewer"
    case .nothing(let recipe, let what):
      return "recipe \(recipe) finds no \(what) in this model; choose another recipe"
    case .edit(let recipe, let error): return "recipe \(recipe): \(error)"
    case .trim(let recipe, let error): return "recipe \(recipe): \(error)"
    }
  }
}
