import Model
import Numerics
import Synchronization
import Transformer

/// The perplexity of a model on token windows: one forward pass and the loss, nothing else.
public struct Perplexity: Sendable {
  private let model: LoadedModel
  private let batches: [TokenBatch]

  /// Prepares to score windows, about `roundTokens` tokens at a time.
  public init(_ model: LoadedModel, windows: TokenWindows, roundTokens: Int) {
    self.model = model
    batches = windows.rounds(ofTokens: roundTokens).map { TokenBatch($0.map(\.ids)) }
  }

  /// Tokens that pass through the model.
  public var tokens: Int { batches.reduce(0) { $0 + $1.count } }

  /// Floating-point operations of all passes and heads.
  public var operations: Double {
    let choices = Choices(model.spec)
    return batches.flatMap(\.sequences).reduce(0) {
      $0 + model.spec.flops(tokens: $1.count, choices: choices)
    }
  }

  /// The exponential of the mean negative log-likelihood of every window's next tokens.
  ///
  /// - Throws: what the weights throw.
  public func measure() throws -> Double {
    var nats = 0.0
    for batch in batches { nats += try self.nats(of: batch) }
    let targets = batches.reduce(0) { $0 + $1.count - $1.sequences.count }
    return exponential(nats / Double(max(targets, 1)))
  }

  private func nats(of batch: TokenBatch) throws -> Double {
    let pass = model.originalPass
    let targets = batch.nextTokens()
    let rows = Mutex(Array(repeating: 0.0, count: batch.count))
    try pass.forEachLogitTile(of: pass.hiddenStates(of: batch)) { range, logits in
      let nats = range.map { row in
        targets[row].map { target in
          LogitRows.negativeLogLikelihood(of: target, in: logits.row(row - range.lowerBound))
        } ?? 0
      }
      rows.withLock { $0.replaceSubrange(range, with: nats) }
    }
    return rows.withLock { $0.reduce(0, +) }
  }
}

extension TokenBatch {
  /// The token that follows each row's in its sequence; `nil` for the last one.
  func nextTokens() -> [Int?] {
    var next = [Int?](repeating: nil, count: count)
    for range in sequences {
      for row in range.dropLast() { next[row] = tokens[row + 1] }
    }
    return next
  }
}
