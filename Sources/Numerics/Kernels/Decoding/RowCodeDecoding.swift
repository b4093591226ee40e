/// Decoding of integer codes that lie row by row, as compressed-tensors stores them:
/// `w = (code - zero) * scale`.
public struct RowCodeDecoding: Sendable {
  /// How codes and zero points lie in their tensors.
  public enum Layout: Sendable {
    /// Each row a stream of unsigned codes that ends with a whole 32-bit word; zero points are
    /// such streams down the columns.
    case packed
    /// Signed bytes.
    case bytes
  }

  /// How they lie.
  public var layout: Layout
  /// Bits of a code, 2 to 8.
  public var bits: Int
  /// Inputs that share a scale.
  public var groupSize: Int
  /// The type of the scales.
  public var scales: Widening.Source

  /// Codes of `bits` bits; each run of `groupSize` of a row shares a scale.
  public init(layout: Layout, bits: Int, groupSize: Int, scales: Widening.Source) {
    precondition(bits >= 1 && bits <= 8 && groupSize > 0, "no such codes")
    self.layout = layout
    self.bits = bits
    self.groupSize = groupSize
    self.scales = scales
  }

  /// Decodes one row.
  ///
  /// - Parameters:
  ///   - row: its index.
  ///   - codes: all codes.
  ///   - scaleBytes: all scales, `[rows, groups]`.
  ///   - zeroPoints: all zero points; empty where the middle of the range stands for 0.
  ///   - inputGroups: the group of each input, `[columns]` 32-bit integers, each below the number
  ///     of groups; empty where groups are runs of neighbours.
  ///   - result: `[columns]`.
  public func decode(
    row: Int, codes: RawSpan, scales scaleBytes: RawSpan, zeroPoints: RawSpan,
    inputGroups: RawSpan, into result: inout MutableSpan<Float>
  ) {
    let columns = result.count
    let groups = (columns + groupSize - 1) / groupSize
    let rowBits =
      layout == .bytes ? 8 * columns : (columns * bits + 31) / 32 * 32
    let start = row * rowBits
    if inputGroups.byteCount > 0 {
      for index in 0..<columns {
        let group = Int(inputGroups.word(at: index))
        let code = code(codes, at: start + index * bits)
        let scale = scaleBytes.float(at: row * groups + group, scales)
        result[index] = (Float(code) - zero(zeroPoints, row, group, of: groups)) * scale
      }
      return
    }
    for group in 0..<groups {
      let first = group * groupSize
      decode(
        codes, at: start + first * bits, zero: zero(zeroPoints, row, group, of: groups),
        scale: scaleBytes.float(at: row * groups + group, scales),
        into: &result, first..<min(first + groupSize, columns))
    }
  }

  /// Codes of signed bytes are read as unsigned ones, 128 larger.
  @inline(__always)
  private func code(_ codes: RawSpan, at bit: Int) -> UInt32 {
    codes.code(at: bit, bits: bits) ^ (layout == .bytes ? 0x80 : 0)
  }

  /// The code that stands for 0 in a group.
  private func zero(_ zeroPoints: RawSpan, _ row: Int, _ group: Int, of groups: Int) -> Float {
    if zeroPoints.byteCount == 0 { return Float(1 << (bits - 1)) }
    guard layout == .packed else {
      return Float(zeroPoints.code(at: 8 * (row * groups + group), bits: 8) ^ 0x80)
    }
    // The stream runs down a column: its words lie `groups` words apart.
    let bit = row * bits
    let word = zeroPoints.word(at: bit / 32 * groups + group)
    var code = word &>> UInt32(bit % 32)
    if bit % 32 + bits > 32 {
      code |= zeroPoints.word(at: (bit / 32 + 1) * groups + group) &<< UInt32(32 - bit % 32)
    }
    return Float(code & (1 << UInt32(bits) - 1))
  }

  @inline(__always)
  private func decode(
    _ codes: RawSpan, at start: Int, zero: Float, scale: Float,
    into result: inout MutableSpan<Float>, _ range: Range<Int>
  ) {
    let flipped = CodeLanes(repeating: layout == .bytes ? 0x80 : 0)
    var index = range.lowerBound
    var bit = start
    while index + laneCount <= range.upperBound {
      let lanes = codes.codes(at: bit, bits: bits) ^ flipped
      result.setLanes((lanes.floats - zero) * scale, at: index)
      index += laneCount
      bit += laneCount * bits
    }
    while index < range.upperBound {
      result[index] = (Float(code(codes, at: bit)) - zero) * scale
      index += 1
      bit += bits
    }
  }
}
