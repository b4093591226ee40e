import Model
import Numerics
import Transformer

/// The calibration tokens of a plan's methods, and how they go through the model.
public struct Calibration: Sendable {
  /// The tokens; shared by all plans in the original order, a plan's own in sequential order.
  public let inputs: CalibrationInputs
  /// Identity of the tokens.
  public let data: Fingerprint
  /// The pass through the untouched model.
  public let pass: ForwardPass

  /// Calibration on some tokens.
  public init(inputs: CalibrationInputs, data: Fingerprint, pass: ForwardPass) {
    self.inputs = inputs
    self.data = data
    self.pass = pass
  }

  /// The pass with other weights, or through less of the model.
  func pass(weights: any WeightSource, structure: Structure) -> ForwardPass {
    ForwardPass(
      spec: pass.spec, weights: weights, structure: structure, workers: pass.workers,
      scratch: pass.scratch, waveBytes: pass.waveBytes)
  }

  /// For every block, the identity of what its calibration depends on.
  func identities(of choices: Choices) -> [Fingerprint] {
    guard choices.calibration == .sequential else {
      return Array(repeating: data, count: choices.blocks.count)
    }
    // In this order down projections read what gate and up became, so block 0 differs already.
    var identity = data
    identity.combine(choices.calibration.rawValue)
    return choices.blocks.map { block in
      defer { identity.combine(block) }
      // The routing among kept experts belongs to the block itself, and so does what the experts
      // read behind its attention half.
      var own = identity
      own.combine(block.keepsAttention ? 1 : 0)
      own.combine(bytes: block.expertDropped.lazy.map { $0 ? 1 : 0 })
      return own
    }
  }
}
