extension GGUFBlocks {
  /// MXFP4, 17 bytes for 32 elements: a power of two, then 16 bytes of four-bit floats (sign, two
  /// bits of exponent, one of mantissa), the first half of the elements in the low nibbles.
  ///
  /// The Open Compute Project's format, in an order of elements of ggml's own.
  public static func decodeMXFP4(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 17, elements: 32) {
      let start = block &* 17
      let scale = Lanes(repeating: powerOfTwo(bytes.byte(at: start)))
      let codes = bytes.sixteenBytes(at: start &+ 1)
      result.setLanes(fourBitFloats(codes & 15) * scale, at: block &* 32)
      result.setLanes(fourBitFloats(codes &>> 4) * scale, at: block &* 32 &+ 16)
    }
  }

  /// 2 to the power of `exponent - 127`; 255 is none (not a number).
  @inline(__always)
  private static func powerOfTwo(_ exponent: UInt8) -> Float {
    if exponent == 255 { return .nan }
    return exponent == 0 ? 0x1p-127 : Float(bitPattern: UInt32(exponent) << 23)
  }

  @inline(__always)
  private static func fourBitFloats(_ codes: SIMD16<UInt8>) -> Lanes {
    let words = SIMD16<UInt32>(truncatingIfNeeded: codes)
    let magnitude = words & SIMD16(repeating: 7)
    let normal = magnitude &<< 22 &+ SIMD16(repeating: 126 << 23)
    // 0 and 1 have no leading one: they stand for 0 and a half.
    let small = Lanes.init(bits: normal) * 2 - 1
    let value = Lanes(bits: normal).replacing(
      with: small, where: magnitude .< SIMD16(repeating: 2))
    return Lanes(bits: value.bits | (words & SIMD16(repeating: 8)) &<< 28)
  }
}
