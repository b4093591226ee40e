import Checkpoint
import Model
import Numerics
import Synchronization
import Transformer

/// Compares the forward pass with activations that another implementation stored.
///
/// The file holds `input_ids [batch, sequence]` and any of `hidden.<i>` (input of block `i`; after
/// the last block, the final norm's output), `router.<i>.logits`, `logits` and `loss`.
public struct ReferenceComparison: Sendable {
  private let model: LoadedModel
  private let file: SafetensorsFile
  /// The largest absolute difference that passes.
  public static let tolerance = 1e-4

  /// Prepares to compare with a reference file.
  public init(_ model: LoadedModel, file: SafetensorsFile) {
    self.model = model
    self.file = file
  }

  /// Runs the stored tokens and compares every stored activation.
  ///
  /// - Throws: `CheckpointError` or `MeasurementError` about the file, or `CancellationError`.
  public func run(cancellation: Cancellation? = nil) throws -> Verification {
    let batch = try batch()
    let pass = model.originalPass
    let recorder = ActivationRecorder()
    let hidden = try pass.hiddenStates(of: batch, observer: recorder, cancellation: cancellation)
    let logits = try pass.logits(of: hidden, cancellation: cancellation)
    var activations = recorder.activations
    activations["hidden.\(model.spec.blocks.count)"] = hidden.array
    activations["logits"] = logits.array
    activations["loss"] = [Float(meanLoss(logits, batch))]

    var tensors: [Verification.Tensor] = []
    for name in order where file.entry(named: name) != nil {
      guard let own = activations[name] else { continue }
      let stored = try file.floats(named: name)
      guard stored.count == own.count else {
        throw MeasurementError.reference(
          tensor: name, reason: "it has \(stored.count) values where the model gives \(own.count)")
      }
      tensors.append(
        Verification.Tensor(name: name, maxAbsError: Self.largestDifference(own, stored)))
    }
    guard !tensors.isEmpty else {
      throw MeasurementError.reference(
        tensor: "logits", reason: "the file has neither hidden states, router logits nor logits")
    }
    return Verification(
      ok: tensors.allSatisfy { $0.maxAbsError <= Self.tolerance }, tolerance: Self.tolerance,
      tensors: tensors)
  }

  /// A NaN on either side counts as the largest number, so that it cannot pass.
  static func largestDifference(_ own: [Float], _ stored: [Float]) -> Double {
    zip(own, stored).reduce(0) { largest, pair in
      let difference = Double((pair.0 - pair.1).magnitude)
      return difference.isNaN ? .greatestFiniteMagnitude : max(largest, difference)
    }
  }

  /// Names in the order of the forward pass.
  private var order: [String] {
    model.spec.blocks.indices.flatMap { ["hidden.\($0)", "router.\($0).logits"] }
      + ["hidden.\(model.spec.blocks.count)", "logits", "loss"]
  }

  private func batch() throws -> TokenBatch {
    guard let entry = file.entry(named: "input_ids") else {
      throw MeasurementError.reference(tensor: "input_ids", reason: "the file does not have it")
    }
    guard entry.shape.count == 2, entry.shape[1] > 0 else {
      throw MeasurementError.reference(
        tensor: "input_ids", reason: "its shape \(entry.shape) is not [batch, sequence]")
    }
    let ids = try file.integers(named: "input_ids")
    return TokenBatch(
      stride(from: 0, to: ids.count, by: entry.shape[1]).map {
        Array(ids[$0..<$0 + entry.shape[1]])
      })
  }

  private func meanLoss(_ logits: Matrix, _ batch: TokenBatch) -> Double {
    var nats = 0.0
    var targets = 0
    for range in batch.sequences {
      for row in range.dropLast() {
        nats += LogitRows.negativeLogLikelihood(of: batch.tokens[row + 1], in: logits.row(row))
        targets += 1
      }
    }
    return nats / Double(max(1, targets))
  }
}

/// Copies the activations that a reference file may hold.
private final class ActivationRecorder: ActivationObserver {
  private let recorded = Mutex([String: [Float]]())

  var activations: [String: [Float]] { recorded.withLock { $0 } }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    recorded.withLock { $0["hidden.\(block)"] = hidden.array }
  }

  func router(_ block: Int, logits: Matrix, routing: Routing) {
    recorded.withLock { $0["router.\(block).logits"] = logits.array }
  }
}
