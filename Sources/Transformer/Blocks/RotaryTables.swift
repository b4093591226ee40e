import Numerics
import Synchronization

/// Rotary tables, made when first needed and made longer when sequences outgrow them.
final class RotaryTables: Sendable {
  private struct Key: Hashable {
    var width: Int
    var theta: Float
  }

  private let tables = Mutex<[Key: RotaryEmbedding]>([:])

  /// A table for heads of `width` that reaches at least `positions`.
  func table(width: Int, theta: Float, positions: Int) -> RotaryEmbedding {
    let key = Key(width: width, theta: theta)
    return tables.withLock { tables in
      if let table = tables[key], table.positions >= positions { return table }
      var length = 256
      while length < positions { length *= 2 }
      let table = RotaryEmbedding(width: width, positions: length, theta: theta)
      tables[key] = table
      return table
    }
  }
}
