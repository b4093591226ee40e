/// How many elements are 0.
public func countZeros(_ x: Span<Float>) -> Int {
  var count = 0
  for index in x.indices where x[index] == 0 { count &+= 1 }
  return count
}

/// Zeroing the elements whose scores are smallest.
public enum Pruning {
  /// Zeroes the elements with the `count` smallest scores; of equal scores the first go.
  ///
  /// - Parameters:
  ///   - count: at least 1
  ///   - weights: changed in place
  ///   - scores: not negative, as many as weights
  public static func zeroSmallest(
    _ count: Int, of weights: inout MutableSpan<Float>, scores: Span<Float>
  ) {
    let smallest = SmallestElements(count: count, of: scores)
    var equal = smallest.equal
    zero(&weights, scores: scores, upTo: smallest.threshold, equal: &equal)
  }

  /// Zeroes the elements with scores below `threshold`, and the first `equal` of those at it, which it
  /// counts down.
  public static func zero(
    _ weights: inout MutableSpan<Float>, scores: Span<Float>, upTo threshold: Float,
    equal: inout Int
  ) {
    precondition(scores.count == weights.count, "lengths differ")
    for index in scores.indices {
      if scores[index] < threshold {
        weights[index] = 0
      } else if scores[index] == threshold, equal > 0 {
        weights[index] = 0
        equal -= 1
      }
    }
  }

  /// Zeroes, in every `size` consecutive elements, those with the smallest scores until `kept` are
  /// left; of equal scores the first go.
  ///
  /// - Precondition: `size` divides the length and is at most 64.
  public static func zeroSmallest(
    keeping kept: Int, of size: Int, _ weights: inout MutableSpan<Float>, scores: Span<Float>
  ) {
    precondition(
      scores.count == weights.count && scores.count.isMultiple(of: size) && size <= 64,
      "lengths do not fit")
    for start in stride(from: 0, to: scores.count, by: size) {
      var gone: UInt64 = 0
      for _ in 0..<size - kept {
        var (least, smallest): (Float, Int) = (.infinity, -1)
        for place in 0..<size where gone >> UInt64(place) & 1 == 0 {
          if scores[start + place] < least || smallest < 0 {
            least = scores[start + place]
            smallest = place
          }
        }
        gone |= 1 << UInt64(smallest)
        weights[start + smallest] = 0
      }
    }
  }
}
