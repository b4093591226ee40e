import Checkpoint
import Foundation
import Model
import Numerics
import Synchronization
import TestSupport
import Transformer

/// A tiny checkpoint with what the reference implementation computed on it.
struct Fixture {
  static let families = [
    "olmoe", "mixtral", "deepseek", "qwen2_moe", "qwen3_moe", "deepseek_v2", "deepseek_v3",
    "glm4_moe", "granitemoe", "gpt_oss", "phimoe",
  ]

  let checkpoint: Checkpoint
  let reference: SafetensorsFile
  /// Two sequences of 24 tokens.
  let batch: TokenBatch

  init(_ family: String) throws {
    let folder = TestFolders.fixtures.appending(path: family)
    checkpoint = try Checkpoint.open(folder: folder.path)
    reference = try SafetensorsFile(
      path: folder.appending(path: "reference.safetensors").path)
    let tokens = try reference.integers(named: "input_ids")
    let length = reference.entry(named: "input_ids")?.shape.last ?? tokens.count
    batch = TokenBatch(
      stride(from: 0, to: tokens.count, by: length).map { Array(tokens[$0..<$0 + length]) })
  }

  var spec: ModelSpec { checkpoint.spec }
  var weights: CheckpointWeights { CheckpointWeights(checkpoint) }

  func pass(
    _ structure: Structure? = nil, workers: Workers = .shared, scratch: Scratch = Scratch()
  ) -> ForwardPass {
    ForwardPass(
      spec: spec, weights: weights, structure: structure, workers: workers, scratch: scratch)
  }

  func logits(_ structure: Structure? = nil) throws -> [Float] {
    let pass = pass(structure)
    return try pass.logits(of: pass.hiddenStates(of: batch)).array
  }
}

/// The largest absolute difference; infinite where the lengths or a number differ in kind.
func largestDifference(_ x: [Float], _ y: [Float]) -> Float {
  guard x.count == y.count else { return .infinity }
  return zip(x, y).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// Keeps copies of everything a pass reports.
final class Recorder: ActivationObserver {
  struct Record {
    var blockInputs: [Int: [Float]] = [:]
    var attention: [Int: (before: [Float], after: [Float])] = [:]
    var feedForward: [Int: (before: [Float], after: [Float])] = [:]
    var routerLogits: [Int: [Float]] = [:]
    var routings: [Int: RoutingCopy] = [:]
    var experts: [ExpertID: Expert] = [:]
    var expertCalls = 0
    var linearInputs: [Int: [LinearInput: [Float]]] = [:]
  }

  struct RoutingCopy {
    var slots: Int
    var experts: [Int]
    var weights: [Float]
    var probabilities: Matrix
  }

  struct Expert {
    var tokens: [Int]
    var weights: [Float]
    var input: Matrix
    var intermediate: Matrix
    var output: Matrix
  }

  private let state = Mutex(Record())
  var record: Record { state.withLock { $0 } }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    state.withLock { $0.blockInputs[block] = hidden.array }
  }

  func attention(_ block: Int, before: Matrix, after: Matrix) {
    state.withLock { $0.attention[block] = (before.array, after.array) }
  }

  func feedForward(_ block: Int, before: Matrix, after: Matrix) {
    state.withLock { $0.feedForward[block] = (before.array, after.array) }
  }

  func router(_ block: Int, logits: Matrix, routing: Routing) {
    state.withLock {
      $0.routerLogits[block] = logits.array
      $0.routings[block] = RoutingCopy(
        slots: routing.slots, experts: routing.experts, weights: routing.weights,
        probabilities: Self.copy(routing.probabilities))
    }
  }

  func expert(_ activations: ExpertActivations) {
    let expert = Expert(
      tokens: Array(activations.tokens), weights: Array(activations.weights),
      input: Self.copy(activations.input),
      intermediate: Self.copy(activations.intermediate), output: Self.copy(activations.output))
    state.withLock {
      $0.experts[activations.id] = expert
      $0.expertCalls += 1
    }
  }

  func linearInput(_ block: Int, _ input: LinearInput, _ activations: Matrix) {
    state.withLock { $0.linearInputs[block, default: [:]][input] = activations.array }
  }

  private static func copy(_ matrix: Matrix) -> Matrix {
    Matrix(rows: matrix.rows, columns: matrix.columns, matrix.array)
  }
}
