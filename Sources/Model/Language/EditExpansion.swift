/// One resolved change of a plan.
public enum Change: Hashable, Sendable {
  case dropped(Unit, Bool)
  case precision(LinearID, Precision)
  case sparsity(LinearID, Sparsity?)
  case neurons(NetworkID, NeuronChoice?)
  case merged(block: Int, ExpertMerge)
  case split(ExpertID)
  case calibration(CalibrationOrder)
}

extension Edit {
  /// The edit with its rule replaced by what the rule selects now; itself where there is no rule.
  ///
  /// - Throws: `EditError` when the rule needs a profile that is missing, or selects nothing.
  public func resolved(
    for spec: ModelSpec, profile: Profile?
  ) throws(EditError) -> Edit {
    guard case .rule(let rule) = selection else { return self }
    if profile == nil, let field = rule.scoredFields.first {
      throw .needsProfile(field: field.rawValue)
    }
    var edit = self
    if subject.addressing == .experts {
      let ids = spec.experts.filter { rule.holds(for: $0, in: spec, profile: profile) }
      guard !ids.isEmpty else { throw .selectsNothing(rule: "\(rule)") }
      edit.selection = .experts(ExpertRange.compact(ids))
    } else {
      let blocks = spec.blocks.indices.filter {
        subject.exists(inBlock: $0, of: spec)
          && rule.holds(for: subject, block: $0, in: spec, profile: profile)
      }
      guard !blocks.isEmpty else { throw .selectsNothing(rule: "\(rule)") }
      edit.selection = .blocks(blocks.map { $0...$0 })
    }
    return edit
  }

  /// The changes it stands for.
  ///
  /// - Throws: `EditError` when it names something the model does not have.
  func changes(
    to choices: Choices, of spec: ModelSpec
  ) throws(EditError) -> [Change] {
    switch action {
    case .drop: return try units(in: spec).map { .dropped($0, true) }
    case .keep: return try units(in: spec).map { .dropped($0, false) }
    case .bits(let request):
      var changes: [Change] = []
      for linear in try linears(in: spec) {
        let columns = choices.columns(of: linear, in: spec)
        changes.append(.precision(linear, request.precision(columns: columns)))
      }
      return changes
    case .sparsify(let sparsity): return try linears(in: spec).map { .sparsity($0, sparsity) }
    case .neurons(let request): return try neurons(request, in: spec)
    case .merge(let method):
      return Dictionary(grouping: try experts(in: spec), by: \.block)
        .sorted { $0.key < $1.key }
        .map { .merged(block: $0.key, ExpertMerge($0.value.map(\.expert), method)) }
    case .split: return try experts(in: spec).map { .split($0) }
    case .calibrate(let order): return [.calibration(order)]
    }
  }

  private func neurons(
    _ request: NeuronRequest, in spec: ModelSpec
  ) throws(EditError) -> [Change] {
    var changes: [Change] = []
    for network in try networks(in: spec) {
      let width = spec.width(of: network)
      let kept = request.amount.kept(of: width)
      guard (1...width).contains(kept) else {
        throw .neurons(network: "\(network)", kept: kept, width: width)
      }
      let slimming = NeuronChoice(kept: kept, of: width, refit: request.refit)
      changes.append(.neurons(network, kept == width ? nil : slimming))
    }
    return changes
  }

  private func networks(in spec: ModelSpec) throws(EditError) -> [NetworkID] {
    switch subject {
    case .shared: return try blocks(in: spec).map { .shared(block: $0) }
    case .dense: return try blocks(in: spec).map { .dense(block: $0) }
    default: return try experts(in: spec).map { .expert($0) }
    }
  }

  private func units(in spec: ModelSpec) throws(EditError) -> [Unit] {
    switch subject {
    case .experts: return try experts(in: spec).map { .expert($0) }
    case .moe: return try blocks(in: spec).map { .moe(block: $0) }
    case .attention: return try blocks(in: spec).map { .attention(block: $0) }
    case .block: return try blocks(in: spec).map { .block($0) }
    case .all:
      return spec.experts.map { .expert($0) }
        + spec.blocks.indices.flatMap {
          [.moe(block: $0), .attention(block: $0), .block($0)] as [Unit]
        }
    default: return []
    }
  }

