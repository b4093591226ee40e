import ArgumentParser
import EngineProtocol

/// `lathe tokenize MODEL`: ids of a text.
struct TokenizeText: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Encode a text with the model's tokenizer.",
    discussion: """
      EXAMPLES
        lathe tokenize demo --text 'Hello, world!'
        lathe tokenize demo < essay.txt
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: "The text; standard input without it.") var text: String?
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    let text = text ?? Self.standardInput()
    let answer = try EngineSession(engine, what: "tokenize").call(
      Tokenize(model: model, text: text))
    if json { return try JSONOutput.print(answer) }
    print(answer.ids.map(String.init).joined(separator: " "))
  }

  private static func standardInput() -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
  }
}
