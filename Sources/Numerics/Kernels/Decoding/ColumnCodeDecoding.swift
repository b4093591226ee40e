/// Decoding of integer codes that lie transposed, `[in, out]`, as GPTQ and AWQ store them:
/// `w = (code - zero) * scale`.
///
/// Sixteen outputs are decoded together, sixteen inputs at a time, then turned.
public struct ColumnCodeDecoding: Sendable {
  /// How codes are packed into 32-bit words.
  public enum Packing: Sendable {
    /// Along the inputs, least significant bits first (GPTQ); zero points along the outputs.
    case inputs
    /// Eight outputs of 4 bits to a word, in the order 0 2 4 6 1 3 5 7 (AWQ); zero points too.
    case outputs
  }

  /// How codes are packed.
  public var packing: Packing
  /// Bits of a code, 2 to 8; 4 where outputs are packed.
  public var bits: Int
  /// Inputs that share a scale.
  public var groupSize: Int
  /// What is added to stored zero points: 1 in GPTQ's first version.
  public var zeroOffset: Float
  /// The type of the scales.
  public var scales: Widening.Source

  /// Codes of `bits` bits, of which `groupSize` inputs share a scale.
  public init(
    packing: Packing, bits: Int, groupSize: Int, zeroOffset: Float = 0, scales: Widening.Source
  ) {
    precondition(bits >= 1 && bits <= 8 && groupSize > 0, "no such codes")
    precondition(packing == .inputs || bits == 4, "AWQ packs four bits")
    self.packing = packing
    self.bits = bits
    self.groupSize = groupSize
    self.zeroOffset = zeroOffset
    self.scales = scales
  }

  /// Decodes rows `first`, `first + 1`, … of a weight with `rows` of them.
  ///
  /// - Parameters:
  ///   - first: the first row to decode.
  ///   - rows: rows of the weight, `out`.
  ///   - codes: all codes, `[in * bits / 32, out]` or `[in, out / 8]` words.
  ///   - scaleBytes: all scales, `[groups, out]`.
  ///   - zeroPoints: all zero points, `[groups, out * bits / 32]` words.
  ///   - inputGroups: the group of each input, `[in]` 32-bit integers, each below the number of
  ///     groups; empty where groups are runs of neighbours.
  ///   - result: `[rows to decode, in]`.
  public func decode(
    first: Int, of rows: Int, codes: RawSpan, scales scaleBytes: RawSpan, zeroPoints: RawSpan,
    inputGroups: RawSpan, into result: Matrix
  ) {
    precondition(first >= 0 && first + result.rows <= rows, "rows out of range")
    var tile = InlineArray<256, Float>(repeating: 0)
    let start = first / laneCount * laneCount
    for input in stride(from: 0, to: result.columns, by: laneCount) {
      let inputs = input..<min(input + laneCount, result.columns)
      for output in stride(from: start, to: first + result.rows, by: laneCount) {
        let count = min(laneCount, rows - output)
        decode(
          inputs, output, count, of: rows, codes, scaleBytes, zeroPoints, inputGroups, &tile)
        turn(
          tile, inputs, max(output, first)..<min(output + count, first + result.rows),
          of: output, into: result, from: first)
      }
    }
  }

  /// Decodes `count` outputs of some inputs into `tile`, one row for each input.
  @inline(__always)
  private func decode(
    _ inputs: Range<Int>, _ output: Int, _ count: Int, of rows: Int, _ codes: RawSpan,
    _ scaleBytes: RawSpan, _ zeroPoints: RawSpan, _ inputGroups: RawSpan,
    _ tile: inout InlineArray<256, Float>
  ) {
    var span = tile.mutableSpan
    var group = -1
    var scale = Lanes()
    var zero = Lanes()
    for input in inputs {
      let own =
        inputGroups.byteCount > 0 ? Int(inputGroups.word(at: input)) : input / groupSize
      if own != group {
        group = own
        scale = scaleBytes.floatLanes(at: group * rows + output, count: count, scales)
        zero = zeros(zeroPoints, group, output, count, of: rows)
      }
      let lanes = code(codes, input, output, count, of: rows)
      span.setLanes(
        (lanes.floats - zero) * scale, at: (input &- inputs.lowerBound) &* laneCount)
    }
  }

  /// The codes of an input for the outputs from `output` on.
  @inline(__always)
  private func code(
    _ codes: RawSpan, _ input: Int, _ output: Int, _ count: Int, of rows: Int
  ) -> CodeLanes {
    if packing == .outputs { return codes.awqCodes(at: input, output, count, of: rows) }
    let bit = input &* bits
    let row = bit >> 5
    let shift = UInt32(truncatingIfNeeded: bit & 31)
    var lanes =
      codes.wordLanes(at: row &* rows &+ output, count: count)
      &>> CodeLanes(repeating: shift)
    if Int(shift) &+ bits > 32 {
      let next = codes.wordLanes(at: (row &+ 1) &* rows &+ output, count: count)
      lanes |= next &<< CodeLanes(repeating: 32 &- shift)
    }
    return lanes & CodeLanes(repeating: 1 &<< UInt32(bits) &- 1)
  }

  /// The codes that stand for 0 in a group, for the outputs from `output` on.
  @inline(__always)
  private func zeros(
    _ zeroPoints: RawSpan, _ group: Int, _ output: Int, _ count: Int, of rows: Int
  ) -> Lanes {
    let codes: CodeLanes
    if packing == .outputs {
      codes = zeroPoints.awqCodes(at: group, output, count, of: rows)
    } else {
      let rowBits = (rows &* bits &+ 31) / 32 &* 32
      codes = zeroPoints.codes(at: group &* rowBits &+ output &* bits, bits: bits, count: count)
    }
    return codes.floats + zeroOffset
  }

  /// Writes some outputs of `tile`, of which `origin` is the first, to their rows.
  @inline(__always)
  private func turn(
    _ tile: borrowing InlineArray<256, Float>, _ inputs: Range<Int>, _ outputs: Range<Int>,
    of origin: Int, into result: Matrix, from first: Int
  ) {
    let span = tile.span
    for output in outputs {
      var row = result.mutableRow(output &- first)
      var place = output &- origin
      for input in inputs {
        row[input] = span[place]
        place &+= laneCount
      }
    }
  }
}

extension RawSpan {
  /// AWQ's 4-bit codes of row `row`, which has `columns` of them, from column `start` on.
  @inline(__always)
  fileprivate func awqCodes(
    at row: Int, _ start: Int, _ count: Int, of columns: Int
  ) -> CodeLanes {
    let index = row &* ((columns &+ 7) / 8) &+ start / 8
    let low = word(at: index)
    let high = count > 8 ? word(at: index &+ 1) : 0
    let words = CodeLanes(
      lowHalf: SIMD8(repeating: low), highHalf: SIMD8(repeating: high))
    let shifts = CodeLanes(0, 16, 4, 20, 8, 24, 12, 28, 0, 16, 4, 20, 8, 24, 12, 28)
    return words &>> shifts & CodeLanes(repeating: 15)
  }
}