  private func linears(in spec: ModelSpec) throws(EditError) -> [LinearID] {
    switch subject {
    case .all: return spec.blocks.indices.flatMap { spec.linears(ofBlock: $0) }
    case .block: return try blocks(in: spec).flatMap { spec.linears(ofBlock: $0) }
    case .attention, .query, .key, .value, .output, .queryDown, .queryUp, .keyValueDown,
      .keyValueUp:
      return try attention(in: spec)
    case .experts: return try experts(FeedForwardLinear.allCases, in: spec)
    case .gate: return try experts([.gate], in: spec)
    case .up: return try experts([.up], in: spec)
    case .down: return try experts([.down], in: spec)
    case .shared:
      return try blocks(in: spec).flatMap { block in
        FeedForwardLinear.allCases.map { .shared(block: block, $0) }
      }
    case .dense:
      return try blocks(in: spec).flatMap { block in
        FeedForwardLinear.allCases.map { .dense(block: block, $0) }
      }
    case .linear:
      guard case .linears(let ids) = selection else { return [] }
      for id in ids where !spec.has(id) {
        throw .unknown(address: "linear \(id)", exists: spec.summary)
      }
      return ids
    case .moe: return []
    }
  }

  /// The attention projections it names: one kind of them, or all.
  private func attention(in spec: ModelSpec) throws(EditError) -> [LinearID] {
    let blocks = try blocks(in: spec)
    guard !blocks.isEmpty else {
      throw .unknown(address: subject.rawValue, exists: spec.attentionSummary(ofBlock: 0))
    }
    let one = AttentionLinear(rawValue: subject.rawValue)
    return blocks.flatMap { block -> [LinearID] in
      let linears = one.map { [$0] } ?? spec.blocks[block].attention.linears
      return linears.map { .attention(block: block, $0) }
    }
  }

  private func experts(
    _ kinds: [FeedForwardLinear], in spec: ModelSpec
  ) throws(EditError) -> [LinearID] {
    try experts(in: spec).flatMap { id in kinds.map { .expert(id, $0) } }
  }

  private func experts(in spec: ModelSpec) throws(EditError) -> [ExpertID] {
    guard case .experts(let ranges) = selection else { return spec.experts }
    var ids: [ExpertID] = []
    for range in ranges {
      guard spec.blocks.indices.contains(range.block) else {
        throw .unknown(address: "block \(range.block)", exists: spec.summary)
      }
      let count = spec.blocks[range.block].expertCount
      let experts = range.experts ?? 0...max(0, count - 1)
      guard experts.upperBound < count else {
        throw .unknown(
          address: "expert \(range.block).\(experts.upperBound)",
          exists: count == 0
            ? "block \(range.block) has no experts" : "block \(range.block) has 0..\(count - 1)")
      }
      ids += experts.map { ExpertID(block: range.block, expert: $0) }
    }
    return ids
  }

  private func blocks(in spec: ModelSpec) throws(EditError) -> [Int] {
    guard case .blocks(let ranges) = selection else {
      return spec.blocks.indices.filter { subject.exists(inBlock: $0, of: spec) }
    }
    var blocks: [Int] = []
    for range in ranges {
      guard range.upperBound < spec.blocks.count else {
        throw .unknown(address: "block \(range.upperBound)", exists: spec.summary)
      }
      for block in range where !subject.exists(inBlock: block, of: spec) {
        let isAttention = AttentionLinear(rawValue: subject.rawValue) != nil
        throw .unknown(
          address: "\(subject.rawValue) in block \(block)",
          exists: isAttention
            ? spec.attentionSummary(ofBlock: block)
            : "its feed-forward half is \(spec.blocks[block].moe == nil ? "dense" : "MoE")")
      }
      blocks += range
    }
    return blocks
  }
}

extension Subject {
  /// Whether a block has such a thing.
  func exists(inBlock block: Int, of spec: ModelSpec) -> Bool {
    switch self {
    case .moe: spec.blocks[block].moe != nil
    case .shared: spec.blocks[block].moe?.shared != nil
    case .dense: spec.blocks[block].moe == nil
    default:
      AttentionLinear(rawValue: rawValue).map(spec.blocks[block].attention.linears.contains) ?? true
    }
  }
}

