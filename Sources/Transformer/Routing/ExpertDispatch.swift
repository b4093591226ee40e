/// A routing turned round: the tokens of each expert.
struct ExpertDispatch: Sendable {
  /// The rows of `tokens` and `weights` that belong to each expert; empty for unused ones and for
  /// those that another one stands for.
  let ranges: [Range<Int>]
  /// Token rows, grouped by expert, ascending within one; twice where a token chose two experts
  /// that share weights.
  let tokens: [Int]
  /// The weight of each, as the model mixes it.
  let weights: [Float]

  /// Turns a routing round; `standIn[expert]` answers for an expert.
  init(_ routing: Routing, standIn: [Int]) {
    var counts = Array(repeating: 0, count: standIn.count)
    for expert in routing.experts { counts[standIn[expert]] += 1 }
    var starts: [Int] = []
    var total = 0
    for count in counts {
      starts.append(total)
      total += count
    }
    ranges = zip(starts, counts).map { $0..<$0 + $1 }
    var tokens = Array(repeating: 0, count: total)
    var weights = Array(repeating: Float(0), count: total)
    for (pair, chosen) in routing.experts.enumerated() {
      let expert = standIn[chosen]
      tokens[starts[expert]] = pair / routing.slots
      weights[starts[expert]] = routing.weights[pair]
      starts[expert] += 1
    }
    self.tokens = tokens
    self.weights = weights
  }

  /// Entries of `range`, one expert's, whose tokens lie in `rows`; O(log n).
  func entries(in range: Range<Int>, ofTokens rows: Range<Int>) -> Range<Int> {
    let start = firstEntry(in: range, notBelow: rows.lowerBound)
    return start..<firstEntry(in: start..<range.upperBound, notBelow: rows.upperBound)
  }

  private func firstEntry(in range: Range<Int>, notBelow token: Int) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if tokens[middle] < token { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
