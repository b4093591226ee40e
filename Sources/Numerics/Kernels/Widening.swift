/// Widening of stored weights, which may lie at any address, to float32.
public enum Widening {
  /// The element types that can be widened.
  public enum Source: Sendable {
    case float32, float16, bfloat16

    /// Bytes of an element.
    public var byteCount: Int { self == .float32 ? 4 : 2 }
  }

  /// Widens little-endian elements; `bytes` holds exactly as many as `result`.
  public static func widen(
    _ bytes: RawSpan, from source: Source, into result: inout MutableSpan<Float>
  ) {
    precondition(
      bytes.byteCount == result.count * source.byteCount, "bytes and elements do not match")
    switch source {
    case .float32: copyFloat32(bytes, into: &result)
    case .bfloat16: widenHalves(bytes, into: &result, bfloat16Bits)
    case .float16: widenHalves(bytes, into: &result, float16Bits)
    }
  }

  private static func copyFloat32(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    let whole = result.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      // In range: the precondition of `widen`; every bit pattern is a Float.
      let lanes = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 4, as: Lanes.self)
      result.setLanes(lanes, at: index)
    }
    for index in whole..<result.count {
      // As above.
      result[index] = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 4, as: Float.self)
    }
  }

  @inline(__always)
  private static func widenHalves(
    _ bytes: RawSpan, into result: inout MutableSpan<Float>,
    _ widened: (SIMD16<UInt32>) -> SIMD16<UInt32>
  ) {
    let whole = result.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      // In range: the precondition of `widen`; every bit pattern is a UInt16.
      let halves = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: index * 2, as: SIMD16<UInt16>.self)
      let bits = widened(SIMD16<UInt32>(truncatingIfNeeded: halves))
      result.setLanes(Lanes(bits: bits), at: index)
    }
    for index in whole..<result.count {
      // As above.
      let half = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
      result[index] = Float(bitPattern: widened(SIMD16(repeating: UInt32(half)))[0])
    }
  }

  @inline(__always)
  static func bfloat16Bits(_ halves: SIMD16<UInt32>) -> SIMD16<UInt32> { halves &<< 16 }

  /// Moves sign, exponent and mantissa to their places.
  ///
  /// Multiplying by 2¹¹² corrects the exponent's bias, and normalises subnormal numbers on the way;
  /// infinities and NaNs get their exponent back.
  @inline(__always)
  static func float16Bits(_ halves: SIMD16<UInt32>) -> SIMD16<UInt32> {
    typealias Words = SIMD16<UInt32>
    let sign = (halves & Words(repeating: 0x8000)) &<< 16
    let magnitude = halves & Words(repeating: 0x7FFF)
    let unscaled = Lanes(bits: magnitude &<< 13)
    let scaled = (unscaled * 0x1p112).bits
    let isSpecial = magnitude .>= Words(repeating: 0x7C00)
    let special = scaled | Words(repeating: 0x7F80_0000)
    return scaled.replacing(with: special, where: isSpecial) | sign
  }
}
