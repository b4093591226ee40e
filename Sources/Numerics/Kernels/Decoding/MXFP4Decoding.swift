/// Decoding of MXFP4 ("OCP Microscaling Formats", version 1.0): 32 floats of 4 bits (E2M1) share a
/// power of two (E8M0).
public enum MXFP4Decoding {
  /// Weights that share a scale.
  public static let block = 32

  /// Decodes one row.
  ///
  /// - Parameters:
  ///   - row: its index.
  ///   - codes: all codes, `[rows, columns / 32, 16]`; the lower half of a byte first.
  ///   - scales: all exponents, biased by 127, `[rows, columns / 32]`.
  ///   - result: `[columns]`, a multiple of 32.
  public static func decode(
    row: Int, codes: RawSpan, scales: RawSpan, into result: inout MutableSpan<Float>
  ) {
    let blocks = result.count / block
    precondition(result.count == blocks * block, "a row is whole blocks")
    for index in 0..<blocks {
      let place = row * blocks + index
      // Bounds-checked; every byte is an integer.
      let scale = power(unsafe scales.unsafeLoad(fromByteOffset: place, as: UInt8.self))
      let byte = place * (block / 2)
      result.setLanes(values(codes.nibbles(at: byte)) * scale, at: index * block)
      result.setLanes(values(codes.nibbles(at: byte + 8)) * scale, at: index * block + laneCount)
    }
  }

  /// What E2M1 codes stand for: 0, ½, 1, 1½, 2, 3, 4, 6 and their negatives.
  @inline(__always)
  static func values(_ codes: CodeLanes) -> Lanes {
    let magnitude = codes & CodeLanes(repeating: 7)
    let sign = (codes & CodeLanes(repeating: 8)) &<< 28
    let normal = Lanes(bits: magnitude &<< 22 &+ CodeLanes(repeating: 126 << 23))
    let subnormal = normal * 2 - 1
    let value = normal.replacing(with: subnormal, where: magnitude .< CodeLanes(repeating: 2))
    return Lanes(bits: value.bits | sign)
  }

  /// What an E8M0 code stands for; 255 is not a number.
  static func power(_ code: UInt8) -> Float {
    switch code {
    case 0: 0x1p-127
    case 255: .nan
    default: Float(bitPattern: UInt32(code) << 23)
    }
  }
}
