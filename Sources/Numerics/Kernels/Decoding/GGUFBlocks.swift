/// Decoding of ggml's blocks, rows of which GGUF files consist, to float32.
///
/// Every function takes whole blocks, which may lie at any address, and rounds where ggml's own
/// decoder rounds, so that the floats are the same bits.
public enum GGUFBlocks {
  /// What whole numbers from 0 to 2²³ have as float bits once 2²³ is added to them.
  ///
  /// Converting lanes of integers calls a function for every lane; setting these bits and
  /// subtracting 2²³ again is exact and does not.
  private static let wholeNumberBits: UInt32 = 0x4B00_0000

  /// Sixteen whole numbers less `offset`.
  @inline(__always)
  static func numbers(_ bytes: SIMD16<UInt8>, less offset: Float = 0) -> Lanes {
    let words = SIMD16<UInt32>(truncatingIfNeeded: bytes) | wholeNumberBits
    return Lanes(bits: words) - Lanes(repeating: 0x1p23 + offset)
  }

  /// Checks once that bytes and elements belong together; the kernels then load unchecked.
  @inline(__always)
  static func blockCount(
    _ bytes: RawSpan, _ result: borrowing MutableSpan<Float>, bytes size: Int, elements: Int
  ) -> Int {
    let count = bytes.byteCount / size
    precondition(
      count * size == bytes.byteCount && count * elements == result.count,
      "bytes and elements do not match")
    return count
  }
}

extension RawSpan {
  /// Sixteen bytes from `offset` on.
  @inline(__always)
  func sixteenBytes(at offset: Int) -> SIMD16<UInt8> {
    // Callers stay within blocks whose number was checked; any bits are bytes.
    unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
  }

  /// The byte at `offset`.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    // As above.
    unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// The float16 at `offset`, widened.
  @inline(__always)
  func float16(at offset: Int) -> Float {
    // As above; any bits are a UInt16.
    let bits = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
    return Widening.float(float16: bits)
  }
}
