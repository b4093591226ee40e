import Checkpoint
import Model
import Numerics

/// Continues a text with the most likely tokens.
public struct Continuation: Sendable {
  private let model: LoadedModel
  private let tokenizer: Tokenizer

  /// Continues texts with a model.
  public init(model: LoadedModel, tokenizer: Tokenizer) {
    self.model = model
    self.tokenizer = tokenizer
  }

  /// Adds up to `tokens` tokens, or fewer where the model ends the text.
  ///
  /// - Throws: `MeasurementError.contextExceeded`, `CancellationError`, or what the weights throw.
  public func run(
    _ prompt: String, tokens: Int, choices: Choices, calibration: CalibrationSample? = nil,
    cancellation: Cancellation? = nil, progress: (Int) -> Void = { _ in }
  ) throws -> Generation {
    let ids = tokenizer.indices(of: prompt)
    guard !ids.isEmpty else { throw MeasurementError.textTooShort(domain: "prompt", tokens: 0) }
    guard ids.count + tokens <= model.spec.context else {
      throw MeasurementError.contextExceeded(
        tokens: ids.count + tokens, context: model.spec.context)
    }
    let end = tokenizer.endOfText.map { Int($0) }
    let start = ContinuousClock.now
    let (pass, _) = model.pass(choices, calibration: calibration)
    let generation = GreedyGeneration(pass: pass, cancellation: cancellation)
    var added = try generation.continue(
      [ids], tokens: tokens, until: { $0 == end }, onStep: progress)[0]
    let count = added.count
    if added.last == end { added.removeLast() }
    let seconds = (ContinuousClock.now - start).seconds
    return Generation(
      text: tokenizer.text(of: added), tokens: count, tokensPerSecond: Double(count) / seconds)
  }
}
