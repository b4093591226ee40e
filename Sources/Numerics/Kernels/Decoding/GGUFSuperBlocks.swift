/// The "K" types: 256 elements in parts whose scales are themselves small whole numbers.
extension GGUFBlocks {
  /// Q4_K, 144 bytes for 256 elements: float16 scale and minimum, 12 bytes of six-bit scales and
  /// minima of 8 parts, 128 bytes of nibbles; each 32 bytes hold a part in the low nibbles and the
  /// next one in the high ones.
  public static func decodeQ4K(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 144, elements: 256) {
      let start = block &* 144
      let (scale, minimum) = (bytes.float16(at: start), bytes.float16(at: start &+ 2))
      for pair in 0..<4 {
        let low = PartScale(bytes, at: start &+ 4, part: 2 &* pair, scale, minimum)
        let high = PartScale(bytes, at: start &+ 4, part: 2 &* pair &+ 1, scale, minimum)
        for half in 0..<2 {
          let codes = bytes.sixteenBytes(at: start &+ 16 &+ pair &* 32 &+ half &* 16)
          let index = block &* 256 &+ pair &* 64 &+ half &* 16
          result.setLanes(low.apply(numbers(codes & 15)), at: index)
          result.setLanes(high.apply(numbers(codes &>> 4)), at: index &+ 32)
        }
      }
    }
  }

  /// Q5_K, 176 bytes for 256 elements: as Q4_K, with 32 bytes before the nibbles whose bits are the
  /// fifth ones of the 8 parts, in order.
  public static func decodeQ5K(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 176, elements: 256) {
      let start = block &* 176
      let (scale, minimum) = (bytes.float16(at: start), bytes.float16(at: start &+ 2))
      for pair in 0..<4 {
        let low = PartScale(bytes, at: start &+ 4, part: 2 &* pair, scale, minimum)
        let high = PartScale(bytes, at: start &+ 4, part: 2 &* pair &+ 1, scale, minimum)
        let shift = SIMD16<UInt8>(repeating: UInt8(truncatingIfNeeded: 2 &* pair))
        for half in 0..<2 {
          let fifth = bytes.sixteenBytes(at: start &+ 16 &+ half &* 16) &>> shift
          let codes = bytes.sixteenBytes(at: start &+ 48 &+ pair &* 32 &+ half &* 16)
          let index = block &* 256 &+ pair &* 64 &+ half &* 16
          let lowCodes = codes & 15 | (fifth & 1) &<< 4
          let highCodes = codes &>> 4 | (fifth & 2) &<< 3
          result.setLanes(low.apply(numbers(lowCodes)), at: index)
          result.setLanes(high.apply(numbers(highCodes)), at: index &+ 32)
        }
      }
    }
  }

  /// Q6_K, 210 bytes for 256 elements: 128 bytes of low nibbles, 64 bytes of two high bits, 16 signed
  /// scales of 16 elements each, a float16 scale; 32 stands for 0.
  ///
  /// The first half of each kind of byte is for the first 128 elements.
  public static func decodeQ6K(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 210, elements: 256) {
      let start = block &* 210
      let scale = bytes.float16(at: start &+ 208)
      for half in 0..<2 {
        let (low, high) = (start &+ half &* 64, start &+ 128 &+ half &* 32)
        for part in 0..<2 {
          let first = bytes.sixteenBytes(at: low &+ part &* 16)
          let second = bytes.sixteenBytes(at: low &+ 32 &+ part &* 16)
          let top = bytes.sixteenBytes(at: high &+ part &* 16)
          let codes = (
            first & 15 | (top & 3) &<< 4, second & 15 | (top & 12) &<< 2,
            first &>> 4 | top & 48, second &>> 4 | (top & 192) &>> 2
          )
          let scales = start &+ 192 &+ half &* 8 &+ part
          let index = block &* 256 &+ half &* 128 &+ part &* 16
          let scaled = SignedScales(bytes, at: scales, scale)
          result.setLanes(numbers(codes.0, less: 32) * scaled[0], at: index)
          result.setLanes(numbers(codes.1, less: 32) * scaled[1], at: index &+ 32)
          result.setLanes(numbers(codes.2, less: 32) * scaled[2], at: index &+ 64)
          result.setLanes(numbers(codes.3, less: 32) * scaled[3], at: index &+ 96)
        }
      }
    }
  }
}

/// Scale and minimum of one of 8 parts, six bits each in 12 bytes: the first four parts' lie in the
/// low bits of 8 bytes, the others' in nibbles of the last 4 and the first 8's two high bits.
private struct PartScale {
  private let scale: Lanes
  private let minimum: Lanes

  @inline(__always)
  init(_ bytes: RawSpan, at start: Int, part: Int, _ scale: Float, _ minimum: Float) {
    let (scaleCode, minimumCode): (UInt8, UInt8)
    if part < 4 {
      scaleCode = bytes.byte(at: start &+ part) & 63
      minimumCode = bytes.byte(at: start &+ part &+ 4) & 63
    } else {
      let nibbles = bytes.byte(at: start &+ part &+ 4)
      scaleCode = nibbles & 15 | (bytes.byte(at: start &+ part &- 4) & 192) &>> 2
      minimumCode = nibbles &>> 4 | (bytes.byte(at: start &+ part) & 192) &>> 2
    }
    self.scale = Lanes(repeating: scale * Float(scaleCode))
    self.minimum = Lanes(repeating: minimum * Float(minimumCode))
  }

  @inline(__always)
  func apply(_ codes: Lanes) -> Lanes { codes * scale - minimum }
}

/// Every other of eight signed scales, times the block's own.
private struct SignedScales {
  private let scales: SIMD4<Float>

  @inline(__always)
  init(_ bytes: RawSpan, at start: Int, _ scale: Float) {
    func code(_ index: Int) -> Float {
      Float(Int8(bitPattern: bytes.byte(at: start &+ 2 &* index)))
    }
    scales = SIMD4(code(0), code(1), code(2), code(3)) * scale
  }

  @inline(__always)
  subscript(index: Int) -> Lanes { Lanes(repeating: scales[index]) }
}
