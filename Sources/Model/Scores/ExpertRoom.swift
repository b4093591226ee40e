/// How many experts of a MoE layer can still be dropped: the router must find as many as it picks,
/// in whichever groups it looks.
public struct ExpertRoom: Sendable {
  private var kept: Int
  private let least: Int
  private var keptInGroup: [Int]
  private let leastInGroup: Int
  private let groupSize: Int

  /// The room in a layer that keeps at least `floor` experts and at least what its router needs.
  ///
  /// - Parameters:
  ///   - moe: the layer
  ///   - dropped: what is dropped already, by expert; `nil` for nothing
  ///   - floor: experts it must keep, whatever its router needs
  public init(_ moe: MoESpec, dropped: [Bool]? = nil, floor: Int = 0) {
    let dropped = dropped ?? Array(repeating: false, count: moe.experts)
    let needed = moe.router.expertsPerToken
    let groups = moe.router.groups
    let size = moe.experts / (groups?.count ?? 1)
    groupSize = size
    kept = dropped.count { !$0 }
    least = max(floor, needed)
    leastInGroup = groups?.leastExperts(expertsPerToken: needed) ?? 0
    keptInGroup = (0..<(groups?.count ?? 1)).map { group in
      dropped[group * size..<(group + 1) * size].count { !$0 }
    }
  }

  /// Experts that can still be dropped, whichever they are.
  public var most: Int {
    let inGroups = keptInGroup.reduce(0) { $0 + max(0, $1 - leastInGroup) }
    return max(0, min(inGroups, kept - least))
  }

  /// Experts that are still there.
  public var keptExperts: Int { kept }

  /// Whether an expert that is still there can go.
  public func canDrop(_ expert: Int) -> Bool {
    kept > least && keptInGroup[expert / groupSize] > leastInGroup
  }

  /// Drops an expert that is still there; `false`, and nothing changes, where that cannot be.
  public mutating func drop(_ expert: Int) -> Bool {
    guard canDrop(expert) else { return false }
    kept -= 1
    keptInGroup[expert / groupSize] -= 1
    return true
  }
}
