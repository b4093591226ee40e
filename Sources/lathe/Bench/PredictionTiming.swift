import Model
import Numerics

/// How long a prediction takes after an edit of the largest model people compress, with a sweep, sketches and
/// measured plans of made-up figures.
struct PredictionTiming {
  private let spec: ModelSpec
  private var predictor: Predictor

  init(_ spec: ModelSpec, _ profile: Profile) {
    self.spec = spec
    var random = SeededGenerator(seed: 1)
    predictor = Predictor(profile: profile)
    predictor.learn(Self.sweep(of: spec, using: &random), of: spec)
    let empty = Plan(for: spec)
    predictor.observe(Self.evaluation(of: empty, kl: 0), of: empty)
    for count in 1...Self.measured { observe(count) }
  }

  /// Measured plans: as many as a prediction rests on.
  static let measured = 128

  private mutating func observe(_ count: Int) {
    var plan = Plan(for: spec)
    let block = spec.moeBlocks[count % spec.moeBlocks.count]
    try? plan.apply(
      Edit(.drop, .experts, .experts([ExpertRange(block: block, experts: 0...count % 200)])),
      spec: spec, profile: nil)
    predictor.observe(Self.evaluation(of: plan, kl: Double(count) / 1000), of: plan)
  }

  /// Milliseconds from a measurement to the next prediction and the record of all.
  mutating func refitMilliseconds() -> Double {
    let plan = Plan(for: spec)
    let start = ContinuousClock.now
    observe(Self.measured)
    _ = predictor.predict(plan)
    _ = predictor.record()
    return Stopwatch.seconds(since: start) * 1000
  }

  /// Milliseconds of each prediction, one for every edit of a growing plan.
  mutating func milliseconds(edits: Int) throws -> [Double] {
    var plan = Plan(for: spec)
    _ = predictor.predict(plan)
    return try (0..<edits).map { index in
      let block = spec.moeBlocks[index % spec.moeBlocks.count]
      let experts = spec.blocks[block].expertCount
      let edits = [
        "drop experts \(block).\(index % experts)", "bits 4 experts \(block).*",
        "neurons 50% experts \(block).*",
      ]
      try plan.apply(Edit(parsing: edits[index % 3]), spec: spec, profile: nil)
      let start = ContinuousClock.now
      _ = predictor.predict(plan)
      return Stopwatch.seconds(since: start) * 1000
    }
  }

  private static func sweep(
    of spec: ModelSpec, using random: inout SeededGenerator
  ) -> Sensitivities {
    var found = Sensitivities(
      model: spec.fingerprint, data: spec.fingerprint, tokens: 0, seed: 0,
      domains: ["one", "two", "three", "four", "five"], count: 0, version: "")
    for probe in Probe.all(of: spec) {
      let kl = Double.random(in: 0.001..<0.1, using: &random)
      found.add(
        Sensitivity(
          probe: probe, kl: kl, klByDomain: Array(repeating: kl, count: 5), lossRise: kl))
    }
    found.sketches = spec.moeBlocks.compactMap { block in
      spec.blocks[block].moe.map { sketch(of: $0, block: block, using: &random) }
    }
    found.count = found.done
    return found
  }

  /// As large as a real one.
  private static func sketch(
    of moe: MoESpec, block: Int, using random: inout SeededGenerator
  ) -> LayerSketch {
    let choices = min(moe.experts, max(8, 5 * moe.router.expertsPerToken / 2))
    let tokens = LayerSketch.numbers / (choices * LayerSketch.usualDimensions)
    let experts = (0..<tokens).flatMap { _ in
      (0..<moe.experts).shuffled(using: &random).prefix(choices).map { Int32($0) }
    }
    return LayerSketch(
      block: block, choices: choices, dimensions: LayerSketch.usualDimensions, experts: experts,
      gates: experts.map { _ in Float.random(in: 0.01..<0.2, using: &random) },
      outputs: (0..<experts.count * LayerSketch.usualDimensions).map { _ in
        Float.random(in: -1..<1, using: &random)
      })
  }

  private static func evaluation(of plan: Plan, kl: Double) -> Evaluation {
    let figures = DomainEvaluation(
      name: "overall", tokens: 1, perplexity: 10 * (1 + kl),
      perplexityInterval: Interval(low: 10, high: 10), kl: kl,
      klInterval: Interval(low: kl, high: kl), top1Agreement: 1)
    return Evaluation(
      model: plan.model, plan: plan.digest, data: plan.model, windows: 1, overall: figures,
      domains: [], tasks: [], seconds: 1, tokensPerSecond: 1, version: "", fraction: 1)
  }
}
