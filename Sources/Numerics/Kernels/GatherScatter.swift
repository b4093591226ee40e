extension Matrix {
  /// Copies the given rows of `source` to the rows of `self`, in that order.
  public func gather(_ indices: ArraySlice<Int>, from source: Matrix) {
    precondition(indices.count == rows && source.columns == columns, "shapes do not fit")
    withExtendedLifetime((self, source)) {
      for (target, index) in indices.enumerated() {
        precondition(index >= 0 && index < source.rows, "row out of range")
        // Both rows are in range (checked above) and hold `columns` elements.
        unsafe (base + target * stride).update(
          from: source.base + index * source.stride, count: columns)
      }
    }
  }

  /// Copies row `sources[i]` of `source` to row `targets[i]` of `self`.
  public func setRows(_ targets: [Int], to sources: [Int], of source: Matrix) {
    precondition(
      targets.count == sources.count && source.columns == columns, "shapes do not fit")
    withExtendedLifetime((self, source)) {
      for (target, index) in zip(targets, sources) {
        precondition(
          target >= 0 && target < rows && index >= 0 && index < source.rows, "row out of range")
        // Both rows are in range (checked above) and hold `columns` elements.
        unsafe (base + target * stride).update(
          from: source.base + index * source.stride, count: columns)
      }
    }
  }

  /// Adds row `i` of `source`, times `weights[i]`, to row `indices[i]` of `self`, in the order of `i`.
  public func scatterAdd(
    _ source: Matrix, weights: ArraySlice<Float>, to indices: ArraySlice<Int>
  ) {
    precondition(
      indices.count == source.rows && weights.count == source.rows && source.columns == columns,
      "shapes do not fit")
    for (row, (index, weight)) in zip(indices, weights).enumerated() {
      var sum = mutableRow(index)
      Numerics.add(source.row(row), weight: weight, to: &sum)
    }
  }

  /// Adds a matrix of the same shape.
  public func add(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "shapes differ")
    for index in 0..<rows {
      var sum = mutableRow(index)
      Numerics.add(other.row(index), to: &sum)
    }
  }

  /// Adds a vector `[1, columns]` to every row.
  public func addToRows(_ vector: Matrix) {
    precondition(vector.rows == 1 && vector.columns == columns, "shapes do not fit")
    for index in 0..<rows {
      var sum = mutableRow(index)
      Numerics.add(vector.row(0), to: &sum)
    }
  }

  /// Multiplies every element.
  public func scale(by factor: Float) {
    for index in 0..<rows {
      var row = mutableRow(index)
      Softmax.scale(&row, by: factor)
    }
  }
}
