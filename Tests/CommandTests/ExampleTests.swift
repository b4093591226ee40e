import ArgumentParser
import Testing

@testable import lathe

/// What the help texts promise, and what only a look inside the program shows; how the verbs behave
/// is tested with the real program, in `Tests/EndToEnd`.
struct ExampleTests {
  private static let commands: [any ParsableCommand.Type] =
    [Lathe.self] + Lathe.configuration.subcommands

  @Test(arguments: examples) func `every example of the help is a command line that parses`(
    _ line: String
  ) throws {
    #expect(throws: Never.self, "\(line)") {
      _ = try Lathe.parseAsRoot(Array(ShellWords.split(line).dropFirst()))
    }
  }

  @Test func `every verb but info has an example, and says what it does`() {
    for command in Self.commands {
      let configuration = command.configuration
      #expect(configuration.abstract.hasSuffix("."), "\(command)")
      #expect(
        configuration.discussion.contains("EXAMPLES\n  ") || command == Info.self, "\(command)")
    }
  }

  @Test func `edits keep their order and a model alone opens the workbench`() throws {
    let plan = try #require(
      try Lathe.parseAsRoot(["plan", "demo", "--set", "drop moe 3", "--set", "keep moe 3"])
        as? EditPlan)
    #expect(plan.edits == ["drop moe 3", "keep moe 3"])
    let open = try #require(try Lathe.parseAsRoot(["some/model", "--theme", "mono"]) as? Open)
    #expect(open.model == "some/model")
    #expect(open.theme == "mono")
    #expect(try Lathe.parseAsRoot([]) is Open)
  }

  /// Every line below EXAMPLES that starts the program, without pipes and files behind it.
  static let examples: [String] = commands.flatMap { command in
    command.configuration.discussion.split(separator: "\n")
      .map { line in String(line.drop { $0 == " " }) }
      .filter { $0.hasPrefix("lathe ") }
      .map { String($0.split(separator: "   ")[0]) }
  }
}

/// A line cut into words as a shell cuts it, up to the first pipe or redirection.
private enum ShellWords {
  static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in line {
      switch character {
      case "'":
        isQuoted.toggle()
        word = word ?? ""
      case " " where !isQuoted:
        if let word { words.append(word) }
        word = nil
      case "|" where !isQuoted, ">" where !isQuoted, "<" where !isQuoted: return words
      default: word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}
