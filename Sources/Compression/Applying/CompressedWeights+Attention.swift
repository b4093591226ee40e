import Model
import Numerics
import Transformer

extension CompressedWeights {
  /// A projection of an attention half under its choice.
  func attention(_ linear: LinearID, _ key: Key) throws -> CompressedPart {
    guard case .attention(let block, let kind) = linear else {
      preconditionFailure("\(linear) does not belong to attention")
    }
    let stored = try source.weight(.linear(linear))
    let calibration = key.calibration == nil ? nil : try blockCalibration(block)
    let statistics = calibration?.statistics(of: kind.input)
    let scales = key.scaleBits.flatMap { bits in
      calibration?.scales(of: kind.input) { attentionScales(kind, block, bits, statistics) }
    }
    let compressor = LinearCompressor(statistics: statistics, scales: scales)
    let part = LinearCompressor.Part(
      name: "\(linear)", choice: key.linears[0], weight: stored.copied())
    let (weights, notes) = try compressor.apply(to: [part])
    return CompressedPart(weights: weights, biases: [nil], notes: notes)
  }

  /// AWQ's factors for what a projection reads, found for all projections that read it.
  ///
  /// What the output projection reads comes from the value projection, which can be divided only
  /// where each of its rows serves one input: heads that share values leave the inputs as they are.
  private func attentionScales(
    _ kind: AttentionLinear, _ block: Int, _ bits: Int, _ statistics: InputStatistics?
  ) -> InputScales? {
    guard let statistics else { return nil }
    let attention = spec.blocks[block].attention
    if kind == .output, attention.latent != nil || attention.valueWidth != attention.mixedWidth {
      return .none(width: statistics.width)
    }
    let readers = attention.linears.filter { $0.input == kind.input }
    let weights = readers.compactMap {
      try? source.weight(.linear(.attention(block: block, $0)))
    }
    return AWQ.scales(for: weights, reading: statistics, bits: bits)
  }
}

extension InputScales {
  /// Leaves inputs as they are.
  static func none(width: Int) -> InputScales {
    InputScales(
      factors: Array(repeating: 1, count: width), ratio: nil, loss: 0, unscaledLoss: 0)
  }
}

extension AWQ {
  /// Factors for weights `[out, in]` that read the same vector, whatever becomes of each of them;
  /// `nil` where the statistics cannot be used.
  static func scales(
    for weights: [Matrix], reading statistics: InputStatistics, bits: Int
  ) -> InputScales? {
    let quantization = Quantization(
      bits: bits, group: .widest(columns: statistics.width), symmetric: false, method: .awq)
    let targets = weights.map { Target(weight: $0, inputs: statistics) }
    return try? AWQ(quantization).inputScales(for: targets)
  }
}
