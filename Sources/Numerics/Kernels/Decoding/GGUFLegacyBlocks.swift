/// The types with one scale for 32 elements.
extension GGUFBlocks {
  /// Q8_0, 34 bytes for 32 elements: a float16 scale, then signed bytes.
  public static func decodeQ8(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    let sign = SIMD16<UInt8>(repeating: 0x80)
    for block in 0..<blockCount(bytes, result, bytes: 34, elements: 32) {
      let start = block &* 34
      let scale = Lanes(repeating: bytes.float16(at: start))
      for part in 0..<2 {
        // With the sign bit turned, signed bytes are unsigned ones, 128 larger.
        let codes = bytes.sixteenBytes(at: start &+ 2 &+ part &* 16) ^ sign
        result.setLanes(numbers(codes, less: 128) * scale, at: block &* 32 &+ part &* 16)
      }
    }
  }

  /// Q4_0, 18 bytes for 32 elements: a float16 scale, then 16 bytes with an element of the first
  /// half in the low nibble and one of the second half in the high nibble; 8 stands for 0.
  public static func decodeQ4(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 18, elements: 32) {
      let start = block &* 18
      let scale = Lanes(repeating: bytes.float16(at: start))
      let codes = bytes.sixteenBytes(at: start &+ 2)
      result.setLanes(numbers(codes & 15, less: 8) * scale, at: block &* 32)
      result.setLanes(numbers(codes &>> 4, less: 8) * scale, at: block &* 32 &+ 16)
    }
  }

  /// Q4_1, 20 bytes for 32 elements: as Q4_0 with a float16 minimum after the scale, from which
  /// codes count.
  public static func decodeQ4WithMinimum(
    _ bytes: RawSpan, into result: inout MutableSpan<Float>
  ) {
    for block in 0..<blockCount(bytes, result, bytes: 20, elements: 32) {
      let start = block &* 20
      let scale = Lanes(repeating: bytes.float16(at: start))
      let minimum = Lanes(repeating: bytes.float16(at: start &+ 2))
      let codes = bytes.sixteenBytes(at: start &+ 4)
      result.setLanes(numbers(codes & 15) * scale + minimum, at: block &* 32)
      result.setLanes(numbers(codes &>> 4) * scale + minimum, at: block &* 32 &+ 16)
    }
  }

  /// Q5_0, 22 bytes for 32 elements: as Q4_0 with the fifth bits in 4 bytes after the scale; 16
  /// stands for 0.
  public static func decodeQ5(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 22, elements: 32) {
      let start = block &* 22
      let scale = Lanes(repeating: bytes.float16(at: start))
      let (low, high) = fiveBitCodes(bytes, at: start &+ 2)
      result.setLanes(numbers(low, less: 16) * scale, at: block &* 32)
      result.setLanes(numbers(high, less: 16) * scale, at: block &* 32 &+ 16)
    }
  }

  /// Q5_1, 24 bytes for 32 elements: as Q5_0 with a float16 minimum after the scale.
  public static func decodeQ5WithMinimum(
    _ bytes: RawSpan, into result: inout MutableSpan<Float>
  ) {
    for block in 0..<blockCount(bytes, result, bytes: 24, elements: 32) {
      let start = block &* 24
      let scale = Lanes(repeating: bytes.float16(at: start))
      let minimum = Lanes(repeating: bytes.float16(at: start &+ 2))
      let (low, high) = fiveBitCodes(bytes, at: start &+ 4)
      result.setLanes(numbers(low) * scale + minimum, at: block &* 32)
      result.setLanes(numbers(high) * scale + minimum, at: block &* 32 &+ 16)
    }
  }

  @inline(__always) private static var bitOfLane: SIMD16<UInt8> {
    SIMD16(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128)
  }

  /// 32 codes of five bits: 4 bytes of highest bits, the first element's first, then 16 bytes of
  /// nibbles as in Q4_0.
  @inline(__always)
  private static func fiveBitCodes(
    _ bytes: RawSpan, at start: Int
  ) -> (low: SIMD16<UInt8>, high: SIMD16<UInt8>) {
    let nibbles = bytes.sixteenBytes(at: start &+ 4)
    let low = nibbles & 15 | fifthBits(bytes.byte(at: start), bytes.byte(at: start &+ 1))
    let high =
      nibbles &>> 4 | fifthBits(bytes.byte(at: start &+ 2), bytes.byte(at: start &+ 3))
    return (low, high)
  }

  @inline(__always)
  private static func fifthBits(_ first: UInt8, _ second: UInt8) -> SIMD16<UInt8> {
    let spread = SIMD16<UInt8>(
      lowHalf: SIMD8(repeating: first), highHalf: SIMD8(repeating: second))
    // Each lane has its bit or 0: adding what the bit lacks to 128 carries it to the top. Masks
    // would be made and taken lane by lane.
    let top = (spread & bitOfLane) &+ (SIMD16(repeating: 128) &- bitOfLane)
    return top &>> 3 & 16
  }
}
