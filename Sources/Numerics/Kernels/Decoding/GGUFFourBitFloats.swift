extension GGUFBlocks {
  /// MXFP4, 17 bytes for 32 elements: a power of two, then 16 bytes of four-bit floats (sign, two
  /// bits of exponent, one of mantissa), the first half of the elements in the low nibbles.
  ///
  /// The Open Compute Project's format, in an order of elements of ggml's own.
  public static func decodeMXFP4(_ bytes: RawSpan, into result: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes, result, bytes: 17, elements: 32) {
      let start = block &* 17
      let scale = Lanes(repeating: MXFP4Decoding.power(bytes.byte(at: start)))
      let codes = bytes.sixteenBytes(at: start &+ 1)
      let (low, high) = (codes & 15, codes &>> 4)
      result.setLanes(
        MXFP4Decoding.values(CodeLanes(truncatingIfNeeded: low)) * scale, at: block &* 32)
      result.setLanes(
        MXFP4Decoding.values(CodeLanes(truncatingIfNeeded: high)) * scale,
        at: block &* 32 &+ 16)
    }
  }
}
