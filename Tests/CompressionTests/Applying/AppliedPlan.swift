import Checkpoint
import Compression
import FoundationEssentials
import Model
import Numerics
import Synchronization
import TestSupport
import Transformer

/// A tiny checkpoint with a plan applied to it, calibrated on its reference tokens.
struct AppliedPlan {
  static let families = [
    "olmoe", "mixtral", "deepseek", "qwen2_moe", "qwen3_moe", "deepseek_v2", "deepseek_v3",
    "glm4_moe", "granitemoe", "gpt_oss", "phimoe",
  ]

  let spec: ModelSpec
  let source: CheckpointWeights
  let batch: TokenBatch
  let choices: Choices
  let weights: CompressedWeights
  let pass: ForwardPass

  /// Applies edits to a family's fixture.
  ///
  /// - Parameters:
  ///   - edits: of the plan
  ///   - family: the fixture
  ///   - tokens: calibration tokens of each of two sequences; `nil` for none at all
  ///   - cache: shared with other plans
  ///   - workers: the threads that compute
  /// - Throws: what opening the fixture or an edit throws.
  init(
    _ edits: [String], family: String = "olmoe", tokens: Int? = 24,
    cache: CompressedWeights.Cache = CompressedWeights.Cache(budget: 1 << 28),
    workers: Workers = .shared
  ) throws {
    let folder = TestFolders.fixtures.appending(path: family).path
    let checkpoint = try Checkpoint.open(folder: folder)
    spec = checkpoint.spec
    source = CheckpointWeights(checkpoint)
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    choices = plan.choices
    var random = SeededGenerator(seed: 7)
    let batch = TokenBatch(
      (0..<2).map { _ in
        (0..<(tokens ?? 24)).map { _ in Int.random(in: 0..<256, using: &random) }
      })
    self.batch = batch
    let original = ForwardPass(spec: spec, weights: source, workers: workers)
    let calibration = tokens.map { _ in
      Calibration(
        inputs: CalibrationInputs(batch, budget: 1 << 26), data: Fingerprint(of: "tokens"),
        pass: original)
    }
    weights = CompressedWeights(
      source, of: spec, choices: choices, cache: cache, calibration: calibration)
    pass = ForwardPass(
      spec: spec, weights: weights, structure: Structure(choices), workers: workers)
  }

  func logits() throws -> [Float] {
    try pass.logits(of: pass.hiddenStates(of: batch)).array
  }

  func weight(_ address: String) throws -> Matrix {
    guard let linear = LinearID(parsing: address) else { throw AddressError() }
    try weights.prepare(block: linear.block, cancellation: nil)
    return try weights.weight(.linear(linear))
  }

  func stored(_ address: String) throws -> Matrix {
    guard let linear = LinearID(parsing: address) else { throw AddressError() }
    return try source.weight(.linear(linear))
  }

  struct AddressError: Error {}
}

/// Sees which tokens the original model's router sends where, and what its experts read.
final class RoutedInputs: ActivationObserver {
  private let seen = Mutex<[ExpertID: (input: Matrix, intermediate: Matrix)]>([:])

  func expert(_ activations: ExpertActivations) {
    func copy(_ matrix: Matrix) -> Matrix {
      Matrix(rows: matrix.rows, columns: matrix.columns, matrix.array)
    }
    let entry = (copy(activations.input), copy(activations.intermediate))
    seen.withLock { $0[activations.id] = entry }
  }

  func input(of id: ExpertID) -> Matrix? { seen.withLock { $0[id]?.input } }
  func intermediate(of id: ExpertID) -> Matrix? { seen.withLock { $0[id]?.intermediate } }
  func tokens(of id: ExpertID) -> Int { input(of: id)?.rows ?? 0 }
}
