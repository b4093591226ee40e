import ArgumentParser
import EngineProtocol
import Model

/// `lathe profile MODEL`: the calibration pass.
struct MakeProfile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Run calibration texts through the model and score its parts.",
    discussion: """
      The result is cached by model, texts, tokens and seed. Without --data the bundled texts are \
      used: prose, essays, verse, code and arithmetic.

      EXAMPLES
        lathe profile demo
        lathe profile ~/models/OLMoE-1B-7B --data wiki.txt code.txt --tokens 65536
        lathe profile demo --json | jq '.blocks[3].experts[5].load'
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Calibration texts; each file is a domain.", valueName: "file"))
  var data: [String] = []
  @Option(help: "Tokens to run, all domains together.") var tokens = ProfileRequest.defaultTokens
  @Option(help: "Seed of the choice of windows.") var seed: UInt64 = 0
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard tokens > 0 else { throw ValidationError("--tokens must be at least 1") }
  }

  func run() throws {
    let session = EngineSession(engine, what: "profile")
    let request = ProfileRequest(data: data, tokens: tokens, seed: seed)
    let profile = try session.profile(model, request)
    let spec = try session.open(model).spec
    if json { return try JSONOutput.print(ProfileReport(profile, of: spec)) }
    print(ProfileText.text(profile, of: spec))
  }
}

/// The command's JSON: the profile, with every linear's score by its name.
struct ProfileReport: Encodable {
  struct Linear: Encodable {
    var name: String
    var linear: String
    var outlierScore: Double

    private enum CodingKeys: String, CodingKey {
      case name, linear
      case outlierScore = "outlier_score"
    }
  }

  var fingerprint: Fingerprint
  var data: Fingerprint
  var seed: UInt64
  var tokens: Int
  var version: String
  var seconds: Double
  var domains: [DomainTokens]
  var blocks: [BlockProfile]
  var windows: WindowImportances
  var linears: [Linear]

  init(_ profile: Profile, of spec: ModelSpec) {
    fingerprint = profile.model
    data = profile.data
    seed = profile.seed
    tokens = profile.tokens
    version = profile.version
    seconds = profile.seconds
    domains = profile.domains
    blocks = profile.blocks
    windows = profile.windows
    linears = spec.blocks.indices.flatMap { spec.linears(ofBlock: $0) }.compactMap { linear in
      profile.outlierScore(of: linear, in: spec).map {
        Linear(
          name: spec.names.name(of: spec.storedTensors(of: linear)[0]), linear: "\(linear)",
          outlierScore: $0)
      }
    }
  }
}
