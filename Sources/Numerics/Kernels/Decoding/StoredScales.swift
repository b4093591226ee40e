extension RawSpan {
  /// The float at `index` of a tensor of such elements.
  @inline(__always)
  func float(at index: Int, _ source: Widening.Source) -> Float {
    switch source {
    case .float32: Float(bitPattern: word(at: index))
    case .bfloat16: Float(bitPattern: UInt32(half(at: index)) &<< 16)
    case .float16: Widening.float(float16: half(at: index))
    }
  }

  /// Up to sixteen floats from `index` on; those from the `count`-th on are 0.
  @inline(__always)
  func floatLanes(at index: Int, count: Int, _ source: Widening.Source) -> Lanes {
    if count >= laneCount {
      if source == .float32 { return Lanes(bits: wordLanes(at: index)) }
      // Bounds-checked; every bit pattern is an integer.
      let halves = unsafe unsafeLoadUnaligned(
        fromByteOffset: index &* 2, as: SIMD16<UInt16>.self)
      let words = SIMD16<UInt32>(truncatingIfNeeded: halves)
      return Lanes(
        bits: source == .bfloat16 ? Widening.bfloat16Bits(words) : Widening.float16Bits(words))
    }
    var lanes = Lanes()
    for lane in 0..<count { lanes[lane] = float(at: index &+ lane, source) }
    return lanes
  }

  @inline(__always)
  private func half(at index: Int) -> UInt16 {
    // Bounds-checked; every bit pattern is an integer.
    unsafe unsafeLoadUnaligned(fromByteOffset: index &* 2, as: UInt16.self)
  }
}

extension Widening {
  /// A half as a float, by integer arithmetic: the conversion is a library call.
  @inline(__always)
  static func float(float16 half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) &<< 16
    let magnitude = UInt32(half & 0x7FFF)
    let scaled = (Float(bitPattern: magnitude &<< 13) * 0x1p112).bitPattern
    return Float(bitPattern: (magnitude >= 0x7C00 ? scaled | 0x7F80_0000 : scaled) | sign)
  }
}
