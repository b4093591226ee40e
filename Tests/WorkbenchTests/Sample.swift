import EngineProtocol
import Model
import Numerics
import TestSupport

/// A small invented model with scores and measurements, as plain values.
enum Sample {
  /// An OLMoE-like structure.
  static func spec(
    blocks: Int = 8, experts: Int = 16, perToken: Int = 2, dense: Int = 0, shared: Bool = false,
    name: String = "demo", hidden: Int = 256, width: Int = 128,
    encoding: StoredEncoding = .elements(.bfloat16)
  ) -> ModelSpec {
    let attention = AttentionSpec(
      heads: 4, keyValueHeads: 2, headDimension: 64, queryKeyNorm: .wholeProjection)
    let moe = MoESpec(
      experts: experts, expertWidth: width,
      router: RouterSpec(kind: .softmaxThenTopK(renormalized: false), expertsPerToken: perToken),
      shared: shared ? SharedExpertSpec(count: 1, width: 2 * width) : nil)
    return ModelSpec(
      name: name, family: "olmoe", fingerprint: Fingerprint(of: "\(name) \(blocks) \(experts)"),
      vocabulary: 4096, hidden: hidden, context: 2048, normEpsilon: 1e-5, ropeTheta: 10_000,
      tiedHead: false,
      blocks: (0..<blocks).map { index in
        BlockSpec(
          attention: attention,
          feedForward: index < dense ? .dense(width: 4 * width) : .moe(moe))
      },
      names: TensorNames(), encoding: encoding)
  }

  static let domains = ["prose", "essays", "verse", "code", "arithmetic"]

  /// Scores with a heavy tail, the same for the same structure.
  static func profile(_ spec: ModelSpec) -> Profile {
    var generator = SeededGenerator(seed: 7)
    let blocks = spec.blocks.indices.map { block(spec, $0, using: &generator) }
    return Profile(
      model: spec.fingerprint, data: Fingerprint(of: "texts"), seed: 0, tokens: 16_384,
      domains: domains.map { DomainTokens(name: $0, tokens: 3276) }, blocks: blocks,
      version: "0.1", seconds: 1.2)
  }

  private static func block(
    _ spec: ModelSpec, _ index: Int, using generator: inout SeededGenerator
  ) -> BlockProfile {
    let count = spec.blocks[index].expertCount
    let raw = (0..<count).map { _ in
      let uniform = Double.random(in: 0.02..<1, using: &generator)
      return uniform * uniform * uniform
    }
    let total = raw.reduce(0, +)
    let experts = raw.enumerated().map { expert, value in
      scores(expert, load: value / total, of: spec, using: &generator)
    }
    let importance = 0.02 + 0.4 / Double(index + 1)
    return BlockProfile(
      index: index, blockImportance: importance, moeImportance: importance * 0.7,
      attentionImportance: importance * 0.4, attentionOutliers: [8.5, 12.25, 5.5, 6.75],
      experts: experts)
  }

  private static func scores(
    _ index: Int, load: Double, of spec: ModelSpec, using generator: inout SeededGenerator
  ) -> ExpertProfile {
    func random(_ range: Range<Double>) -> Double { Double.random(in: range, using: &generator) }
    let byDomain = Dictionary(
      uniqueKeysWithValues: domains.map { ($0, load * random(0.2..<1.8)) })
    return ExpertProfile(
      index: index, load: load, mass: load * 0.9 + 0.005, selectedMass: load * 0.6,
      meanWeight: random(0.1..<0.5), reap: load * random(0.01..<0.2), ean: random(0.05..<0.4),
      weightedEan: load,
      tokens: Int(load * 32_768), loadByDomain: byDomain, weightNorm: random(20..<26),
      outliers: [random(3..<6), random(3..<6), random(3..<18)])
  }

  /// Figures of a plan; `damage` is its KL in nats.
  ///
  /// Measured too slowly, unless said otherwise, for a sweep to begin by itself.
  static func evaluation(
    _ spec: ModelSpec, plan: Fingerprint, damage: Double = 0, fraction: Double = 1,
    tokensPerSecond: Double = 2000
  ) -> Evaluation {
    func figures(_ name: String, _ tokens: Int, _ perplexity: Double) -> DomainEvaluation {
      let value = perplexity * (1 + damage)
      return DomainEvaluation(
        name: name, tokens: tokens, perplexity: value,
        perplexityInterval: Interval(low: value * 0.96, high: value * 1.04), kl: damage,
        klInterval: Interval(low: damage * 0.9, high: damage * 1.1), top1Agreement: 1 - damage)
    }
    return Evaluation(
      model: spec.fingerprint, plan: plan, data: Fingerprint(of: "evaluation"), windows: 8,
      overall: figures("overall", 10_200, 19.24),
      domains: zip(domains, [35.77, 39.28, 54.1, 11.6, 2.994]).map { figures($0, 2040, $1) },
      tasks: [TaskEvaluation(name: "arithmetic", items: 200, accuracy: 0.995 - damage / 4)],
      seconds: 0.84, tokensPerSecond: tokensPerSecond, version: "0.1", fraction: fraction)
  }

  static let engine = EngineDescription(
    version: "0.1", families: ["olmoe"], jobs: JobRequest.names, methods: ["rtn"], formats: [],
    hardware: EngineDescription.Hardware(cores: 2, blasKernels: "SkylakeX"))
}
