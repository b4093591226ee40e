/// Sixteen floats, the unit all kernels work in; the compiler splits it into what the CPU has.
///
/// Fast only with `+ - * /`, comparisons, `replacing(with:where:)`, shifts and bit casts:
/// `addProduct`, `rounded` and `pointwiseMin` call a library function for every lane.
public typealias Lanes = SIMD16<Float>

/// Lanes of a vector register group.
let laneCount = 16

extension Span where Element == Float {
  /// Elements that fill whole lanes; the rest is left to a scalar loop.
  @inline(__always) var wholeLanes: Int { count & ~(laneCount - 1) }

  /// Sixteen elements from `index` on.
  @inline(__always) func lanes(at index: Int) -> Lanes {
    precondition(index >= 0 && index &+ laneCount <= count, "lanes out of range")
    // In range (checked above); floats may be loaded from any address.
    return unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: index &* 4, as: Lanes.self)
  }
}

extension MutableSpan where Element == Float {
  /// Elements that fill whole lanes; the rest is left to a scalar loop.
  @inline(__always) var wholeLanes: Int { span.wholeLanes }

  /// Sixteen elements from `index` on.
  @inline(__always) func lanes(at index: Int) -> Lanes { span.lanes(at: index) }

  /// Writes sixteen elements from `index` on.
  @inline(__always) mutating func setLanes(_ lanes: Lanes, at index: Int) {
    precondition(index >= 0 && index &+ laneCount <= count, "lanes out of range")
    // In range (checked above); `storeBytes` stores to any address.
    var bytes = unsafe mutableBytes
    unsafe bytes.storeBytes(of: lanes, toUncheckedByteOffset: index &* 4, as: Lanes.self)
  }
}

extension SIMD16 where Scalar == Float {
  /// The floats with these bits.
  @inline(__always) init(bits: SIMD16<UInt32>) {
    // Both are sixteen 32-bit values, of which every bit pattern is valid.
    self = unsafe unsafeBitCast(bits, to: Self.self)
  }

  /// The bits of the floats.
  @inline(__always) var bits: SIMD16<UInt32> {
    // Both are sixteen 32-bit values, of which every bit pattern is valid.
    unsafe unsafeBitCast(self, to: SIMD16<UInt32>.self)
  }
}
