import Model
import Numerics
import Synchronization
import Transformer

/// What compressing one block needs to know of the calibration tokens; statistics that several
/// linears share are made once, when they are first needed.
final class BlockCalibration: Sendable {
  /// What the block's linears read.
  let inputs: BlockInputs
  private let statistics = Mutex<[LinearInput: InputStatistics]>([:])
  private let scales = Mutex<[LinearInput: InputScales?]>([:])

  init(_ inputs: BlockInputs) { self.inputs = inputs }

  /// Statistics of what linears that see every token read; `nil` where they did not run.
  func statistics(of input: LinearInput) -> InputStatistics? {
    guard let activations = inputs[input] else { return nil }
    return statistics.withLock { known in
      if let known = known[input] { return known }
      let made = InputStatistics(width: activations.columns)
      made.add(activations)
      known[input] = made
      return made
    }
  }

  /// AWQ's factors for all that reads a vector; `make` finds them the first time.
  func scales(of input: LinearInput, _ make: () -> InputScales?) -> InputScales? {
    scales.withLock { known in
      if let known = known[input] { return known }
      let made = make()
      known[input] = .some(made)
      return made
    }
  }
}

extension AttentionLinear {
  /// What it reads.
  var input: LinearInput {
    switch self {
    case .query, .key, .value, .queryDown, .keyValueDown: .attention
    case .queryUp: .latentQuery
    case .keyValueUp: .latent
    case .output: .attentionOutput
    }
  }
}
