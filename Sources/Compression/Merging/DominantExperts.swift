import Numerics

/// M-SMoE (arXiv 2310.01334): the experts with the largest loads stay, and each other one joins the one
/// of them whose router row is most like its own.
public enum DominantExperts {
  /// Groups experts around the `count` with the largest loads; of equal ones the first.
  ///
  /// - Parameters:
  ///   - router: `[experts, hidden]`
  ///   - loads: each expert's share of the tokens
  ///   - count: groups
  /// - Throws: `expertsOutOfRange`, or `weightNotFinite` for a router that is not.
  /// - Returns: `count` groups.
  public static func groups(
    router: Matrix, loads: [Double], count: Int
  ) throws(CompressionProblem) -> MergeGroups {
    precondition(loads.count == router.rows, "a load for every expert")
    guard count >= 1, count <= loads.count else {
      throw .expertsOutOfRange(kept: count, experts: loads.count)
    }
    guard router.isFinite else { throw .weightNotFinite }
    let dominant = loads.indices.sorted { (loads[$0], $1) > (loads[$1], $0) }.prefix(count).sorted()
    var groups = dominant.map { [$0] }
    for expert in loads.indices where !dominant.contains(expert) {
      let similarities = dominant.map { cosine(router.row(expert), router.row($0)) }
      let nearest = similarities.indices.max {
        (similarities[$0], $1) < (similarities[$1], $0)
      }
      groups[nearest ?? 0].append(expert)
    }
    return MergeGroups(groups)
  }
}
