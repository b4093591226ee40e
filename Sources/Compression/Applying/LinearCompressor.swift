import Model
import Numerics

/// Sparsifies, then quantises linears that read the same inputs.
struct LinearCompressor {
  /// A linear on its way.
  struct Part {
    /// What it is called.
    let name: String
    /// What a plan chose for it.
    let choice: LinearChoice
    /// `[out, in]`, nobody else's.
    let weight: Matrix
  }

  /// What the linears read; `nil` where nothing was calibrated or no token came by.
  let statistics: InputStatistics?
  /// AWQ's factors, found for all that read the same vector; `nil` for factors of their own.
  let scales: InputScales?

  /// The weights under the choices.
  ///
  /// - Throws: `CompressionFailure`.
  func apply(
    to parts: [Part]
  ) throws(CompressionFailure) -> (weights: [Matrix], notes: [CompressionNote]) {
    var notes: [CompressionNote] = []
    for group in Self.groups(parts, by: \.choice.sparsity) {
      guard let sparsity = group[0].choice.sparsity else { continue }
      let outcomes = try named(group) { () throws(CompressionProblem) in
        try Sparsifier(sparsity).apply(to: group.map(\.weight), inputs: statistics)
      }
      for (part, outcome) in zip(group, outcomes) {
        guard let fallback = outcome.fallback else { continue }
        notes.append(
          .init(
            part: part.name, method: sparsity.method.rawValue, became: outcome.method.rawValue,
            fallback))
      }
    }
    for group in Self.groups(parts, by: \.choice) { notes += try quantize(group) }
    return (parts.map(\.weight), notes)
  }

  /// Quantises linears with equal choices in place.
  private func quantize(_ group: [Part]) throws(CompressionFailure) -> [CompressionNote] {
    guard case .quantized(let quantization) = group[0].choice.precision else { return [] }
    let keepsZeros = group[0].choice.sparsity != nil
    let results = try named(group) { () throws(CompressionProblem) -> [QuantizationResult] in
      if quantization.method == .awq, let statistics, let scales {
        var results: [QuantizationResult] = []
        for part in group {
          results.append(
            try AWQ(quantization).quantize(part.weight, inputs: statistics, scales: scales))
        }
        return results
      }
      return try Quantizer(quantization).quantize(
        group.map(\.weight), inputs: statistics, keepingZeros: keepsZeros)
    }
    var notes: [CompressionNote] = []
    for (part, result) in zip(group, results) {
      result.weight.dequantize(into: part.weight)
      guard let fallback = result.fallback else { continue }
      notes.append(
        .init(
          part: part.name, method: quantization.method.rawValue, became: result.method.rawValue,
          fallback))
    }
    return notes
  }

  /// Puts the linear's name to a problem.
  private func named<Result>(
    _ group: [Part], _ work: () throws(CompressionProblem) -> Result
  ) throws(CompressionFailure) -> Result {
    do throws(CompressionProblem) { return try work() } catch {
      throw CompressionFailure(part: group.map(\.name).joined(separator: ", "), problem: error)
    }
  }

  /// Parts with equal keys together, in order.
  private static func groups<Key: Equatable>(
    _ parts: [Part], by key: (Part) -> Key
  ) -> [[Part]] {
    parts.reduce(into: []) { groups, part in
      if let index = groups.firstIndex(where: { key($0[0]) == key(part) }) {
        groups[index].append(part)
      } else {
        groups.append([part])
      }
    }
  }
}

extension CompressionNote {
  /// A method that gave way to another one.
  init(part: String, method: String, became: String, _ problem: CompressionProblem) {
    self.init(part: part, text: "\(method) gave way to \(became): \(problem)")
  }
}

extension Matrix {
  /// A copy that may be written to.
  func copied() -> Matrix {
    let copy = Matrix(uninitialized: rows, columns)
    copy.copy(from: self)
    return copy
  }
}
