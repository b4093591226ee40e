import Model

/// A rule that picks experts on the map, and what it picks.
struct Filter: Equatable, Sendable {
  let rule: Rule
  /// Experts for which the rule holds.
  let count: Int
  private let width: Int
  private let matches: [Bool]

  /// Finds the experts for which a rule holds.
  ///
  /// - Throws: `EditError` when the rule needs a profile and there is none.
  init(_ rule: Rule, _ spec: ModelSpec, _ profile: Profile?) throws(EditError) {
    self.rule = rule
    width = spec.maximumExperts
    var matches = [Bool](repeating: false, count: spec.blocks.count * width)
    var count = 0
    for range in try Self.ranges(rule, spec, profile) {
      for expert in range.experts ?? 0...max(0, spec.blocks[range.block].expertCount - 1) {
        matches[range.block * width + expert] = true
        count += 1
      }
    }
    self.matches = matches
    self.count = count
  }

  /// The experts a rule selects in an edit; none is not an error here.
  private static func ranges(
    _ rule: Rule, _ spec: ModelSpec, _ profile: Profile?
  ) throws(EditError) -> [ExpertRange] {
    do throws(EditError) {
      let edit = try Edit(.drop, .experts, .rule(rule)).resolved(for: spec, profile: profile)
      guard case .experts(let ranges) = edit.selection else { return [] }
      return ranges
    } catch {
      guard case .selectsNothing = error else { throw error }
      return []
    }
  }

  func contains(_ id: ExpertID) -> Bool { matches[id.block * width + id.expert] }

  /// The next match in reading order after `id`, around the end; or the one before.
  func next(after id: ExpertID, forward: Bool) -> ExpertID? {
    let total = matches.count
    let start = id.block * width + id.expert
    for step in 1...max(1, total) {
      let index = ((start + (forward ? step : -step)) % total + total) % total
      if matches[index] { return ExpertID(block: index / width, expert: index % width) }
    }
    return nil
  }
}
