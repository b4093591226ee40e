extension Choices {
  /// Refuses what cannot run.
  func validate(for spec: ModelSpec) throws(EditError) {
    var isAnythingLeft = false
    for (index, choice) in blocks.enumerated() {
      isAnythingLeft = isAnythingLeft || choice.keepsAttention || choice.keepsFeedForward
      guard choice.keepsFeedForward, let moe = spec.blocks[index].moe else { continue }
      let needed = moe.router.expertsPerToken
      guard choice.keptExperts >= needed else {
        throw .tooFewExperts(block: index, kept: choice.keptExperts, needed: needed)
      }
      try choice.validate(groupsOf: moe, block: index)
    }
    guard isAnythingLeft else { throw .everythingDropped }
  }
}

extension BlockChoices {
  /// Whichever groups a token may use, they must hold as many experts as its router picks.
  func validate(groupsOf moe: MoESpec, block: Int) throws(EditError) {
    guard let groups = moe.router.groups else { return }
    let size = moe.experts / groups.count
    let needed = groups.leastExperts(expertsPerToken: moe.router.expertsPerToken)
    for group in 0..<groups.count {
      let dropped = expertDropped[group * size..<(group + 1) * size]
      let kept = dropped.reduce(0) { $0 + ($1 ? 0 : 1) }
      guard kept >= needed else {
        throw .tooFewExpertsInGroup(
          block: block, experts: group * size...(group + 1) * size - 1, kept: kept, needed: needed)
      }
    }
  }
}
