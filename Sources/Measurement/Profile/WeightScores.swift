import Model
import Numerics

/// Scores of a weight that need no data.
public struct WeightScores: Hashable, Codable, Sendable {
  /// `max_j (max_i |W_ij| / mean_i |W_ij|)` over input columns `j`; high asks for more bits.
  ///
  /// The linear weight outlier scorer of "Examining PTQ for MoE" (arXiv 2406.08155). Columns of
  /// zeros are left out.
  public var outlier: Double
  /// `Σ W_ij²`.
  public var squaredNorm: Double

  /// Scores a weight `[out, in]`.
  public init(_ weight: Matrix) {
    let columns = weight.columns
    let largest = Matrix(rows: 1, columns: columns)
    let sums = Matrix(rows: 1, columns: columns)
    var maxima = largest.mutableRow(0)
    var totals = sums.mutableRow(0)
    squaredNorm = 0
    for index in 0..<weight.rows {
      let row = weight.row(index)
      squaredNorm += Double(dot(row, row))
      for column in 0..<columns {
        let magnitude = row[column].magnitude
        maxima[column] = maxima[column] < magnitude ? magnitude : maxima[column]
        totals[column] += magnitude
      }
    }
    outlier = 0
    for column in 0..<columns where totals[column] > 0 {
      let ratio = Double(maxima[column]) * Double(weight.rows) / Double(totals[column])
      outlier = max(outlier, ratio)
    }
  }
}
