/// 8-bit floats (E4M3 without infinities) with scales: `w = code * scale`.
public struct Float8Encoding: Hashable, Codable, Sendable {
  /// Which weights share a scale.
  public enum Scales: Hashable, Codable, Sendable {
    /// All weights of the matrix.
    case tensor
    /// The weights of a row.
    case row
    /// The weights of a block; blocks at the lower and right edge may be smaller.
    case blocks(rows: Int, columns: Int)
  }

  /// Which weights share a scale.
  public var scales: Scales
  /// The type of the scales.
  public var scaleType: StoredType
  /// What the scales' name ends with, `weight_scale_inv` (DeepSeek-V3) or `weight_scale`.
  public var scaleEnding: String

  /// 8-bit floats with such scales.
  public init(scales: Scales, scaleType: StoredType, scaleEnding: String) {
    self.scales = scales
    self.scaleType = scaleType
    self.scaleEnding = scaleEnding
  }

  /// Scales of a `[rows, columns]` weight, down and across.
  public func scaleCounts(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
    switch scales {
    case .tensor: (1, 1)
    case .row: (rows, 1)
    case .blocks(let blockRows, let blockColumns):
      ((rows + blockRows - 1) / blockRows, (columns + blockColumns - 1) / blockColumns)
    }
  }

  func parts(of shape: [Int]) -> [StoredPart] {
    let counts = scaleCounts(rows: shape.dropLast().reduce(1, *), columns: shape.last ?? 1)
    return [
      StoredPart(.float8E4M3, shape),
      StoredPart(.scales, scaleEnding, scaleType, [counts.rows, counts.columns]),
    ]
  }
}
