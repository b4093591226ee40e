/// Decoding of 8-bit floats with scales (E4M3 without infinities, "FP8 Formats for Deep Learning",
/// arXiv 2209.05433): `w = code * scale`.
public struct Float8Decoding: Sendable {
  /// Rows that share a scale.
  public var blockRows: Int
  /// Columns that share a scale.
  public var blockColumns: Int
  /// The type of the scales.
  public var scales: Widening.Source

  /// Scales of blocks of `blockRows × blockColumns` weights.
  public init(blockRows: Int, blockColumns: Int, scales: Widening.Source) {
    precondition(blockRows > 0 && blockColumns > 0, "a block has weights")
    self.blockRows = blockRows
    self.blockColumns = blockColumns
    self.scales = scales
  }

  /// Decodes one row.
  ///
  /// - Parameters:
  ///   - row: its index.
  ///   - codes: all codes, `[rows, columns]`.
  ///   - scaleBytes: all scales, `[rows / blockRows, columns / blockColumns]`, rounded up.
  ///   - result: `[columns]`.
  public func decode(
    row: Int, codes: RawSpan, scales scaleBytes: RawSpan, into result: inout MutableSpan<Float>
  ) {
    let columns = result.count
    let perRow = (columns + blockColumns - 1) / blockColumns
    for block in 0..<perRow {
      let scale = scaleBytes.float(at: row / blockRows * perRow + block, scales)
      let start = block * blockColumns
      let end = min(start + blockColumns, columns)
      var index = start
      while index + laneCount <= end {
        let code = codes.byteLanes(at: row * columns + index)
        result.setLanes(Self.values(code) * scale, at: index)
        index += laneCount
      }
      guard index < end else { continue }
      let code = codes.codes(at: 8 * (row * columns + index), bits: 8, count: end - index)
      let values = Self.values(code) * scale
      for lane in 0..<end - index { result[index + lane] = values[lane] }
    }
  }

  /// What E4M3 codes stand for.
  ///
  /// Exponent 0 is first read as the exponent below, then put right, as arithmetic with subnormal
  /// floats would cost a hundred cycles.
  @inline(__always)
  static func values(_ codes: CodeLanes) -> Lanes {
    let magnitude = codes & CodeLanes(repeating: 0x7F)
    let sign = (codes & CodeLanes(repeating: 0x80)) &<< 24
    let normal = Lanes(bits: magnitude &<< 20 &+ CodeLanes(repeating: 120 << 23))
    let subnormal = normal * 2 - 0x1p-6
    let value = normal.replacing(with: subnormal, where: magnitude .< CodeLanes(repeating: 8))
    let special = CodeLanes(repeating: Float.nan.bitPattern)
    let bits = value.bits.replacing(with: special, where: magnitude .== CodeLanes(repeating: 0x7F))
    return Lanes(bits: bits | sign)
  }
}
