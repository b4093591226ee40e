import Compression
import Model
import Numerics
import Transformer

/// Times the halves of a made-up model's blocks while it continues a text token by token.
struct DecodeTiming {
  private let model: RandomModel

  /// The model's structure.
  var spec: ModelSpec { model.spec }

  init(_ model: RandomModel) { self.model = model }

  /// Seconds a token, with some halves of the blocks left out: of the fastest stretch.
  ///
  /// Tokens are random, so that the router's choices vary.
  func seconds(attention: Bool, feedForward: Bool, tokens: Int) throws -> Double {
    // As plans run, which look every weight up by what is chosen for it.
    let weights = CompressedWeights(
      model, of: spec, choices: Choices(spec), cache: WeightCache(budget: 0), calibration: nil)
    let pass = ForwardPass(
      spec: spec, weights: weights, structure: structure(attention, feedForward))
    let cache = KeyValueCache(model.spec, capacities: [tokens])
    var random = SeededGenerator(seed: 1)
    var steps = StepTimes()
    for _ in 0..<tokens {
      let token = Int.random(in: 0..<model.spec.vocabulary, using: &random)
      let hidden = try pass.append(TokenBatch([[token]]), to: cache, sequences: [0])
      _ = try pass.logits(of: hidden)
      steps.add()
    }
    return steps.fastest
  }

  /// Seconds of a prompt's pass.
  func prefillSeconds(tokens: Int) throws -> Double {
    let pass = ForwardPass(spec: model.spec, weights: model)
    var random = SeededGenerator(seed: 1)
    let ids = (0..<tokens).map { _ in Int.random(in: 0..<model.spec.vocabulary, using: &random) }
    return try Timing.best(of: 1) { _ = try pass.hiddenStates(of: TokenBatch([ids])) }
  }

  private func structure(_ attention: Bool, _ feedForward: Bool) -> Structure {
    Structure(
      blocks: model.spec.blocks.map { block in
        Structure.Block(
          attention: attention, feedForward: feedForward,
          experts: Array(0..<block.expertCount), of: block.expertCount)
      })
  }
}

/// When steps of equal work ended.
public struct StepTimes {
  private var ends: [ContinuousClock.Instant]
  /// Steps of a stretch: long enough that a clock's resolution does not count, short enough that other
  /// programs leave some alone.
  private static let stretch = 4

  /// Starts the first step.
  public init(at instant: ContinuousClock.Instant = .now) { ends = [instant] }

  /// Ends a step and starts the next.
  public mutating func add(at instant: ContinuousClock.Instant = .now) { ends.append(instant) }

  /// Seconds a step in the fastest stretch, or in all where there are fewer.
  public var fastest: Double {
    let length = min(Self.stretch, ends.count - 1)
    guard length > 0 else { return .nan }
    let best = (length..<ends.count).map { (ends[$0] - ends[$0 - length]).seconds }.min() ?? .nan
    return best / Double(length)
  }
}
