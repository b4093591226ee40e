import Numerics

/// A gated network with the biases some families add.
struct BiasedNetwork {
  var weights: GatedExpert
  /// `[1, neurons]`.
  var gateBias: Matrix?
  /// `[1, neurons]`.
  var upBias: Matrix?
  /// `[1, hidden]`.
  var downBias: Matrix?

  /// The mean of several networks, by how often each was used.
  ///
  /// - Throws: `weightNotFinite`.
  static func merging(
    _ parts: [BiasedNetwork], loads: [Double], aligned: Bool
  ) throws(CompressionProblem) -> BiasedNetwork {
    let merging = ExpertMerging(alignsNeurons: aligned)
    let widened = try merging.merge(parts.map(\.withBiasesAsInputs), loads: loads)
    guard parts[0].gateBias != nil else { return BiasedNetwork(weights: widened) }
    let hidden = widened.gate.columns - 1
    return BiasedNetwork(
      weights: GatedExpert(
        gate: widened.gate.columns(0..<hidden).copied(),
        up: widened.up.columns(0..<hidden).copied(), down: widened.down.rows(0..<hidden).copied()),
      gateBias: widened.gate.columns(hidden..<hidden + 1).transposedColumn(),
      upBias: widened.up.columns(hidden..<hidden + 1).transposedColumn(),
      downBias: mean(parts.compactMap(\.downBias), loads))
  }

  /// The network without all but the given neurons.
  func taking(_ neurons: [Int]) -> BiasedNetwork {
    BiasedNetwork(
      weights: weights.taking(neurons), gateBias: gateBias?.takingColumns(neurons),
      upBias: upBias?.takingColumns(neurons), downBias: downBias)
  }

  /// The same with gate's and up's biases as weights of one more input, so that they are matched
  /// and averaged with their neurons; itself without biases.
  private var withBiasesAsInputs: GatedExpert {
    guard let gateBias, let upBias else { return weights }
    return GatedExpert(
      gate: weights.gate.appending(column: gateBias), up: weights.up.appending(column: upBias),
      down: weights.down.appendingZeroRow())
  }

  private static func mean(_ rows: [Matrix], _ loads: [Double]) -> Matrix? {
    guard let first = rows.first else { return nil }
    let result = Matrix(rows: 1, columns: first.columns)
    var sum = result.mutableRow(0)
    for (row, share) in zip(rows, ExpertMerging.shares(of: loads)) {
      add(row.row(0), weight: Float(share), to: &sum)
    }
    return result
  }
}

extension Matrix {
  /// The matrix with one more column, whose elements are those of a row `[1, rows]`.
  fileprivate func appending(column: Matrix) -> Matrix {
    let result = Matrix(uninitialized: rows, columns + 1)
    result.columns(0..<columns).copy(from: self)
    let values = column.row(0)
    for row in 0..<rows {
      var target = result.mutableRow(row)
      target[columns] = values[row]
    }
    return result
  }

  fileprivate func appendingZeroRow() -> Matrix {
    let result = Matrix(rows: rows + 1, columns: columns)
    result.rows(0..<rows).copy(from: self)
    return result
  }

  /// A single column `[n, 1]` as a row `[1, n]`.
  fileprivate func transposedColumn() -> Matrix {
    let result = Matrix(uninitialized: 1, rows)
    var target = result.mutableRow(0)
    for row in 0..<rows { target[row] = self[row, 0] }
    return result
  }
}
