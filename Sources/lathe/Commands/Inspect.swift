import ArgumentParser
import EngineProtocol
import Model
import Workbench

/// `lathe inspect MODEL`: structure and ledger from the headers alone.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a model's structure and bytes, from its headers alone.",
    discussion: """
      Works on a folder with nothing but a config.json too.

      EXAMPLES
        lathe inspect demo
        lathe inspect Qwen3-30B-A3B-Q4_K_M.gguf
        lathe inspect ~/models/Mixtral-8x7B --json | jq .bytes
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    let opened = try EngineSession(engine, what: "inspect").open(model)
    let spec = opened.spec
    let ledger = spec.ledger(of: Choices(spec))
    if json { return try JSONOutput.print(Structure(opened, ledger)) }
    print(Self.text(opened, ledger))
  }

  static func text(_ opened: OpenedModel, _ ledger: Ledger) -> String {
    let spec = opened.spec
    var table = TextTable("block", "kind", "experts", "shared", "picks", "width", "bytes")
    for row in Structure(opened, ledger).blocks {
      let block = spec.blocks[row.index]
      let width =
        switch block.feedForward {
        case .dense(let width): width
        case .moe(let moe): moe.expertWidth
        }
      table.add(
        "\(row.index)", row.kind, "\(row.experts)", "\(row.sharedExperts)",
        block.moe.map { "\($0.router.expertsPerToken)" } ?? "-", "\(width)",
        Figure.bytes(row.bytes))
    }
    let source = opened.hasWeights ? "" : " (no weights in the folder: from config.json alone)"
    return """
      \(spec.name): \(spec.family), \(spec.blocks.count) blocks, hidden \(spec.hidden), \
      vocabulary \(Figure.grouped(spec.vocabulary)), context \(Figure.grouped(spec.context))\(source)
      parameters \(Figure.count(Double(ledger.parameters))), active per token \
      \(Figure.count(Double(ledger.activeParameters))), \(Figure.bytes(ledger.bytes)) as \
      \(spec.linearEncodings.map(\.description).joined(separator: ", "))
      fingerprint \(spec.fingerprint)

      \(table.text)
      """
  }

  /// The command's JSON.
  struct Structure: Encodable {
    struct Block: Encodable {
      var index: Int
      var kind: String
      var experts: Int
      var sharedExperts: Int
      var bytes: Int

      private enum CodingKeys: String, CodingKey {
        case index, kind, experts, bytes
        case sharedExperts = "shared_experts"
      }
    }

    var name: String
    var family: String
    var fingerprint: Fingerprint
    var parameters: Int
    var activeParameters: Int
    var bytes: Int
    var storedType: String
    var hidden: Int
    var vocabulary: Int
    var context: Int
    var expertsPerToken: Int
    var hasWeights: Bool
    var blocks: [Block]

    init(_ opened: OpenedModel, _ ledger: Ledger) {
      let spec = opened.spec
      name = spec.name
      family = spec.family
      fingerprint = spec.fingerprint
      parameters = ledger.parameters
      activeParameters = ledger.activeParameters
      bytes = ledger.bytes
      storedType = spec.linearEncodings.map(\.description).joined(separator: ", ")
      hidden = spec.hidden
      vocabulary = spec.vocabulary
      context = spec.context
      expertsPerToken = spec.blocks.compactMap(\.moe).first?.router.expertsPerToken ?? 0
      hasWeights = opened.hasWeights
      blocks = spec.blocks.enumerated().map { index, block in
        Block(
          index: index, kind: block.moe == nil ? "dense" : "moe", experts: block.expertCount,
          sharedExperts: block.moe?.shared?.count ?? 0, bytes: ledger.blockBytes[index])
      }
    }

    private enum CodingKeys: String, CodingKey {
      case name, family, fingerprint, parameters, bytes, hidden, vocabulary, context, blocks
      case activeParameters = "active_parameters"
      case storedType = "stored_type"
      case expertsPerToken = "experts_per_token"
      case hasWeights = "has_weights"
    }
  }
}
