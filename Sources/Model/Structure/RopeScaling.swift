/// How a family stretches the rotary embedding to contexts longer than it was trained on.
public enum RopeScaling: Hashable, Codable, Sendable {
  case none
  /// Every frequency divided by `factor`.
  case linear(factor: Float)
  /// A larger base, the longer the sequence is beyond `originalContext` tokens.
  case dynamic(factor: Float, originalContext: Int)
  /// Low frequencies divided by a factor, high ones kept, a ramp between (Llama 3).
  case llama3(Llama3Scaling)
  /// Slow turns divided by a factor, fast ones kept, a ramp between (arXiv 2309.00071).
  case yarn(YarnScaling)
  /// A factor for each frequency, others for short sequences than for long ones (arXiv 2402.13753).
  case longrope(LongropeScaling)

}

/// The parameters of Llama 3's rotary scaling.
public struct Llama3Scaling: Hashable, Codable, Sendable {
  /// What low frequencies are divided by.
  public var factor: Float
  /// Waves longer than `originalContext / lowFrequencyFactor` tokens count as low.
  public var lowFrequencyFactor: Float
  /// Waves shorter than `originalContext / highFrequencyFactor` tokens count as high.
  public var highFrequencyFactor: Float
  /// Context the model was trained on, in tokens.
  public var originalContext: Int

  /// Puts the parameters together.
  public init(
    factor: Float, lowFrequencyFactor: Float, highFrequencyFactor: Float, originalContext: Int
  ) {
    self.factor = factor
    self.lowFrequencyFactor = lowFrequencyFactor
    self.highFrequencyFactor = highFrequencyFactor
    self.originalContext = originalContext
  }
}

/// The parameters of YaRN.
public struct YarnScaling: Hashable, Codable, Sendable {
  /// What slow frequencies are divided by.
  public var factor: Float
  /// Context the model was trained on, in tokens.
  public var originalContext: Int
  /// Turns within the original context above which a frequency is kept.
  public var fastTurns: Float
  /// Turns within the original context below which a frequency is divided.
  public var slowTurns: Float
  /// Whether the ends of the ramp are whole numbers.
  public var truncates: Bool
  /// What cosines and sines are multiplied with.
  public var magnitude: Float

  /// Puts the parameters together.
  public init(
    factor: Float, originalContext: Int, fastTurns: Float = 32, slowTurns: Float = 1,
    truncates: Bool = true, magnitude: Float
  ) {
    self.factor = factor
    self.originalContext = originalContext
    self.fastTurns = fastTurns
    self.slowTurns = slowTurns
    self.truncates = truncates
    self.magnitude = magnitude
  }
}

/// The parameters of LongRoPE.
public struct LongropeScaling: Hashable, Codable, Sendable {
  /// Sequences of more tokens than this count as long.
  public var originalContext: Int
  /// What each frequency of short sequences is divided by.
  public var shortFactors: [Float]
  /// What each frequency of long sequences is divided by.
  public var longFactors: [Float]
  /// What cosines and sines of short sequences are multiplied with.
  public var shortMagnitude: Float
  /// What cosines and sines of long sequences are multiplied with.
  public var longMagnitude: Float

  /// Puts the parameters together.
  public init(
    originalContext: Int, shortFactors: [Float], longFactors: [Float], shortMagnitude: Float,
    longMagnitude: Float
  ) {
    self.originalContext = originalContext
    self.shortFactors = shortFactors
    self.longFactors = longFactors
    self.shortMagnitude = shortMagnitude
    self.longMagnitude = longMagnitude
  }
}
