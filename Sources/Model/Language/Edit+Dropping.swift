extension Edit {
  /// The fewest edits that drop the given parts: one for each kind of them.
  public static func dropping(_ steps: [TrimStep]) -> [Edit] {
    var experts: [ExpertID] = []
    var parts: [Subject: [Int]] = [:]
    for step in steps {
      switch step.unit {
      case .expert(let id): experts.append(id)
      case .moe(let block): parts[.moe, default: []].append(block)
      case .attention(let block): parts[.attention, default: []].append(block)
      case .block(let block): parts[.block, default: []].append(block)
      }
    }
    var edits: [Edit] = []
    if !experts.isEmpty {
      edits.append(Edit(.drop, .experts, .experts(ExpertRange.compact(experts))))
    }
    for subject in [Subject.moe, .attention, .block] {
      guard let blocks = parts[subject] else { continue }
      edits.append(Edit(.drop, subject, .blocks(blocks.sorted().map { $0...$0 })))
    }
    return edits
  }
}
