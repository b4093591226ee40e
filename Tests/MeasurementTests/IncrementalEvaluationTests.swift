import Model
import Numerics
import TestSupport
import Testing

@testable import Measurement

struct IncrementalEvaluationTests {
  /// A model with an evaluator of its own.
  private struct Bench {
    let model: LoadedModel
    let evaluator: Evaluator
    let calibration: CalibrationSample

    init(
      _ model: LoadedModel, _ windows: TokenWindows, calibration: TokenWindows,
      roundTokens: Int = Evaluator.roundTokens
    ) {
      self.model = model
      evaluator = Evaluator(
        model, tokenizer: nil, windows: windows, tasks: [], version: "test",
        roundTokens: roundTokens)
      self.calibration = CalibrationSample(calibration, seed: 0)
    }

    init(fixture family: String, roundTokens: Int) throws {
      let fixture = try FixtureModel(family)
      self.init(
        fixture.model, fixture.windows, calibration: fixture.windows, roundTokens: roundTokens)
    }

    init(
      demo domains: [String], windows: Int, memory: MemoryBudget = .standard,
      roundTokens: Int = Evaluator.roundTokens
    ) throws {
      let checkpoint = try DemoModel.model.get().checkpoint
      self.init(
        LoadedModel(checkpoint, memory: memory),
        try DemoModel.windows("evaluation", domains).first(windows),
        calibration: try DemoModel.windows("calibration", ["code"]).first(2),
        roundTokens: roundTokens)
    }

    func measure(_ plan: Plan, cancellation: Cancellation? = nil) throws -> Figures {
      Figures(
        try evaluator.evaluate(plan, calibration: calibration, cancellation: cancellation))
    }
  }

  /// What must not depend on what was measured before.
  private struct Figures: Equatable {
    let overall: DomainEvaluation
    let domains: [DomainEvaluation]
    let notes: [String]

    init(_ evaluation: Evaluation) {
      (overall, domains) = (evaluation.overall, evaluation.domains)
      notes = evaluation.notes
    }
  }

  @Test(
    arguments: ["olmoe", "deepseek", "qwen2_moe", "gpt_oss", "phimoe"], [1, 2, 3] as [UInt64])
  func `plans measured one after the other give the bits of each from scratch`(
    _ family: String, _ seed: UInt64
  ) throws {
    // A round for each window.
    let bench = try Bench(fixture: family, roundTokens: 1)
    var edits = RandomEdits(bench.model.spec, seed: seed)
    for step in 0..<16 {
      let plan = edits.next()
      let scratch = try Bench(fixture: family, roundTokens: 1)
      #expect(
        try bench.measure(plan) == scratch.measure(plan),
        "\(family), seed \(seed), step \(step): \(plan.steps.map { "\($0.said)" })")
    }
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `plans of the bundled model give the bits of each from scratch`(_ seed: UInt64) throws {
    let bench = try Bench(demo: ["code", "prose"], windows: 2, roundTokens: 512)
    var edits = RandomEdits(bench.model.spec, seed: seed)
    for step in 0..<10 {
      let plan = edits.next()
      let scratch = try Bench(demo: ["code", "prose"], windows: 2, roundTokens: 512)
      #expect(
        try bench.measure(plan) == scratch.measure(plan),
        "seed \(seed), step \(step): \(plan.steps.map { "\($0.said)" })")
    }
  }

  @Test func `a budget that holds few states changes no bit and is kept`() throws {
    let domains = ["prose", "essays", "verse", "code", "arithmetic"]
    let least = MemoryBudget(bytes: 0)
    let small = try Bench(demo: domains, windows: 3, memory: least)
    var edits = RandomEdits(small.model.spec, seed: 5)
    for step in 0..<3 {
      let plan = edits.next()
      let scratch = try Bench(demo: domains, windows: 3, memory: least)
      #expect(try small.measure(plan) == scratch.measure(plan), "step \(step)")
      #expect(small.model.states.bytes <= least.keptStates)
    }
    let large = try Bench(demo: domains, windows: 3)
    _ = try large.measure(edits.next())
    #expect(small.model.states.bytes > 0)
    #expect(large.model.states.bytes > 4 * small.model.states.bytes)
  }

  @Test func `an evaluation cancelled on its way leaves nothing wrong behind`() throws {
    let bench = try Bench(demo: ["code", "prose"], windows: 4, roundTokens: 512)
    var edits = RandomEdits(bench.model.spec, seed: 9)
    for _ in 0..<3 {
      let plan = edits.next()
      let cancellation = Cancellation()
      #expect(throws: CancellationError.self) {
        _ = try bench.evaluator.evaluate(
          plan, calibration: bench.calibration, cancellation: cancellation
        ) { partial in
          if partial.fraction > 0.4 { cancellation.cancel() }
        }
      }
      let scratch = try Bench(demo: ["code", "prose"], windows: 4, roundTokens: 512)
      #expect(try bench.measure(plan) == scratch.measure(plan))
    }
  }

  @Test func `the first figures have an interval already, however small a round is`() throws {
    let bench = try Bench(demo: ["code", "prose"], windows: 4, roundTokens: 1)
    var plan = Plan(for: bench.model.spec)
    try plan.apply(
      Edit(parsing: "drop attention 3"), spec: bench.model.spec, profile: nil)
    var first: Evaluation?
    _ = try bench.evaluator.evaluate(plan) { first = first ?? $0 }
    let figures = try #require(first)
    #expect(figures.fraction == 0.5)
    #expect(figures.overall.klInterval.low < figures.overall.kl)
    #expect(figures.overall.klInterval.high > figures.overall.kl)
  }

  @Test func `notes of what is not computed again are told again`() throws {
    let bench = try Bench(fixture: "olmoe", roundTokens: 1)
    let spec = bench.model.spec
    var plan = Plan(for: spec)
    // GPTQ gives way where no token came by.
    try plan.apply(
      Edit(parsing: "bits 3 all method gptq"), spec: spec, profile: nil)
    let evaluator = bench.evaluator
    let first = try evaluator.evaluate(plan).notes
    try #require(!first.isEmpty)
    #expect(try evaluator.evaluate(plan).notes == first)
    try plan.apply(
      Edit(parsing: "drop attention \(spec.blocks.count - 1)"), spec: spec, profile: nil)
    let scratch = try Bench(fixture: "olmoe", roundTokens: 1).evaluator.evaluate(plan).notes
    #expect(try evaluator.evaluate(plan).notes == scratch)
  }
}
