import Numerics

/// How far apart two vectors are.
public enum ExpertDistance: String, CaseIterable, Codable, Sendable, Hashable {
  /// `1 - cos`
  case cosine
  /// `‖x - y‖`
  case euclidean

  func callAsFunction(_ x: Span<Float>, _ y: Span<Float>) -> Double {
    switch self {
    case .cosine: return 1 - Double(Numerics.cosine(x, y))
    case .euclidean:
      var sum: Double = 0
      for index in x.indices { sum += Double((x[index] - y[index]) * (x[index] - y[index])) }
      return sum.squareRoot()
    }
  }
}

/// HC-SMoE (arXiv 2410.08589): experts whose mean outputs are alike become one, by agglomerative
/// clustering with average linkage.
public struct HierarchicalClustering: Sendable {
  /// How far apart two experts' outputs are.
  public var distance: ExpertDistance

  /// Clusters by `distance`.
  public init(distance: ExpertDistance = .euclidean) { self.distance = distance }

  /// Groups experts until `count` groups are left.
  ///
  /// Of equal distances, the pair of the first experts is joined.
  ///
  /// - Parameters:
  ///   - outputs: each expert's mean un-gated output, `[experts, hidden]`
  ///   - count: groups
  /// - Throws: `expertsOutOfRange`, or `inputsNotFinite` for outputs that are not.
  /// - Returns: `count` groups.
  public func groups(
    _ outputs: Matrix, count: Int
  ) throws(CompressionProblem) -> MergeGroups {
    let experts = outputs.rows
    guard count >= 1, count <= experts else {
      throw .expertsOutOfRange(kept: count, experts: experts)
    }
    guard outputs.isFinite else { throw .inputsNotFinite }
    var groups = (0..<experts).map { [$0] }
    var distances = groups.map { row in
      groups.map { distance(outputs.row(row[0]), outputs.row($0[0])) }
    }
    while groups.count > count {
      let (first, second) = closest(distances)
      // Average linkage: the distance to a joined group is the mean over its pairs.
      let (a, b) = (Double(groups[first].count), Double(groups[second].count))
      for other in groups.indices where other != first {
        let joined = (a * distances[first][other] + b * distances[second][other]) / (a + b)
        distances[first][other] = joined
        distances[other][first] = joined
      }
      groups[first] += groups.remove(at: second)
      distances.remove(at: second)
      for row in distances.indices { distances[row].remove(at: second) }
    }
    return MergeGroups(groups)
  }

  private func closest(_ distances: [[Double]]) -> (Int, Int) {
    var (best, least) = ((0, 1), Double.infinity)
    for first in distances.indices {
      for second in first + 1..<max(distances.count, first + 1)
      where distances[first][second] < least {
        (best, least) = ((first, second), distances[first][second])
      }
    }
    return best
  }
}
