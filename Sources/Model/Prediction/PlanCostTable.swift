/// Tells what a plan's changes cost by kind: from a sweep where there is one, else from the profile.
struct PlanCostTable: Sendable {
  private enum Source: Sendable {
    case profile(Profile)
    case sweep([SweptBlock])
  }

  private let source: Source
  /// All tokens together, then each domain of the sweep.
  let channels: Int
  /// Domains of the sweep.
  let domains: [String]

  /// Costs by the scores of a profile, in units of their own.
  init(_ profile: Profile) {
    source = .profile(profile)
    channels = 1
    domains = []
  }

  /// Costs by what a finished sweep measured, in nats.
  init(_ found: Sensitivities, of spec: ModelSpec) {
    let channels = 1 + found.domains.count
    let probes = found.byProbe
    let sketches = Dictionary(found.sketches.map { ($0.block, $0) }) { first, _ in first }
    let together = Dictionary(
      grouping: found.entries.filter {
        if case .experts(let set) = $0.probe.change { set.count > 1 } else { false }
      }, by: \.probe.block)
    source = .sweep(
      spec.blocks.indices.map { index in
        SweptBlock(
          index, of: spec, probes, together: together[index] ?? [], sketch: sketches[index],
          channels: channels)
      })
    self.channels = channels
    domains = found.domains
  }

  /// Whether costs are nats that were measured.
  var isSwept: Bool { if case .sweep = source { true } else { false } }

  /// What the choices cost; blocks that did not change are taken from the last time.
  func costs(of choices: Choices, _ cache: inout Cache) -> PlanCosts {
    switch source {
    case .profile(let profile): return Damage(choices, profile: profile).costs
    case .sweep(let blocks):
      var sum = PlanCosts(channels: channels)
      for (index, choice) in choices.blocks.enumerated() {
        sum.add(cache.costs(index, choice) { blocks[index].costs(choice) })
      }
      return sum
    }
  }

  /// Costs of the blocks as they were asked for last.
  struct Cache: Sendable {
    private var blocks: [(choice: BlockChoices, costs: PlanCosts)?] = []

    mutating func costs(
      _ index: Int, _ choice: BlockChoices, make: () -> PlanCosts
    ) -> PlanCosts {
      while blocks.count <= index { blocks.append(nil) }
      if let known = blocks[index], known.choice == choice { return known.costs }
      let made = make()
      blocks[index] = (choice, made)
      return made
    }
  }
}
