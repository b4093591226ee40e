extension RoundingGrid {
  /// Writes what the codes of a group stand for, at the same indices.
  public func decode(
    _ codes: Span<UInt8>, in group: Range<Int>, into weights: inout MutableSpan<Float>
  ) {
    var index = group.lowerBound
    while index &+ laneCount <= group.upperBound {
      weights.setLanes((Lanes(bytes: codes.lanes(at: index)) - zero) * scale, at: index)
      index &+= laneCount
    }
    for place in index..<group.upperBound {
      weights[place] = (Float(codes[place]) - zero) * scale
    }
  }
}

/// Codes of 1 to 8 bits, one after another from the lowest bit of each byte up, without gaps.
public enum PackedCodes {
  /// Bytes that `count` codes take.
  public static func bytes(count: Int, bits: Int) -> Int { (count * bits + 7) / 8 }

  /// Packs codes below `2^bits`, the last byte filled up with zeros.
  public static func pack(_ codes: Span<UInt8>, bits: Int) -> [UInt8] {
    precondition((1...8).contains(bits), "a code has 1 to 8 bits")
    var packed = [UInt8](repeating: 0, count: bytes(count: codes.count, bits: bits))
    var target = packed.mutableSpan
    var (word, filled, place): (UInt32, Int, Int) = (0, 0, 0)
    for index in codes.indices {
      word |= UInt32(codes[index]) << UInt32(filled)
      filled += bits
      if filled >= 8 {
        target[place] = UInt8(truncatingIfNeeded: word)
        word >>= 8
        filled -= 8
        place += 1
      }
    }
    if filled > 0 { target[place] = UInt8(truncatingIfNeeded: word) }
    return packed
  }

  /// Unpacks as many codes as `codes` holds.
  public static func unpack(
    _ packed: Span<UInt8>, bits: Int, into codes: inout MutableSpan<UInt8>
  ) {
    precondition(
      (1...8).contains(bits) && packed.count >= bytes(count: codes.count, bits: bits),
      "the bytes do not hold the codes")
    let mask = (UInt64(1) << UInt64(bits)) - 1
    // Eight codes fill `bits` whole bytes.
    let whole = codes.count & ~7
    var place = 0
    for index in stride(from: 0, to: whole, by: 8) {
      var word: UInt64 = 0
      for byte in 0..<bits { word |= UInt64(packed[place &+ byte]) << UInt64(8 &* byte) }
      for code in 0..<8 {
        codes[index &+ code] = UInt8(truncatingIfNeeded: (word >> UInt64(bits &* code)) & mask)
      }
      place &+= bits
    }
    for index in whole..<codes.count {
      let bit = index * bits
      var word = UInt32(packed[bit / 8])
      if bit / 8 + 1 < packed.count { word |= UInt32(packed[bit / 8 + 1]) << 8 }
      codes[index] = UInt8(truncatingIfNeeded: (word >> UInt32(bit % 8)) & UInt32(mask))
    }
  }
}
