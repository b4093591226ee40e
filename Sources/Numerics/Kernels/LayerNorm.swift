/// `weight · (x - mean(x)) / √(variance(x) + epsilon) + bias`, as torch computes it in float32.
public enum LayerNorm {
  /// Norms every row of `x` `[rows, width]` into `result`; `weight` and `bias` are `[1, width]`.
  public static func apply(
    _ x: Matrix, weight: Matrix, bias: Matrix, epsilon: Float, into result: Matrix
  ) {
    precondition(x.rows == result.rows && weight.rows == 1 && bias.rows == 1, "shapes do not fit")
    for index in 0..<x.rows {
      var target = result.mutableRow(index)
      apply(x.row(index), weight: weight.row(0), bias: bias.row(0), epsilon, into: &target)
    }
  }

  private static func apply(
    _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>, _ epsilon: Float,
    into result: inout MutableSpan<Float>
  ) {
    precondition(
      weight.count == x.count && bias.count == x.count && result.count == x.count, "widths differ")
    let width = Float(max(x.count, 1))
    let mean = sum(x) / width
    let whole = x.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) {
      result.setLanes(x.lanes(at: index) - mean, at: index)
    }
    for index in whole..<x.count { result[index] = x[index] - mean }
    let scale = 1 / (dot(result.span, result.span) / width + epsilon).squareRoot()
    for index in stride(from: 0, to: whole, by: laneCount) {
      let centred = result.lanes(at: index)
      result.setLanes(centred * scale * weight.lanes(at: index) + bias.lanes(at: index), at: index)
    }
    for index in whole..<x.count {
      result[index] = result[index] * scale * weight[index] + bias[index]
    }
  }

  private static func sum(_ x: Span<Float>) -> Float {
    var lanes = Lanes.zero
    let whole = x.wholeLanes
    for index in stride(from: 0, to: whole, by: laneCount) { lanes += x.lanes(at: index) }
    var sum = lanes.sum()
    for index in whole..<x.count { sum += x[index] }
    return sum
  }
}
