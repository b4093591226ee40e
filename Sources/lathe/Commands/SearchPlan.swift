import ArgumentParser
import EngineProtocol
import FoundationEssentials
import Model
import Workbench

/// `lathe search MODEL`: the best plan under a budget.
struct SearchPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the best plan under a budget.",
    discussion: """
      Measures what single changes cost, solves for the budget exactly, then evolves the result: plans \
      are compared on calibration texts, never on the evaluation texts that the final figures come \
      from. Give one goal. A SELECTION names what stays as it is, as an edit does: "experts 3.5", \
      "attention", "block 0..2", "linear 3.5.down". Equal seeds give equal plans, unless --seconds \
      stops the search.

      EXAMPLES
        lathe search demo --memory 9MiB -o plan.json
        lathe search demo --bits 2.54 --actions bits --method gptq
        lathe search demo --max-kl 0.02 --lock attention --json
        lathe search ~/models/OLMoE-1B-7B --speed 2x --plan plan.json --fast
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @OptionGroup var goal: GoalOptions
  @OptionGroup var space: SpaceOptions
  @Option(help: ArgumentHelp("Start from this plan.", valueName: "file")) var plan: String?
  @Option(help: "Seed of the search and of the choice of calibration windows.")
  var seed: UInt64 = 0
  @Option(help: "Generations of evolution at most.")
  var generations = SearchRequest.defaultGenerations
  @Option(help: "Seconds of evolution at most.") var seconds: Double?
  @Flag(help: "Solve from single changes alone, without evolution.") var fast = false
  @Option(
    name: .customLong("calibration"), parsing: .upToNextOption,
    help: ArgumentHelp("Texts to compare plans on.", valueName: "file"))
  var calibration: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Evaluation texts and tasks for the final figures.", valueName: "file"))
  var data: [String] = []
  @Option(name: .customLong("calibration-tokens"), help: "Tokens of the largest comparison.")
  var tokens = SearchRequest.defaultTokens
  @Option(name: .shortAndLong, help: ArgumentHelp("Write the plan here.", valueName: "file"))
  var output: String?
  @Flag(help: "Replace the output file if it exists.") var force = false
  @Flag(help: "Print one JSON object.") var json = false
  @Option(
    name: .customLong("engine"),
    help: ArgumentHelp(
      "Command line of the engine, such as 'ssh gpu-box lathe engine'.", valueName: "command"))
  var line: String?
  @Option(help: ArgumentHelp("Memory the engine keeps within, such as 6GiB.", valueName: "size"))
  var engineMemory: ByteSize?

  func validate() throws {
    guard generations >= 0 else { throw ValidationError("--generations must not be negative") }
    guard tokens > 0 else { throw ValidationError("--calibration-tokens must be at least 1") }
    guard seconds.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--seconds must be above 0")
    }
  }

  func run() throws {
    let session = EngineSession(
      command: EngineOptions.command(line: line, memory: engineMemory), what: "search")
    let spec = try session.open(model).spec
    if let output, !force, FileManager.default.fileExists(atPath: output) {
      throw CommandFailure(
        .request, "search", "\(output): it exists; name another file or add --force")
    }
    let start = try plan.map { path in
      let file = try PlanFile(path: path, what: "search")
      _ = try file.plan(path: path, for: spec, what: "search")
      return file
    }
    let request = SearchRequest(
      try goal.goal(), space: try space.space(), start: start, generations: fast ? 0 : generations,
      seconds: seconds, calibration: ProfileRequest(data: calibration, tokens: tokens, seed: seed))
    let report = try SearchReport(request, data: data, model, spec, session)
    if let output {
      do { try report.plan.json().write(to: URL(filePath: output), options: .atomic) } catch {
        throw CommandFailure(
          .work, "search", "\(output): it cannot be written; name a file you may write to")
      }
    }
    if json { return try JSONOutput.print(report) }
    print(report.text)
  }
}

/// What a search has to reach: one of these.
struct GoalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Bytes of the model, such as 20GiB.", valueName: "size"),
    transform: { try SearchGoal(.memory, $0) })
  var memory: SearchGoal?
  @Option(
    help: "Bits per attention and expert weight, without scales and zero points.",
    transform: { try SearchGoal(.averageBits, $0) })
  var bits: SearchGoal?
  @Option(
    name: .customLong("stored-bits"), help: "The same with scales and zero points.",
    transform: { try SearchGoal(.storedBits, $0) })
  var storedBits: SearchGoal?
  @Option(
    help: ArgumentHelp(
      "How many times fewer bytes of weights a token reads, such as 2x.", valueName: "factor"),
    transform: { try SearchGoal(.speed, $0) })
  var speed: SearchGoal?
  @Option(
    name: .customLong("max-kl"), help: "KL to the original, nats; as few bytes as it takes.",
    transform: { try SearchGoal(.divergence, $0) })
  var divergence: SearchGoal?

  private var given: [SearchGoal] {
    [memory, bits, storedBits, speed, divergence].compactMap(\.self)
  }

  func validate() throws {
    guard given.count == 1 else {
      throw ValidationError(
        "give exactly one of --memory, --bits, --stored-bits, --speed and --max-kl")
    }
  }

  func goal() throws(CommandFailure) -> SearchGoal {
    guard let goal = given.first else {
      throw CommandFailure(.request, "search", "there is no goal; give --memory, for example")
    }
    return goal
  }
}

/// What a search may change.
struct SpaceOptions: ParsableArguments {
  @Option(
    name: .customLong("lock"),
    help: ArgumentHelp("What stays as it is; may be repeated.", valueName: "selection"))
  var locks: [String] = []
  @Option(
    help: ArgumentHelp(
      "Kinds of change: drop (or experts, parts), neurons, bits.", valueName: "list"))
  var actions = "drop,neurons,bits"
  @Option(help: ArgumentHelp("Bits it may choose.", valueName: "list")) var levels = "2,3,4,5,6,8"
  @Option(
    name: .customLong("method"),
    help: ArgumentHelp(
      "Methods of quantisation to choose from: rtn, hqq, gptq, awq.", valueName: "list"))
  var methods = "rtn"

  func space() throws(CommandFailure) -> SearchSpace {
    var space = SearchSpace(locks: locks)
    space.actions = []
    for word in Self.words(actions) {
      if word == "drop" {
        space.actions.formUnion([.experts, .parts])
      } else if let action = SearchAction(rawValue: word) {
        space.actions.insert(action)
      } else {
        throw Self.refusal("--actions", word, "drop, experts, parts, neurons and bits")
      }
    }
    space.bits = []
    for word in Self.words(levels) {
      guard let bits = Int(word), Quantization.allowedBits.contains(bits) else {
        throw Self.refusal("--levels", word, "2, 3, 4, 5, 6 and 8")
      }
      space.bits.append(bits)
    }
    space.methods = []
    for word in Self.words(methods) {
      guard let method = QuantizationMethod(rawValue: word) else {
        throw Self.refusal("--method", word, "rtn, hqq, gptq and awq")
      }
      space.methods.append(method)
    }
    return space
  }

  private static func words(_ list: String) -> [String] {
    list.lowercased().split { $0 == "," || $0 == " " }.map(String.init)
  }

  private static func refusal(
    _ option: String, _ word: String, _ allowed: String
  ) -> CommandFailure {
    CommandFailure(
      .request, "search", "\(option): it takes no \"\(word)\"; give some of \(allowed)")
  }
}
