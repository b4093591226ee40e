import EngineProtocol
import Measurement
import Model
import Numerics

extension JobRunner {
  /// Looks for parts to drop.
  func trim(
    _ request: TrimRequest, _ name: String, _ job: Int, _ cancellation: Cancellation
  ) throws -> TrimProposal {
    let start = ContinuousClock.now
    let model = try library.model(name)
    let windows = try calibrationWindows(
      request.data, tokens: request.tokens, seed: request.seed, name, model)
    var proposal = TrimProposal(
      model: model.spec.fingerprint, data: windows.fingerprint, steps: [],
      tokens: windows.tokens, seconds: 0, version: Version.current)
    switch request.goal {
    case .experts(let count, let search):
      let reporter = layerReporter(job, model)
      let trim = ReconstructionTrim(model, windows: windows, count: count, search: search)
      (proposal.steps, proposal.search) = try trim.run(cancellation: cancellation) {
        reporter.report("searching experts to drop", completed: $0)
      }
      proposal.tokens = trim.tokens
    case .parts(let part, let count):
      let total = windows.tokens * count
      let reporter = ProgressReporter(job: job, unit: "tokens", total: total, send: send)
      let trim = IterativeTrim(model, windows: windows, part: part, count: count)
      proposal.steps = try trim.run(cancellation: cancellation) { passes in
        reporter.report(
          "measuring, drop \(min(count, Int(passes) + 1)) of \(count)",
          completed: Int(passes * Double(windows.tokens)))
      }
    }
    proposal.seconds = (ContinuousClock.now - start) / .seconds(1)
    return proposal
  }

  /// Looks for experts to merge.
  func merge(
    _ request: MergeRequest, _ name: String, _ job: Int, _ cancellation: Cancellation
  ) throws -> MergeProposal {
    let start = ContinuousClock.now
    let model = try library.model(name)
    let windows = try calibrationWindows(
      request.data, tokens: request.tokens, seed: request.seed, name, model)
    let reporter = layerReporter(job, model)
    let search = MergeSearch(model, windows: windows)
    let layers = try search.groups(
      request.grouping, count: request.kept, cancellation: cancellation
    ) { reporter.report("comparing experts", completed: $0) }
    return MergeProposal(
      model: model.spec.fingerprint, data: windows.fingerprint, grouping: request.grouping,
      layers: layers, tokens: search.tokens, seconds: (ContinuousClock.now - start) / .seconds(1),
      version: Version.current)
  }

  private func layerReporter(_ job: Int, _ model: LoadedModel) -> ProgressReporter {
    ProgressReporter(
      job: job, unit: "layers", total: max(1, model.spec.moeBlocks.count), send: send)
  }

  func calibrationWindows(
    _ files: [String], tokens: Int, seed: UInt64, _ name: String, _ model: LoadedModel
  ) throws -> TokenWindows {
    let files = files.isEmpty ? ShareFolder.texts(endingIn: ".calibration.txt") : files
    let data = try files.map { try DomainData(file: $0) }
    return try library.windows(of: data, name, model).sample(tokens: tokens, seed: seed)
  }
}
