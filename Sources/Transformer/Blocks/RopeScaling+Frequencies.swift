import Glibc
import Model
import Numerics

/// The arithmetic of every rotary scaling, as transformers 5 computes it.
extension RopeScaling {
  /// Sequences of the same class turn alike.
  func lengthClass(of length: Int) -> Int {
    switch self {
    case .none, .linear, .llama3, .yarn: 0
    case .dynamic(_, let context): max(length, context)
    case .longrope(let scaling): length > scaling.originalContext ? 1 : 0
    }
  }

  /// What cosines and sines of a sequence of `length` tokens are multiplied with.
  public func magnitude(length: Int) -> Float {
    switch self {
    case .none, .linear, .dynamic, .llama3: 1
    case .yarn(let scaling): scaling.magnitude
    case .longrope(let scaling):
      length > scaling.originalContext ? scaling.longMagnitude : scaling.shortMagnitude
    }
  }

  /// A frequency for each of the `width / 2` pairs, in radians per token, for sequences of `length`
  /// tokens.
  public func frequencies(width: Int, theta: Float, length: Int) -> [Float] {
    let base = RotaryEmbedding.frequencies(width: width, theta: Double(theta))
    switch self {
    case .none: return base
    case .linear(let factor): return base.map { $0 / factor }
    case .dynamic(let factor, let context):
      return Self.dynamic(width, Double(theta), Double(factor), context, length)
    case .llama3(let scaling): return base.map(scaling.frequency)
    case .yarn(let scaling): return scaling.frequencies(base, width: width, theta: Double(theta))
    case .longrope(let scaling):
      let isLong = length > scaling.originalContext
      return zip(base, isLong ? scaling.longFactors : scaling.shortFactors).map { $0 / $1 }
    }
  }

  private static func dynamic(
    _ width: Int, _ theta: Double, _ factor: Double, _ context: Int, _ length: Int
  ) -> [Float] {
    let ratio = Double(max(length, context)) / Double(context)
    let growth = pow(factor * ratio - (factor - 1), Double(width) / Double(max(width - 2, 1)))
    return RotaryEmbedding.frequencies(width: width, theta: theta * growth)
  }
}

extension Llama3Scaling {
  fileprivate func frequency(_ frequency: Float) -> Float {
    let wave = 2 * Float.pi / frequency
    let context = Float(originalContext)
    if wave > context / lowFrequencyFactor { return frequency / factor }
    if wave < context / highFrequencyFactor { return frequency }
    let share =
      (context / wave - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return (1 - share) * frequency / factor + share * frequency
  }
}

extension YarnScaling {
  fileprivate func frequencies(_ base: [Float], width: Int, theta: Double) -> [Float] {
    var low = pair(turning: Double(fastTurns), width, theta)
    var high = pair(turning: Double(slowTurns), width, theta)
    if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    low = max(low, 0)
    high = min(high, Double(width - 1))
    if low == high { high += 0.001 }
    return base.enumerated().map { index, frequency in
      let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
      return frequency / factor * ramp + frequency * (1 - ramp)
    }
  }

  /// The pair, as a fraction, that turns so many times within the original context.
  private func pair(turning turns: Double, _ width: Int, _ theta: Double) -> Double {
    Double(width) * log(Double(originalContext) / (turns * 2 * Double.pi)) / (2 * log(theta))
  }
}
