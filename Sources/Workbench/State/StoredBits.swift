import Model

/// Bits of the stored weights of every part of every block, looked up once.
struct StoredBits: Equatable, Sendable {
  private let bits: [Int?]
  /// The bits of most linears' weights.
  let common: Int

  /// Looks up the linears of a model.
  init(_ spec: ModelSpec) {
    common = spec.linearEncodings.first?.bits ?? spec.encoding.bits
    guard !spec.encodingExceptions.isEmpty else {
      bits = Array(
        repeating: spec.encoding.bits, count: spec.blocks.count * LayerColumn.allCases.count)
      return
    }
    bits = spec.blocks.indices.flatMap { block in
      LayerColumn.allCases.map { column in
        let found = Set(column.linears(ofBlock: block, spec).map { spec.encoding(of: $0).bits })
        return found.count == 1 ? found.first : nil
      }
    }
  }

  /// Bits of a part of a block; `nil` where its linears differ.
  subscript(_ block: Int, _ column: LayerColumn) -> Int? {
    bits[block * LayerColumn.allCases.count + column.rawValue]
  }
}
