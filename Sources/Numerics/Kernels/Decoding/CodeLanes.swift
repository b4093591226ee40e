/// Sixteen codes of up to eight bits each.
typealias CodeLanes = SIMD16<UInt32>

extension RawSpan {
  /// Sixteen codes of `bits` bits each from bit `start` of a stream on, least significant bits
  /// first; those from the `count`-th on are 0.
  @inline(__always)
  func codes(at start: Int, bits: Int, count: Int = laneCount) -> CodeLanes {
    let byte = start >> 3
    if count == laneCount, start & 7 == 0 {
      if bits == 4 { return nibbles(at: byte) }
      if bits == 8 { return byteLanes(at: byte) }
      if byte &+ bits &+ 8 <= byteCount { return eights(at: byte, bits: bits) }
    }
    var lanes = CodeLanes()
    for lane in 0..<Swift.min(count, laneCount) {
      lanes[lane] = code(at: start &+ lane &* bits, bits: bits)
    }
    return lanes
  }

  /// Sixteen codes that start at a byte: eight fill `bits` bytes, and lie in one 64-bit word.
  @inline(__always)
  private func eights(at byte: Int, bits: Int) -> CodeLanes {
    // Bounds-checked; every bit pattern is an integer.
    let low = unsafe unsafeLoadUnaligned(fromByteOffset: byte, as: UInt64.self)
    // As above.
    let high = unsafe unsafeLoadUnaligned(fromByteOffset: byte &+ bits, as: UInt64.self)
    let step = UInt64(truncatingIfNeeded: bits)
    let shifts = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7) &* SIMD8(repeating: step)
    let codes = CodeLanes(
      lowHalf: SIMD8(truncatingIfNeeded: SIMD8(repeating: low) &>> shifts),
      highHalf: SIMD8(truncatingIfNeeded: SIMD8(repeating: high) &>> shifts))
    return codes & CodeLanes(repeating: 1 &<< UInt32(bits) &- 1)
  }

  /// One code of up to eight bits, from bit `start` of a stream on.
  @inline(__always)
  func code(at start: Int, bits: Int) -> UInt32 {
    let byte = start >> 3
    // Bounds-checked; every bit pattern is an integer.
    var word = UInt32(unsafe unsafeLoad(fromByteOffset: byte, as: UInt8.self))
    if start & 7 &+ bits > 8 {
      // As above.
      word |= UInt32(unsafe unsafeLoad(fromByteOffset: byte &+ 1, as: UInt8.self)) &<< 8
    }
    return word &>> UInt32(truncatingIfNeeded: start & 7) & (1 &<< UInt32(bits) &- 1)
  }

  /// The low and high halves of eight bytes, in the order of a stream of 4-bit codes.
  @inline(__always)
  func nibbles(at byte: Int) -> CodeLanes {
    // Bounds-checked; every bit pattern is an integer.
    let packed = unsafe unsafeLoadUnaligned(fromByteOffset: byte, as: SIMD8<UInt8>.self)
    var codes = SIMD16<UInt8>()
    codes.evenHalf = packed & 15
    codes.oddHalf = packed &>> 4
    return CodeLanes(truncatingIfNeeded: codes)
  }

  /// Sixteen bytes.
  @inline(__always)
  func byteLanes(at byte: Int) -> CodeLanes {
    // Bounds-checked; every bit pattern is an integer.
    let bytes = unsafe unsafeLoadUnaligned(fromByteOffset: byte, as: SIMD16<UInt8>.self)
    return CodeLanes(truncatingIfNeeded: bytes)
  }

  /// Up to sixteen 32-bit words; those from the `count`-th on are 0.
  @inline(__always)
  func wordLanes(at index: Int, count: Int = laneCount) -> CodeLanes {
    if count >= laneCount {
      // Bounds-checked; every bit pattern is an integer.
      return unsafe unsafeLoadUnaligned(fromByteOffset: index &* 4, as: CodeLanes.self)
    }
    var lanes = CodeLanes()
    for lane in 0..<count { lanes[lane] = word(at: index &+ lane) }
    return lanes
  }

  /// A 32-bit word.
  @inline(__always)
  func word(at index: Int) -> UInt32 {
    // Bounds-checked; every bit pattern is an integer.
    unsafe unsafeLoadUnaligned(fromByteOffset: index &* 4, as: UInt32.self)
  }
}

extension SIMD16 where Scalar == UInt32 {
  /// The codes as floats; below 2²³, where a float's lowest bit counts ones.
  @inline(__always) var floats: Lanes {
    Lanes(bits: self | Self(repeating: 0x4B00_0000)) - 8_388_608
  }
}
