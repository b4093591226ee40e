import Model
import Numerics
import Synchronization

/// Rotary tables, made when first needed and made longer when sequences outgrow them.
final class RotaryTables: Sendable {
  private struct Key: Hashable {
    var width: Int
    var lengthClass: Int
  }

  /// Tables kept; only a scaling whose frequencies depend on the sequence's length needs many.
  private static let limit = 64

  private let tables = Mutex<[Key: RotaryEmbedding]>([:])

  /// A table for a block's heads that reaches at least `length` positions, with the frequencies that
  /// a sequence of `length` tokens has.
  func table(_ spec: ModelSpec, _ attention: AttentionSpec, length: Int) -> RotaryEmbedding {
    let key = Key(
      width: attention.rotaryWidth, lengthClass: spec.ropeScaling.lengthClass(of: length))
    return tables.withLock { tables in
      if let table = tables[key], table.positions >= length { return table }
      var positions = 256
      while positions < length { positions *= 2 }
      let table = Self.make(spec, attention, length: length, positions: positions)
      if tables.count >= Self.limit { tables.removeAll() }
      tables[key] = table
      return table
    }
  }

  private static func make(
    _ spec: ModelSpec, _ attention: AttentionSpec, length: Int, positions: Int
  ) -> RotaryEmbedding {
    let scaling = spec.ropeScaling
    return RotaryEmbedding(
      frequencies: scaling.frequencies(
        width: attention.rotaryWidth, theta: spec.ropeTheta, length: length),
      positions: positions, magnitude: scaling.magnitude(length: length),
      pairing: attention.rotaryPairing == .neighbours ? .neighbours : .halves)
  }
}

/// The rotation of a batch's queries and keys.
struct Rotation: Sendable {
  private var tables: [RotaryEmbedding] = []
  /// `[rows]`: the table of each row; empty where one serves all.
  private var tableOfRow: [Int] = []
  private let positions: [Int]

  /// Fetches the tables for a batch.
  init(_ pass: ForwardPass, _ attention: AttentionSpec, _ layout: SequenceLayout) {
    positions = layout.positions
    let scaling = pass.spec.ropeScaling
    let lengths = zip(layout.sequences, layout.earlier).map { $0.count + $1 }
    let classes = lengths.map(scaling.lengthClass)
    guard let first = classes.first, classes.contains(where: { $0 != first }) else {
      tables = [pass.rotaryTables.table(pass.spec, attention, length: layout.longest)]
      return
    }
    for (length, rows) in zip(lengths, layout.sequences) {
      tableOfRow += Array(repeating: tables.count, count: rows.count)
      tables.append(pass.rotaryTables.table(pass.spec, attention, length: length))
    }
  }

  /// Turns the heads of a projected row of the batch, from `offset` of each head.
  func apply(
    _ projected: inout MutableSpan<Float>, row: Int, headWidth: Int, offset: Int = 0
  ) {
    let table = tables[tableOfRow.isEmpty ? 0 : tableOfRow[row]]
    table.apply(&projected, position: positions[row], headWidth: headWidth, offset: offset)
  }
}
