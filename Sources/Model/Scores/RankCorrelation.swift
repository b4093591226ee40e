/// How alike two orders are.
public enum RankCorrelation {
  /// Spearman's rank correlation: Pearson's of the ranks, equal values at their mean rank; 0 where one
  /// side does not vary.
  public static func spearman(_ left: [Double], _ right: [Double]) -> Double {
    precondition(left.count == right.count, "both sides have one value for each thing")
    let (left, right) = (ranks(left), ranks(right))
    let mean = Double(left.count - 1) / 2
    var (product, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
    for (one, other) in zip(left, right) {
      product += (one - mean) * (other - mean)
      leftSquares += (one - mean) * (one - mean)
      rightSquares += (other - mean) * (other - mean)
    }
    let scale = (leftSquares * rightSquares).squareRoot()
    return scale > 0 ? product / scale : 0
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = Array(repeating: 0.0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 }
      start = end + 1
    }
    return ranks
  }
}
