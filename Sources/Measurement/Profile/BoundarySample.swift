import Model
import Numerics

/// The residual stream at every boundary between blocks, for a sample of the tokens, and how similar
/// any two of them are.
///
/// Rows are kept until the batch they belong to has gone through the model. Which tokens are taken
/// depends on their place among all tokens alone, not on how they are batched.
struct BoundarySample: Sendable {
  /// Tokens that are enough for a mean.
  static let mostTokens = 1024
  /// Bytes that rows may take.
  static let mostBytes = 64 << 20

  /// Sums over tokens, to go on from.
  struct Sums: Hashable, Codable, Sendable {
    /// Tokens of batches that went through the whole model.
    var tokens = 0
    /// `cosines[l][m - l - 1]`: Σ over tokens of `cos(x_l, x_m)`.
    var cosines: [[Double]]

    /// Nothing summed yet for a model of `blocks` blocks.
    init(blocks: Int) {
      cosines = (0..<blocks).map { Array(repeating: 0, count: blocks - $0) }
    }
  }

  var sums: Sums
  private let blocks: Int
  private let allTokens: Int
  private let sampledTokens: Int
  /// Rows of the batch that are taken.
  private var rows: [Int] = []
  /// The taken rows at the boundaries so far, each of length 1, `[taken, hidden]`.
  private(set) var kept: [Matrix] = []

  /// A sample of a pass of `tokens` tokens.
  init(_ spec: ModelSpec, tokens: Int) {
    blocks = spec.blocks.count
    let bytes = (blocks + 1) * spec.hidden * MemoryLayout<Float>.stride
    allTokens = max(1, tokens)
    sampledTokens = min(tokens, Self.mostTokens, max(1, Self.mostBytes / bytes))
    sums = Sums(blocks: blocks)
  }

  /// Begins a batch that holds the given tokens, counted through all batches.
  mutating func begin(_ tokens: Range<Int>) {
    // Evenly spread: the tokens at which `index * sampled / all` steps up.
    rows = (0..<tokens.count).filter { row in
      let index = tokens.lowerBound + row
      return (index + 1) * sampledTokens / allTokens > index * sampledTokens / allTokens
    }
    kept = []
  }

  /// Goes on with a batch of which some boundaries are known, one after the other.
  mutating func resume(_ parts: [Matrix]) {
    let count = rows.count
    guard count > 0 else { return }
    kept = parts.flatMap { part in
      (0..<part.rows / count).map { part.rows($0 * count..<($0 + 1) * count) }
    }
  }

  /// Rows that a resumed batch must bring for `boundaries` boundaries.
  func keptRows(boundaries: Int) -> Int { rows.count * boundaries }

  /// Takes the residual stream at the next boundary, `[tokens of the batch, hidden]`.
  mutating func add(_ hidden: Matrix, workers: Workers) {
    guard !rows.isEmpty else { return }
    let own = Matrix(uninitialized: rows.count, hidden.columns)
    own.gather(rows[...], from: hidden)
    for row in 0..<own.rows {
      let length = norm(own.row(row))
      if length > 0 { own.rows(row..<row + 1).scale(by: 1 / length) }
    }
    let (earlier, known, boundary) = (kept, sums.cosines, kept.count)
    let added = workers.map(boundary) { start in
      var sum = known[start][boundary - start - 1]
      let before = earlier[start]
      for row in 0..<own.rows { sum += Double(dot(before.row(row), own.row(row))) }
      return sum
    }
    for (start, sum) in added.enumerated() { sums.cosines[start][boundary - start - 1] = sum }
    kept.append(own)
    if boundary == blocks {
      sums.tokens += rows.count
      kept = []
    }
  }

  /// What the sums come to.
  var importances: WindowImportances {
    WindowImportances(
      tokens: sums.tokens,
      importances: sums.cosines.map { row in
        row.map { 1 - $0 / Double(max(1, sums.tokens)) }
      })
  }
}
