import Model
import Numerics
import Synchronization
import Transformer

/// Calibration tokens on their way through a model: what the linears of any block read on them.
///
/// Blocks are asked for in ascending order as passes run, so one residual stream travels along, and
/// the inputs of the blocks seen last are kept up to a number of bytes. Asking for an earlier block
/// that is no longer kept starts again from the embeddings.
public final class CalibrationInputs: Sendable {
  private struct State {
    /// The next block and the residual stream that enters it, `[tokens, hidden]`.
    var position: (block: Int, hidden: Matrix)?
    var kept: [Int: BlockInputs] = [:]
    /// The blocks kept, the one used last at the end.
    var order: [Int] = []

    /// Keeps a block's inputs, and of the others the last used ones that fit.
    mutating func keep(_ inputs: BlockInputs, ofBlock block: Int, budget: Int) {
      kept[block] = inputs
      order.removeAll { $0 == block }
      var bytes = inputs.bytes
      var fitting: [Int] = []
      for other in order.reversed() {
        bytes += kept[other]?.bytes ?? 0
        if bytes <= budget { fitting.append(other) } else { kept[other] = nil }
      }
      order = fitting.reversed() + [block]
    }
  }

  /// The calibration tokens.
  public let batch: TokenBatch
  private let budget: Int
  private let state = Mutex(State())

  /// No token has gone anywhere yet.
  ///
  /// - Parameters:
  ///   - batch: the calibration tokens
  ///   - budget: bytes of inputs that may be kept beside those of the current block
  public init(_ batch: TokenBatch, budget: Int) {
    self.batch = batch
    self.budget = budget
  }

  /// What the linears of a block read.
  ///
  /// - Parameters:
  ///   - block: the block
  ///   - observed: runs the block as its inputs should be seen
  ///   - travelled: runs earlier blocks as the tokens should meet them; where it is `nil`, the
  ///     observed run takes the tokens on
  ///   - cancellation: checked once per block and expert
  /// - Throws: what the weights throw, or `CancellationError`.
  /// - Returns: the inputs.
  func inputs(
    ofBlock block: Int, observed: ForwardPass, travelled: ForwardPass? = nil,
    cancellation: Cancellation? = nil
  ) throws -> BlockInputs {
    if let known = kept(block) { return known }
    var (position, hidden) = try start(for: block, observed)
    while position < block {
      if let travelled {
        hidden = try travelled.run(
          blocks: position..<position + 1, from: hidden, of: batch, cancellation: cancellation)
      } else {
        hidden = try observe(position, hidden, observed, cancellation).hidden
      }
      position += 1
      state.withLock { [position, hidden] in $0.position = (position, hidden) }
    }
    let (inputs, after) = try observe(block, hidden, observed, cancellation)
    if travelled == nil { state.withLock { $0.position = (block + 1, after) } }
    return inputs
  }

  private func kept(_ block: Int) -> BlockInputs? {
    state.withLock { state in
      guard let known = state.kept[block] else { return nil }
      state.order.removeAll { $0 == block }
      state.order.append(block)
      return known
    }
  }

  private func start(for block: Int, _ pass: ForwardPass) throws -> (Int, Matrix) {
    if let position = state.withLock(\.position), position.block <= block { return position }
    return (0, try pass.embeddings(of: batch))
  }

  private func observe(
    _ block: Int, _ hidden: Matrix, _ pass: ForwardPass, _ cancellation: Cancellation?
  ) throws -> (inputs: BlockInputs, hidden: Matrix) {
    let observer = BlockInputObserver()
    let after = try pass.run(
      blocks: block..<block + 1, from: hidden, of: batch, observer: observer,
      cancellation: cancellation)
    let seen = observer.seen
    state.withLock { $0.keep(seen, ofBlock: block, budget: budget) }
    return (seen, after)
  }
}
