import EngineProtocol
import Model
import Workbench

/// What a search came to, with its plan measured on the evaluation texts.
struct SearchReport: Encodable {
  struct Predicted: Encodable {
    var kl: Double
    var sigma: Double
  }

  struct Point: Encodable {
    var bytes: Int
    var kl: Double
    var sigma: Double
    var measured: Double?
  }

  let plan: PlanFile
  let bytes: Int
  let baselineBytes: Int
  let averageBits: Double
  let storedBits: Double
  /// What was expected on calibration tokens.
  let predicted: Predicted
  /// KL on calibration tokens, of the plan and of what the search began with.
  let calibrationKL: Double?
  let startKL: Double?
  /// The evaluation texts' figures.
  let measured: Evaluation
  let front: [Point]
  let generations: Int
  let measurements: Int
  let seed: UInt64
  let seconds: Double
  let notes: [String]

  private enum CodingKeys: String, CodingKey {
    case plan, bytes, predicted, measured, front, generations, measurements, seed, seconds, notes
    case baselineBytes = "baseline_bytes"
    case averageBits = "average_bits"
    case storedBits = "stored_bits_per_weight"
    case calibrationKL = "calibration_kl"
    case startKL = "start_calibration_kl"
  }

  /// Searches, and measures what was found.
  init(
    _ request: SearchRequest, data: [String] = [], _ model: String, _ spec: ModelSpec,
    _ session: EngineSession
  ) throws(CommandFailure) {
    guard case .search(let outcome) = try session.run(.search(request), model: model),
      let file = outcome.best.plan
    else {
      throw CommandFailure(.work, session.what, "the engine answered with something else")
    }
    let plan = try file.plan(path: "the plan found", for: spec, what: session.what)
    var evaluation = EvaluationRequest(plan: file, data: data)
    evaluation.calibration = ProfileRequest(data: request.calibration.data)
    guard case .evaluation(let measured) = try session.run(.evaluate(evaluation), model: model)
    else { throw CommandFailure(.work, session.what, "the engine answered with something else") }
    let ledger = spec.ledger(of: plan.choices)
    self.plan = file
    self.measured = measured
    bytes = ledger.bytes
    baselineBytes = ledger.baselineBytes
    averageBits = ledger.averageBits
    storedBits = ledger.storedBitsPerWeight
    predicted = Predicted(kl: outcome.best.kl, sigma: outcome.best.sigma)
    calibrationKL = outcome.best.measured
    startKL = outcome.start.measured
    front = outcome.front.map {
      Point(bytes: $0.bytes, kl: $0.kl, sigma: $0.sigma, measured: $0.measured)
    }
    generations = outcome.generations
    measurements = outcome.measurements
    seed = outcome.seed
    seconds = outcome.seconds
    notes = outcome.notes
  }

  /// The result on paper.
  var text: String {
    var facts = FactList()
    facts.add(
      "memory",
      "\(Figure.bytes(bytes))  (\(Figure.grouped(bytes)) bytes, \(Figure.percent(Double(bytes) / Double(max(1, baselineBytes)))) of the original)"
    )
    facts.add(
      "bits",
      "\(Figure.fixed(averageBits, 3)) average, \(Figure.fixed(storedBits, 3)) with scales and zero points"
    )
    facts.add(
      "predicted", "KL ~\(Figure.fixed(predicted.kl, 4)) ± \(Figure.fixed(predicted.sigma, 4))")
    if let calibrationKL {
      let before = startKL.map { ", \(Figure.fixed($0, 4)) before evolution" } ?? ""
      facts.add("on calibration texts", "KL \(Figure.fixed(calibrationKL, 4))\(before)")
    }
    facts.add(
      "on evaluation texts",
      "KL \(Figure.fixed(measured.overall.kl, 4)), perplexity \(Figure.fixed(measured.overall.perplexity, 2))"
    )
    facts.add(
      "search",
      "\(generations) generations, \(Figure.grouped(measurements)) plans measured, \(Figure.fixed(seconds, 1)) s, seed \(seed)"
    )
    var table = TextTable("front: bytes", "KL expected", "±", "measured")
    for point in front {
      table.add(
        Figure.grouped(point.bytes), "~\(Figure.fixed(point.kl, 4))", Figure.fixed(point.sigma, 4),
        point.measured.map { Figure.fixed($0, 4) } ?? "")
    }
    let edits =
      plan.edits.isEmpty
      ? "  (nothing)"
      : plan.edits.map { "  \($0.edit)" }
        .joined(separator: "\n")
    let notes = (notes + measured.notes).map { "\nnote: \($0)" }.joined()
    return "plan\n\(edits)\n\n\(facts.text())\n\n\(table.text)\(notes)"
  }
}
