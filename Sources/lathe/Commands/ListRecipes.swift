import ArgumentParser
import Search
import Workbench

/// `lathe recipes`: the published ways to make a plan.
struct ListRecipes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "List the published ways to make a plan.",
    discussion: """
      A recipe expands to edits that can be changed afterwards. What it is not told, it takes as \
      listed.

      EXAMPLES
        lathe plan demo --recipe 'reap ratio=50% scope=global' -o plan.json
        lathe plan demo --recipe 'block-drop count=2 order=window bits=4 method=gptq'
      """)

  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    if json { return try JSONOutput.print(Recipe.all.map(RecipeListing.init)) }
    for recipe in Recipe.all {
      print("\(recipe.name)\n  \(recipe.summary)\n  from: \(recipe.source)")
      for parameter in recipe.parameters {
        print("    \(parameter.key)=\(parameter.standard)  \(parameter.explanation)")
      }
    }
  }
}

/// A recipe as JSON.
private struct RecipeListing: Encodable {
  var name: String
  var summary: String
  var source: String
  var parameters: [Parameter]

  struct Parameter: Encodable {
    var key: String
    var standard: String
    var explanation: String
  }

  init(_ recipe: Recipe) {
    name = recipe.name
    summary = recipe.summary
    source = recipe.source
    parameters = recipe.parameters.map {
      Parameter(key: $0.key, standard: $0.standard, explanation: $0.explanation)
    }
  }
}
