import Model
import Numerics

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
