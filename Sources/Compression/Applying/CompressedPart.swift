import Model
import Numerics
import Transformer

/// Linears that are compressed together, as a plan leaves them: one of an attention half, or gate,
/// up and down of a network.
public struct CompressedPart: CachedWeights {
  /// `[out, in]` each.
  var weights: [Matrix]
  /// `[1, out]` each, where the linear has one.
  var biases: [Matrix?]
  /// What could not be done as asked.
  var notes: [CompressionNote]

  /// Bytes it takes.
  public var bytes: Int { (weights + biases.compactMap(\.self)).reduce(0) { $0 + $1.bytes } }
}

extension CompressedWeights {
  /// What a compressed part depends on; plans in which it is equal share the work.
  public struct Key: Hashable, Sendable {
    enum Part: Hashable, Sendable {
      case attention(LinearID)
      case network(NetworkID, members: [Int])
    }

    let part: Part
    let linears: [LinearChoice]
    var merge: MergeMethod?
    var neurons: NeuronChoice?
    /// The calibration tokens and, in sequential order, what earlier blocks became; `nil` where no
    /// method looks at them.
    let calibration: Fingerprint?
    /// The fewest bits among all linears that share factors of AWQ with these.
    let scaleBits: Int?
  }
}

extension LinearChoice {
  /// AWQ's quantisation, where that is what was chosen.
  var awq: Quantization? {
    guard case .quantized(let quantization) = precision, quantization.method == .awq else {
      return nil
    }
    return quantization
  }
}
