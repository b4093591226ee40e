/// Integer codes with scales: `w = (code - zero) * scale`, scale and zero point shared by a group
/// of a row's inputs.
public struct IntegerEncoding: Hashable, Codable, Sendable {
  /// How the codes lie in the file.
  public enum Layout: String, Codable, Sendable {
    /// GPTQ: codes packed along the inputs, `[in * bits / 32, out]`; zero points less one.
    case gptq
    /// GPTQ's second version: zero points as they are.
    case gptqV2
    /// AWQ (version `gemm`): codes packed along the outputs, `[in, out * bits / 32]`, every eight
    /// in the order 0 2 4 6 1 3 5 7.
    case awq
    /// compressed-tensors `pack-quantized`: each row a stream of codes, `[out, in * bits / 32]`,
    /// the zero point in the middle where none are stored.
    case packed
    /// compressed-tensors `int-quantized`: signed bytes `[out, in]`.
    case bytes
  }

  /// How the codes lie in the file.
  public var layout: Layout
  /// Bits of a code.
  public var bits: Int
  /// Which inputs of a row share a scale.
  public var group: GroupSize
  /// Whether the zero point is the middle of the codes' range.
  public var isSymmetric: Bool
  /// Whether a tensor says which group each input belongs to (GPTQ's `g_idx`).
  public var hasInputGroups: Bool
  /// The type of the scales.
  public var scaleType: StoredType

  /// Codes of `bits` bits in such a layout.
  public init(
    layout: Layout, bits: Int, group: GroupSize, isSymmetric: Bool, hasInputGroups: Bool = false,
    scaleType: StoredType
  ) {
    self.layout = layout
    self.bits = bits
    self.group = group
    self.isSymmetric = isSymmetric
    self.hasInputGroups = hasInputGroups
    self.scaleType = scaleType
  }

  /// Groups in a row of `columns` weights; the last may be smaller.
  public func groups(columns: Int) -> Int {
    switch group {
    case .channel: 1
    case .inputs(let size): (columns + size - 1) / size
    }
  }

  /// What the scales' name ends with.
  public var scaleEnding: String {
    switch layout {
    case .gptq, .gptqV2, .awq: "scales"
    case .packed, .bytes: "weight_scale"
    }
  }

  /// What the name of the inputs' groups ends with; `nil` where the layout has none.
  public var inputGroupsEnding: String? {
    switch layout {
    case .gptq, .gptqV2: "g_idx"
    case .packed: "weight_g_idx"
    case .awq, .bytes: nil
    }
  }

  /// `int4 g128`, `int8 channel`.
  public var description: String {
    switch group {
    case .channel: "int\(bits) channel"
    case .inputs(let size): "int\(bits) g\(size)"
    }
  }

  func parts(rows: Int, columns: Int) -> [StoredPart] {
    let groups = groups(columns: columns)
    switch layout {
    case .gptq, .gptqV2:
      let parts = [
        StoredPart(.codes, "qweight", .int32, [words(columns), rows]),
        StoredPart(.scales, scaleEnding, scaleType, [groups, rows]),
        StoredPart(.zeroPoints, "qzeros", .int32, [groups, words(rows)]),
      ]
      return hasInputGroups ? parts + [StoredPart(.inputGroups, "g_idx", .int32, [columns])] : parts
    case .awq:
      return [
        StoredPart(.codes, "qweight", .int32, [columns, words(rows)]),
        StoredPart(.scales, scaleEnding, scaleType, [groups, rows]),
        StoredPart(.zeroPoints, "qzeros", .int32, [groups, words(rows)]),
      ]
    case .packed: return packedParts(rows: rows, columns: columns)
    case .bytes:
      let parts = [
        StoredPart(.int8, [rows, columns]),
        StoredPart(.scales, scaleEnding, scaleType, [rows, groups]),
      ]
      guard !isSymmetric else { return parts }
      return parts + [StoredPart(.zeroPoints, "weight_zero_point", .int8, [rows, groups])]
    }
  }

  private func packedParts(rows: Int, columns: Int) -> [StoredPart] {
    let groups = groups(columns: columns)
    var parts = [
      StoredPart(.codes, "weight_packed", .int32, [rows, words(columns)]),
      StoredPart(.scales, scaleEnding, scaleType, [rows, groups]),
      StoredPart(.shape, "weight_shape", .int64, [2]),
    ]
    if !isSymmetric {
      parts.append(StoredPart(.zeroPoints, "weight_zero_point", .int32, [words(rows), groups]))
    }
    if hasInputGroups {
      parts.append(StoredPart(.inputGroups, "weight_g_idx", .int32, [columns]))
    }
    return parts
  }

  /// 32-bit words that hold `count` codes.
  private func words(_ count: Int) -> Int { (count * bits + 31) / 32 }
}
