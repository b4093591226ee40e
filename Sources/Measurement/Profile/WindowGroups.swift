/// Windows dealt into groups, each of windows of one domain: what the bootstrap draws.
///
/// A window's group depends on its place in its domain alone, not on how windows are batched.
struct WindowGroups: Hashable, Sendable {
  /// The groups of each domain.
  let ofDomains: [Range<Int>]

  /// Groups that are enough for an interval and few enough to sum for every expert.
  static let most = 64

  /// Deals `windows[domain]` windows of each domain: one a group while they are few.
  init(windows: [Int]) {
    let share = max(2, Self.most / max(1, windows.count))
    var start = 0
    ofDomains = windows.map { count in
      defer { start += min(count, share) }
      return start..<start + min(count, share)
    }
  }

  init(_ windows: TokenWindows) { self.init(windows: windows.domains.map(\.windows.count)) }

  /// Groups of all domains.
  var count: Int { ofDomains.last?.upperBound ?? 0 }

  /// The group of a window.
  func group(of item: TokenWindows.Item) -> Int {
    let groups = ofDomains[item.domain]
    return groups.lowerBound + item.window % groups.count
  }
}
