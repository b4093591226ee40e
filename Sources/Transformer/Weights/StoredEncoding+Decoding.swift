import Model
import Numerics

extension StoredEncoding {
  /// Decodes the elements in `range` of a stored tensor's bytes; of blocks, whole ones.
  func decode(_ bytes: RawSpan, _ range: Range<Int>, into target: inout MutableSpan<Float>) {
    switch self {
    case .elements(let type):
      let size = type.byteCount
      Widening.widen(
        bytes.extracting(range.lowerBound * size..<range.upperBound * size),
        from: Widening.Source(type), into: &target)
    case .blocks(let format):
      precondition(
        range.lowerBound.isMultiple(of: format.length), "a row starts within a block")
      let start = range.lowerBound / format.length * format.byteCount
      let count = range.count / format.length * format.byteCount
      format.decode(bytes.extracting(start..<start + count), into: &target)
    case .float8, .mxfp4, .integers: preconditionFailure("not decoded yet")
    }
  }
}

extension BlockFormat {
  /// Decodes whole blocks, which may lie at any address, to as many elements as they hold.
  public func decode(_ bytes: RawSpan, into target: inout MutableSpan<Float>) {
    switch self {
    case .q8_0: GGUFBlocks.decodeQ8(bytes, into: &target)
    case .q5_0: GGUFBlocks.decodeQ5(bytes, into: &target)
    case .q5_1: GGUFBlocks.decodeQ5WithMinimum(bytes, into: &target)
    case .q4_0: GGUFBlocks.decodeQ4(bytes, into: &target)
    case .q4_1: GGUFBlocks.decodeQ4WithMinimum(bytes, into: &target)
    case .q4K: GGUFBlocks.decodeQ4K(bytes, into: &target)
    case .q5K: GGUFBlocks.decodeQ5K(bytes, into: &target)
    case .q6K: GGUFBlocks.decodeQ6K(bytes, into: &target)
    case .mxfp4: GGUFBlocks.decodeMXFP4(bytes, into: &target)
    }
  }
}
