/// How a weight lies in the checkpoint: plain numbers, or codes with scales beside them.
public enum StoredEncoding: Hashable, Codable, Sendable {
  /// Numbers of one type.
  case elements(StoredType)
  /// GGUF's blocks, each with its own scales.
  case blocks(BlockFormat)
  /// 8-bit floats with scales beside them.
  case float8(Float8Encoding)
  /// 4-bit floats, 32 of a row to one power of two: OCP's MXFP4, as gpt-oss stores its experts.
  case mxfp4
  /// Integer codes with scales, perhaps with zero points: GPTQ, AWQ and compressed-tensors.
  case integers(IntegerEncoding)

  /// Bits of one weight's code; scales and zero points are beside them.
  public var bits: Int {
    switch self {
    case .elements(let type): 8 * type.byteCount
    case .blocks(let format): format.bits
    case .float8: 8
    case .mxfp4: 4
    case .integers(let integers): integers.bits
    }
  }

  /// The type of its numbers, where it is nothing but numbers.
  public var elementType: StoredType? {
    if case .elements(let type) = self { type } else { nil }
  }
}

extension StoredEncoding: CustomStringConvertible {
  /// `bf16`, `q4_K`, `f8`, `mxfp4` or `int4 g128`.
  public var description: String {
    switch self {
    case .elements(let type): type.rawValue.lowercased()
    case .blocks(let format): format.rawValue
    case .float8: "f8"
    case .mxfp4: "mxfp4"
    case .integers(let integers): integers.description
    }
  }
}

extension StoredEncoding {
  /// Weights of a row that share a scale in MXFP4.
  public static let mxfp4Block = 32

  /// The tensors that hold a weight of the given shape, `[out, in]` or `[experts, out, in]`, in
  /// this encoding; codes first.
  public func parts(of shape: [Int]) -> [StoredPart] {
    let outer = Array(shape.dropLast())
    let columns = shape.last ?? 1
    switch self {
    case .elements(let type):
      return [StoredPart(type, shape)]
    case .blocks(let format):
      return [StoredPart(.uint8, outer + [columns / format.length * format.byteCount])]
    case .float8(let float8): return float8.parts(of: shape)
    case .mxfp4:
      let blocks = (columns + Self.mxfp4Block - 1) / Self.mxfp4Block
      return [
        StoredPart(.codes, "_blocks", .uint8, outer + [blocks, Self.mxfp4Block / 2]),
        StoredPart(.scales, "_scales", .uint8, outer + [blocks]),
      ]
    case .integers(let integers):
      return integers.parts(rows: outer.reduce(1, *), columns: columns)
    }
  }

  /// Bytes that a weight of the given shape takes in the checkpoint's files, scales, zero points
  /// and all else included.
  public func bytes(of shape: [Int]) -> Int {
    if case .elements(let type) = self { return shape.reduce(type.byteCount, *) }
    return parts(of: shape).reduce(0) { $0 + $1.bytes }
  }
}
