import ArgumentParser
import EngineProtocol
import FoundationEssentials
import Model
import Workbench

/// `lathe plan MODEL`: edits a plan without a screen.
struct EditPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Make or edit a plan without a screen.",
    discussion: """
      Prints the plan as JSON, or with --ledger what it costs. EDIT is one of
        drop experts 3.5, 3.7..9 | experts 2.* | moe 12 | attention 12 | block 4..7
        drop experts where RULE      keep …  (undoes a drop)      keep all
        bits 4 experts | attention | all | gate | up | down | q | k | v | o | shared | dense …
        bits 8 linear 3.5.down, 3.q      bits 3 experts where outlier < 5 group 64 symmetric
        bits 4 experts method gptq act-order | awq clip | hqq | rtn      … activations 8
        sparsify 50% experts method wanda | sparsegpt | magnitude        sparsify 2:4 down
        neurons 50% experts refit      neurons 512 experts 3.*      neurons 100% shared
        merge experts 3.1, 3.5, 3.7 method average | aligned        split experts 3.1
        calibrate sequential | original
      3.5 is block 3, expert 5, both counted from 0. A RULE compares load, mass, selected-mass, \
      weight, reap, ean, ean-sum, weighted-ean, tokens, norm, outlier, importance, block, expert: \
      load < 0.5x and block in 4..11 (0.5x: half of the uniform share; without x: the share \
      itself). Bits are 2, 3, 4, 5, 6, 8 or 16 (as stored). What a plan says is applied in the order \
      drop, merge, neurons, sparsify, bits. Methods that look at activations see the original \
      model's, or with "calibrate sequential" those behind the blocks compressed before. Zeros are \
      stored like other weights; merged experts are stored once.

      EXAMPLES
        lathe plan demo --set 'drop experts where load < 0.2x' --set 'bits 4 experts' -o plan.json
        lathe plan demo --plan plan.json --set 'keep experts 3.5' --ledger
        lathe plan demo --recipe 'reap ratio=50%' --recipe 'uniform bits=4 method=gptq' -o plan.json
      """)

  @Argument(help: "A folder in Hugging Face layout, a .gguf file, or \"demo\".") var model: String
  @Option(help: ArgumentHelp("Start from this plan.", valueName: "file")) var plan: String?
  @Option(
    name: .customLong("recipe"),
    help: ArgumentHelp("Apply a recipe; \"lathe recipes\" lists them.", valueName: "recipe"))
  var recipes: [String] = []
  @Option(name: .customLong("set"), help: ArgumentHelp("Apply an edit.", valueName: "edit"))
  var edits: [String] = []
  @Option(name: .shortAndLong, help: ArgumentHelp("Write the plan here.", valueName: "file"))
  var output: String?
  @Flag(help: "Replace the output file if it exists.") var force = false
  @Flag(help: "Print what the plan costs.") var ledger = false
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var engine: EngineOptions

  func run() throws {
    let session = EngineSession(engine, what: "plan")
    let spec = try session.open(model).spec
    let start =
      try plan.map {
        try PlanFile(path: $0, what: "plan").plan(path: $0, for: spec, what: "plan")
      } ?? Plan(for: spec)
    var builder = PlanBuilder(start, of: spec, model: model, session: session)
    for text in recipes { try builder.apply(recipe: text) }
    for text in edits { try builder.apply(edit: text) }
    let result = builder.plan
    let file = PlanFile(result, of: spec)
    if let output { try file.write(to: output, isForced: force, what: "plan") }
    if ledger {
      let costs = PlanCosts(result, of: spec)
      if json { try JSONOutput.print(costs) } else { print(costs.text) }
    } else if output == nil || json {
      try JSONOutput.print(file)
    }
  }
}

/// What a plan costs, for people and as JSON.
struct PlanCosts: Encodable {
  var bytes: Int
  var baselineBytes: Int
  var averageBits: Double
  var storedBitsPerWeight: Double
  var flopsPerToken: Double
  var parameters: Int
  var activeParameters: Int
  var keptExperts: Int
  var mergedExperts: Int
  var experts: Int
  var zeroWeights: Int

  init(_ plan: Plan, of spec: ModelSpec) {
    let ledger = spec.ledger(of: plan.choices)
    bytes = ledger.bytes
    baselineBytes = ledger.baselineBytes
    averageBits = ledger.averageBits
    storedBitsPerWeight = ledger.storedBitsPerWeight
    flopsPerToken = spec.flopsPerToken(plan.choices)
    parameters = ledger.parameters
    activeParameters = ledger.activeParameters
    keptExperts = ledger.keptExperts
    mergedExperts = ledger.mergedExperts
    experts = ledger.experts
    zeroWeights = ledger.zeroWeights
  }

  private enum CodingKeys: String, CodingKey {
    case bytes, parameters, experts
    case baselineBytes = "baseline_bytes"
    case averageBits = "average_bits"
    case storedBitsPerWeight = "stored_bits_per_weight"
    case flopsPerToken = "flops_per_token"
    case activeParameters = "active_parameters"
    case keptExperts = "kept_experts"
    case mergedExperts = "merged_experts"
    case zeroWeights = "zero_weights"
  }

  /// A few aligned lines.
  var text: String {
    let saved = 1 - Double(bytes) / Double(max(1, baselineBytes))
    var facts = FactList()
    facts.add(
      "memory",
      "\(Figure.bytes(bytes)) of \(Figure.bytes(baselineBytes)), \(Figure.percent(saved)) saved"
        + " (\(Figure.grouped(bytes)) bytes)")
    facts.add("average bits", "\(Figure.fixed(averageBits, 3)) of attention and experts")
    facts.add(
      "stored bits", "\(Figure.fixed(storedBitsPerWeight, 3)) with scales and zero points")
    let merged = mergedExperts == 0 ? "" : ", \(mergedExperts) of them stored under another"
    facts.add("experts kept", "\(keptExperts) of \(experts)\(merged)")
    if zeroWeights > 0 {
      facts.add("zeros", "\(Figure.count(Double(zeroWeights))) weights, stored like others")
    }
    facts.add("parameters", Figure.count(Double(parameters)))
    facts.add("active", "\(Figure.count(Double(activeParameters))) per token")
    facts.add("compute", "\(Figure.fixed(flopsPerToken / 1e6, 2)) MFLOP per token")
    return facts.text()
  }
}
