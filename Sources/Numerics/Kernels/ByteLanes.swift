extension MutableSpan where Element == UInt8 {
  /// Writes sixteen bytes from `index` on.
  @inline(__always) mutating func setLanes(_ lanes: SIMD16<UInt8>, at index: Int) {
    precondition(index >= 0 && index &+ laneCount <= count, "lanes out of range")
    // In range (checked above); `storeBytes` stores to any address.
    var bytes = unsafe mutableBytes
    unsafe bytes.storeBytes(of: lanes, toUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
  }
}

extension Span where Element == UInt8 {
  /// Sixteen bytes from `index` on.
  @inline(__always) func lanes(at index: Int) -> SIMD16<UInt8> {
    precondition(index >= 0 && index &+ laneCount <= count, "lanes out of range")
    // In range (checked above); bytes may be loaded from any address.
    return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
  }
}

extension SIMD16 where Scalar == Float {
  /// Integers of `0...255` as bytes.
  @inline(__always) var lowBytes: SIMD16<UInt8> {
    SIMD16<UInt8>(truncatingIfNeeded: (self + RoundingGrid.magic).bits)
  }

  /// Bytes as floats.
  @inline(__always) init(bytes: SIMD16<UInt8>) {
    // 2^23 has room for 23 bits of an integer below it.
    let integers = SIMD16<UInt32>(truncatingIfNeeded: bytes)
    self = Lanes(bits: integers | 0x4B00_0000) - 8_388_608
  }
}
