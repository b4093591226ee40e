/// The largest elements of a row.
public enum TopK {
  /// Appends the indices of the `count` largest elements to `indices`, the largest first.
  ///
  /// Equal elements come in the order of their indices; `NaN` counts as smaller than everything.
  ///
  /// Complexity: O(elements · count), meant for the few experts of a token.
  public static func append(_ row: Span<Float>, count: Int, to indices: inout [Int]) {
    let start = indices.count
    let count = min(count, row.count)
    guard count > 0 else { return }
    for index in row.indices {
      let isFull = indices.count - start == count
      if isFull {
        guard isLarger(row[index], than: row[indices[indices.count - 1]]) else { continue }
        indices[indices.count - 1] = index
      } else {
        indices.append(index)
      }
      var place = indices.count - 1
      while place > start, isLarger(row[index], than: row[indices[place - 1]]) {
        indices.swapAt(place, place - 1)
        place -= 1
      }
    }
  }

  /// Indices of the `count` largest elements, in the order of `append`.
  public static func indices(of row: Span<Float>, count: Int) -> [Int] {
    var indices: [Int] = []
    append(row, count: count, to: &indices)
    return indices
  }

  private static func isLarger(_ x: Float, than y: Float) -> Bool { x > y || (y.isNaN && !x.isNaN) }
}
