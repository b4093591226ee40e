/// `weight · x / √(mean(x²) + epsilon)`, as torch computes it in float32.
public enum RootMeanSquareNorm {
  /// Norms one vector: `x`, `weight` and `result` are `[width]`.
  public static func apply(
    _ x: Span<Float>, weight: Span<Float>, epsilon: Float, into result: inout MutableSpan<Float>
  ) {
    precondition(weight.count == x.count && result.count == x.count, "widths differ")
    let scale = factor(squares: dot(x, x), width: x.count, epsilon)
    let whole = x.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      result.setLanes(x.lanes(at: index) * scale * weight.lanes(at: index), at: index)
    }
    for index in whole..<x.count { result[index] = x[index] * scale * weight[index] }
  }

  /// Norms one vector `[width]` in place.
  public static func apply(
    inPlace x: inout MutableSpan<Float>, weight: Span<Float>, epsilon: Float
  ) {
    precondition(weight.count == x.count, "widths differ")
    let scale = factor(squares: dot(x.span, x.span), width: x.count, epsilon)
    let whole = x.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      x.setLanes(x.lanes(at: index) * scale * weight.lanes(at: index), at: index)
    }
    for index in whole..<x.count { x[index] = x[index] * scale * weight[index] }
  }

  /// Norms every row of `x` `[rows, width]` into `result`; `weight` is `[1, width]`.
  public static func apply(_ x: Matrix, weight: Matrix, epsilon: Float, into result: Matrix) {
    precondition(x.rows == result.rows && weight.rows == 1, "shapes do not fit")
    for index in 0..<x.rows {
      var target = result.mutableRow(index)
      apply(x.row(index), weight: weight.row(0), epsilon: epsilon, into: &target)
    }
  }

  private static func factor(squares: Float, width: Int, _ epsilon: Float) -> Float {
    1 / (squares / Float(max(width, 1)) + epsilon).squareRoot()
  }
}
