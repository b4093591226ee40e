/// Which experts of a layer become one.
public struct MergeGroups: Hashable, Sendable {
  /// The experts of each group, in ascending order; the groups in the order of their first experts.
  public let groups: [[Int]]

  /// Groups that hold each of the experts `0..<n` once.
  public init(_ groups: [[Int]]) {
    self.groups = groups.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  /// Experts that go in.
  public var experts: Int { groups.reduce(0) { $0 + $1.count } }

  /// The group of each expert.
  public var groupOfExpert: [Int] {
    var result = [Int](repeating: 0, count: experts)
    for (group, members) in groups.enumerated() {
      for expert in members { result[expert] = group }
    }
    return result
  }
}
