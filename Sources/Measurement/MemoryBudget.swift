import Model

/// Bytes that measuring may have resident, and how they are shared out.
///
/// A model that fits widened is kept so; a larger one streams: each weight is widened when it is
/// needed, its mapped pages are released at once, and as many tokens as fit go through the model
/// together, so that every weight is read once per pass.
public struct MemoryBudget: Hashable, Sendable {
  /// The budget.
  public let bytes: Int

  /// Enough for the bundled model and for a laptop.
  public static let standard = MemoryBudget(bytes: 4 << 30)

  /// The least that anything can be measured in.
  public static let least = 128 << 20

  /// A budget.
  public init(bytes: Int) { self.bytes = max(bytes, Self.least) }

  /// Whether the widened model does not fit, so that weights stream.
  func streams(_ spec: ModelSpec) -> Bool { widened(spec) > keptWeights }

  /// Bytes of widened weights that may be kept.
  var keptWeights: Int { bytes / 10 * 4 }
  /// Bytes of compressed weights that may be kept.
  var keptCompressedWeights: Int { bytes / 10 * 2 }
  /// Bytes of what linears read on calibration tokens that may be kept.
  var keptInputs: Int { bytes / 20 }
  /// Bytes of weights and activations of experts that run at once.
  var waves: Int { bytes / 10 }
  /// Bytes of idle scratch memory.
  var scratch: Int { bytes / 10 * 2 }

  /// Bytes of residual streams and logits that may be kept between measurements.
  var keptStates: Int { bytes / 10 }

  /// What measuring a model comes to hold at most, so that several small ones may stay open.
  public func share(of spec: ModelSpec) -> Int {
    guard !streams(spec) else { return bytes }
    // As stored and as compressed, and what is proportional to the budget.
    return min(bytes, 2 * widened(spec) + waves + scratch + keptStates)
  }

  private func widened(_ spec: ModelSpec) -> Int {
    spec.tensors.reduce(0) { $0 + $1.elements } * MemoryLayout<Float>.stride
  }

  /// Tokens whose activations fit, at least one window's.
  public func tokens(_ spec: ModelSpec) -> Int {
    max(512, bytes / 10 * 4 / (widestToken(spec) * MemoryLayout<Float>.stride))
  }

  /// Tokens whose activations fit together with their keys and values in all blocks.
  func cachedTokens(_ spec: ModelSpec) -> Int {
    let cached = spec.blocks.reduce(0) { $0 + $1.attention.keyWidth + $1.attention.valueWidth }
    return max(512, bytes / 10 * 4 / ((widestToken(spec) + cached) * MemoryLayout<Float>.stride))
  }

  /// Floats that one token's activations take in the widest block.
  private func widestToken(_ spec: ModelSpec) -> Int {
    // Residual stream, its norm and its successors; queries, keys, values and their mix; router
    // logits and probabilities.
    spec.blocks.map { block -> Int in
      let attention = block.attention
      let heads = 2 * attention.queryWidth + attention.keyWidth + attention.valueWidth
      return 6 * spec.hidden + heads + attention.mixedWidth + 3 * block.expertCount
    }.max() ?? spec.hidden
  }
}
