import EngineProtocol
import Model
import Workbench

/// A workbench on a made-up model of 61 blocks × 256 experts, the largest shape people compress.
enum LargeModel {
  static let size = Size(columns: 200, rows: 60)

  /// The workbench, with the model open and its profile there.
  static func workbench() -> WorkbenchState {
    var state = WorkbenchState(modelPath: "large", options: .init(size: size))
    var effects = state.update(
      .engine(.described(engine)), at: 0)
    effects += state.update(.engine(.opened(OpenedModel(spec: spec, hasWeights: true))), at: 1)
    for case .startJob(.profile, let ticket) in effects {
      _ = state.update(.engine(.jobStarted(ticket: ticket, job: 1)), at: 2)
      let finished = JobFinished(job: 1, result: .profile(profile))
      _ = state.update(.engine(.notification(.finished(finished))), at: 3)
    }
    return state
  }

  private static let engine = EngineDescription(
    version: Version.current, families: ["olmoe"], jobs: JobRequest.names,
    methods: QuantizationMethod.allCases.map(\.rawValue),
    formats: [], hardware: .init(cores: 2, blasKernels: "none"))

  static let spec = ModelSpec(
    name: "large", family: "olmoe", fingerprint: Fingerprint(of: "large"), vocabulary: 129_280,
    hidden: 7168, context: 4096, normEpsilon: 1e-6, ropeTheta: 10_000, tiedHead: false,
    blocks: Array(
      repeating: BlockSpec(
        attention: AttentionSpec(heads: 128, keyValueHeads: 128, headDimension: 128),
        feedForward: .moe(
          MoESpec(
            experts: 256, expertWidth: 2048,
            router: RouterSpec(
              kind: .softmaxThenTopK(renormalized: false), expertsPerToken: 8)))),
      count: 61),
    names: TensorNames(), encoding: .elements(.bfloat16))

  static var profile: Profile {
    Profile(
      model: spec.fingerprint, data: Fingerprint(), seed: 0, tokens: 1 << 20,
      domains: [DomainTokens(name: "made-up", tokens: 1 << 20)],
      blocks: spec.blocks.indices.map { block in
        BlockProfile(
          index: block, blockImportance: 0.1, moeImportance: 0.05, attentionImportance: 0.05,
          attentionOutliers: [5, 6, 7, 8],
          experts: (0..<256).map { expert in
            let load = Double((expert * 37 + block * 11) % 256 + 1) / 32_896
            return ExpertProfile(
              index: expert, load: load, mass: load, selectedMass: load, meanWeight: 0.2,
              reap: Double((expert * 53 + block) % 97), ean: 10, weightedEan: 2, tokens: 1000,
              loadByDomain: ["made-up": load], weightNorm: 30, outliers: [5, 6, 7])
          })
      }, version: Version.current, seconds: 1)
  }
}