extension Rule {
  /// Whether the rule holds for an expert.
  public func holds(for id: ExpertID, in spec: ModelSpec, profile: Profile?) -> Bool {
    let expert = profile?.expert(id)
    let count = max(1, spec.blocks[id.block].expertCount)
    return holds(uniform: 1 / Double(count)) { field in
      switch field {
      case .block: Double(id.block)
      case .expert: Double(id.expert)
      case .load: expert?.load ?? 0
      case .mass: expert?.mass ?? 0
      case .selectedMass: expert?.selectedMass ?? 0
      case .weight: expert?.meanWeight ?? 0
      case .reap: expert?.reap ?? 0
      case .ean: expert?.ean ?? 0
      case .eanSum: expert?.eanSum ?? 0
      case .weightedEan: expert?.weightedEan ?? 0
      case .tokens: Double(expert?.tokens ?? 0)
      case .norm: expert?.weightNorm ?? 0
      case .outlier: expert?.outlier ?? 0
      case .importance: profile?.blocks[id.block].moeImportance ?? 0
      }
    }
  }

  /// Whether the rule holds for a block, its MoE layer or its attention half.
  ///
  /// Scores of experts count as the sum (load, masses, EAN sum, tokens) or the mean over the block's experts.
  func holds(for subject: Subject, block: Int, in spec: ModelSpec, profile: Profile?) -> Bool {
    let scores = profile?.blocks[block]
    let experts = scores?.experts ?? []
    func mean(_ value: (ExpertProfile) -> Double) -> Double {
      experts.isEmpty ? 0 : experts.reduce(0) { $0 + value($1) } / Double(experts.count)
    }
    return holds(uniform: 1) { field in
      switch field {
      case .block: Double(block)
      case .expert: 0
      case .load: experts.reduce(0) { $0 + $1.load }
      case .mass: experts.reduce(0) { $0 + $1.mass }
      case .selectedMass: experts.reduce(0) { $0 + $1.selectedMass }
      case .weight: mean(\.meanWeight)
      case .reap: mean(\.reap)
      case .ean: mean(\.ean)
      case .eanSum: experts.reduce(0) { $0 + $1.eanSum }
      case .weightedEan: mean(\.weightedEan)
      case .tokens: experts.reduce(0) { $0 + Double($1.tokens) }
      case .norm: mean(\.weightNorm)
      case .outlier:
        subject == .moe
          ? experts.map(\.outlier).max() ?? 0 : scores?.attentionOutliers.max() ?? 0
      case .importance: subject.importance(in: scores)
      }
    }
  }
}

extension Subject {
  fileprivate func importance(in scores: BlockProfile?) -> Double {
    guard let scores else { return 0 }
    return switch self {
    case .attention, .query, .key, .value, .output, .queryDown, .queryUp, .keyValueDown,
      .keyValueUp:
      scores.attentionImportance
    case .moe, .shared, .dense: scores.moeImportance
    default: scores.blockImportance
    }
  }
}

extension ModelSpec {
  /// Every routed expert, block by block.
  public var experts: [ExpertID] {
    blocks.indices.flatMap { block in
      (0..<blocks[block].expertCount).map { ExpertID(block: block, expert: $0) }
    }
  }

  /// Whether the model has such a linear.
  func has(_ id: LinearID) -> Bool {
    guard blocks.indices.contains(id.block) else { return false }
    let block = blocks[id.block]
    return switch id {
    case .attention(_, let kind): block.attention.linears.contains(kind)
    case .expert(let expert, _): expert.expert < block.expertCount
    case .shared: block.moe?.shared != nil
    case .dense: block.moe == nil
    }
  }

  /// The projections of an attention half, in a few words.
  func attentionSummary(ofBlock block: Int) -> String {
    let linears = blocks[block].attention.linears.map(\.rawValue).joined(separator: ", ")
    return "attention in block \(block) has \(linears)"
  }

  /// Its extent, in a few words.
  var summary: String {
    "the model has blocks 0..\(blocks.count - 1) with up to \(maximumExperts) experts"
  }
}
