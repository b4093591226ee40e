/// What one MoE layer's router and experts did on a few tokens, small enough to carry along: enough
/// to tell how far the layer's output moves under any choice of its experts.
///
/// For every token the likeliest experts beyond those the router picked are kept too, so that the
/// tokens of dropped experts can be routed anew; outputs are projected to few dimensions, which keeps
/// lengths and angles on average (Johnson and Lindenstrauss).
public struct LayerSketch: Hashable, Sendable {
  /// The block.
  public var block: Int
  /// Experts kept for each token, `m`.
  public var choices: Int
  /// Dimensions of the projected outputs.
  public var dimensions: Int
  /// `[tokens, m]`: the experts, each token's likeliest first.
  public var experts: [Int32]
  /// `[tokens, m]`: their probabilities.
  public var gates: [Float]
  /// `[tokens, m, dimensions]`: their un-gated outputs.
  public var outputs: [Float]

  /// Puts a sketch together.
  public init(
    block: Int, choices: Int, dimensions: Int, experts: [Int32], gates: [Float], outputs: [Float]
  ) {
    precondition(experts.count == gates.count && outputs.count == gates.count * dimensions)
    self.block = block
    self.choices = choices
    self.dimensions = dimensions
    self.experts = experts
    self.gates = gates
    self.outputs = outputs
  }

  /// Dimensions that outputs are usually projected to: lengths are off by half for one token, and by a
  /// few percent for the mean of hundreds.
  public static let usualDimensions = 8
  /// Numbers that a sketch's outputs usually are: half a megabyte in all for the demo's layers, five for
  /// 61 layers.
  public static let numbers = 32_768

  /// Tokens it holds.
  public var tokens: Int { choices == 0 ? 0 : experts.count / choices }

  /// At most `count` of its tokens, evenly spaced.
  public func thinned(to count: Int) -> LayerSketch {
    guard tokens > count else { return self }
    let kept = (0..<count).map { $0 * tokens / count }
    func take<Element>(_ values: [Element], _ width: Int) -> [Element] {
      kept.flatMap { values[$0 * width..<($0 + 1) * width] }
    }
    return LayerSketch(
      block: block, choices: choices, dimensions: dimensions, experts: take(experts, choices),
      gates: take(gates, choices), outputs: take(outputs, choices * dimensions))
  }
}

// MARK: - How far outputs move

extension LayerSketch {
  /// How far the layer's output moves without some experts, up to a factor that is the same for all
  /// sets of them.
  package func error(without experts: [Int], in spec: ModelSpec) -> Double {
    guard let router = spec.blocks[block].moe?.router else { return 0 }
    return error(BlockChoices(spec.blocks[block]).dropping(experts), router: router)
  }

  /// Mean over tokens of `‖Z − Z'‖²`, up to a factor that is the same for all choices of the layer.
  ///
  /// Dropped experts' tokens go to the next likely kept ones; a merged expert answers with the mean of
  /// the outputs of those that share its weights, by how often each is picked, as far as the sketch
  /// knows them.
  ///
  /// - Complexity: O(tokens · m · dimensions).
  func error(_ choice: BlockChoices, router: RouterSpec) -> Double {
    Double(squaredDistances(choice, router: router).reduce(0, +)) / Double(max(1, tokens))
  }

  /// How far the layer's output moves for every token without some experts, up to a factor that is
  /// the same for all sets of them: `‖Z − Z'‖²`.
  package func squaredDistances(without experts: [Int], in spec: ModelSpec) -> [Float] {
    guard let router = spec.blocks[block].moe?.router else { return [] }
    return squaredDistances(BlockChoices(spec.blocks[block]).dropping(experts), router: router)
  }

  private func squaredDistances(_ choice: BlockChoices, router: RouterSpec) -> [Float] {
    var state = TokenState(dimensions: dimensions)
    let mixing = router.mixing
    let groups = MergedGroups(choice, picks: choice.merges.isEmpty ? [:] : picks(router))
    return (0..<tokens).map {
      squaredDistance($0, choice, router.expertsPerToken, mixing, groups, &state)
    }
  }

  private func squaredDistance(
    _ token: Int, _ choice: BlockChoices, _ slots: Int, _ mixing: RouterMixing,
    _ groups: MergedGroups, _ state: inout TokenState
  ) -> Float {
    let first = token * choices
    state.clear()
    // Most tokens meet no change at all.
    var isTouched = false
    for slot in first..<first + min(slots, choices) {
      let expert = Int(experts[slot])
      if choice.expertDropped[expert] || groups.merged(expert) { isTouched = true }
    }
    guard isTouched else { return 0 }
    var lost: Float = 0
    var kept: Float = 0
    var before: Float = 0
    var picked = 0
    for slot in 0..<choices {
      let isDropped = choice.expertDropped[Int(experts[first + slot])]
      let gate = gates[first + slot]
      if slot < slots { before += gate }
      if isDropped {
        lost += gate
      } else if picked < slots {
        kept += gate
        picked += 1
      }
    }
    let divisorBefore = mixing == .amongPicked ? before : 1
    let divisorAfter = mixing.divisor(kept: kept, lost: lost)
    picked = 0
    for slot in 0..<choices {
      let expert = Int(experts[first + slot])
      let gate = gates[first + slot]
      if slot < slots, divisorBefore > 0 {
        add(first + slot, times: -gate / divisorBefore, to: &state)
      }
      guard !choice.expertDropped[expert], picked < slots, divisorAfter > 0 else { continue }
      picked += 1
      addAnswer(of: expert, slot: first + slot, first, gate / divisorAfter, groups, &state)
    }
    return state.squaredLength
  }

  /// Adds what answers when an expert is picked: its output, or the mean of those merged with it.
  private func addAnswer(
    of expert: Int, slot: Int, _ first: Int, _ weight: Float, _ groups: MergedGroups,
    _ state: inout TokenState
  ) {
    guard let members = groups.members(of: expert) else {
      return add(slot, times: weight, to: &state)
    }
    for other in first..<first + choices {
      guard let share = members[experts[other]] else { continue }
      add(other, times: weight * share, to: &state)
    }
  }

  private func add(_ slot: Int, times weight: Float, to state: inout TokenState) {
    let start = slot * dimensions
    for dimension in 0..<dimensions {
      state.moved[dimension] += weight * outputs[start + dimension]
    }
  }

  /// How often the router picks each expert.
  private func picks(_ router: RouterSpec) -> [Int32: Float] {
    var picks: [Int32: Float] = [:]
    for token in 0..<tokens {
      for slot in 0..<min(router.expertsPerToken, choices) {
        picks[experts[token * choices + slot], default: 0] += 1
      }
    }
    return picks
  }

  /// How far one token's output moved; reused from token to token.
  private struct TokenState {
    var moved: [Float]

    init(dimensions: Int) { moved = Array(repeating: 0, count: dimensions) }

    mutating func clear() { for index in moved.indices { moved[index] = 0 } }

    var squaredLength: Float { moved.reduce(0) { $0 + $1 * $1 } }
  }

  /// For every merged expert, the shares of those whose mean it answers with; empty without merges,
  /// which is the rule.
  private struct MergedGroups {
    private var byExpert: [Int: [Int32: Float]] = [:]

    init(_ choice: BlockChoices, picks: [Int32: Float]) {
      for merge in choice.merges {
        let kept = merge.members.filter { !choice.expertDropped[$0] }.map { Int32($0) }
        let total = kept.reduce(0) { $0 + (picks[$1] ?? 0) }
        guard kept.count > 1, total > 0 else { continue }
        let shares = Dictionary(
          uniqueKeysWithValues: kept.map { ($0, (picks[$0] ?? 0) / total) })
        for member in kept { byExpert[Int(member)] = shares }
      }
    }

    func merged(_ expert: Int) -> Bool { !byExpert.isEmpty && byExpert[expert] != nil }

    func members(of expert: Int) -> [Int32: Float]? { byExpert.isEmpty ? nil : byExpert[expert] }
  }
}

/// What a router divides its probabilities by to get mixing weights.
enum RouterMixing {
  /// By their sum over all kept experts: dropped logits are taken out before the softmax.
  case amongKept
  /// By their sum over the picked experts.
  case amongPicked
  /// By nothing: each expert's own.
  case own

  /// What the probabilities of the untouched layer are divided by once `lost` of them are gone and
  /// those picked instead sum to `kept`.
  func divisor(kept: Float, lost: Float) -> Float {
    switch self {
    case .amongKept: max(1 - lost, .leastNormalMagnitude)
    case .amongPicked: kept
    case .own: 1
    }
  }
}

extension RouterSpec {
  var mixing: RouterMixing {
    switch kind {
    case .softmaxThenTopK(renormalized: true), .topKThenSoftmax,
      .sigmoid(_, renormalized: true, _):
      .amongPicked
    case .softmaxThenTopK(renormalized: false), .scaledSoftmax: .amongKept
    case .sigmoid(_, renormalized: false, _), .sparseMixer: .own
    }
  }
}

// MARK: - On the wire

extension LayerSketch: Codable {
  private enum CodingKeys: String, CodingKey {
    case block, choices, dimensions, experts, gates, outputs
  }

  /// Reads what `encode` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let experts = try container.decode([Int32].self, forKey: .experts)
    let dimensions = try container.decode(Int.self, forKey: .dimensions)
    let gates = try container.decode(PackedFloats.self, forKey: .gates).values
    let outputs = try container.decode(PackedFloats.self, forKey: .outputs).values
    guard gates.count == experts.count, outputs.count == experts.count * dimensions else {
      throw DecodingError.dataCorruptedError(
        forKey: .outputs, in: container, debugDescription: "a sketch's parts do not fit together")
    }
    self.init(
      block: try container.decode(Int.self, forKey: .block),
      choices: try container.decode(Int.self, forKey: .choices), dimensions: dimensions,
      experts: experts, gates: gates, outputs: outputs)
  }

  /// Writes numbers as packed halves: a sketch is for estimates.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(block, forKey: .block)
    try container.encode(choices, forKey: .choices)
    try container.encode(dimensions, forKey: .dimensions)
    try container.encode(experts, forKey: .experts)
    try container.encode(PackedFloats(gates), forKey: .gates)
    try container.encode(PackedFloats(outputs), forKey: .outputs)
  }
}

/// Numbers written as the upper halves of their float32 bits, three to an integer that JSON carries
/// exactly.
private struct PackedFloats: Codable {
  var values: [Float]

  init(_ values: [Float]) { self.values = values }

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    let count = try container.decode(Int.self)
    values = []
    values.reserveCapacity(count)
    while !container.isAtEnd {
      let word = try container.decode(UInt64.self)
      for shift in [0, 16, 32] where values.count < count {
        values.append(Float(bitPattern: UInt32(truncatingIfNeeded: word >> UInt64(shift)) << 16))
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(values.count)
    for start in stride(from: 0, to: values.count, by: 3) {
      var word: UInt64 = 0
      for index in start..<min(start + 3, values.count) {
        let half = UInt64((values[index].bitPattern &+ 0x8000) >> 16)
        word |= half << UInt64(16 * (index - start))
      }
      try container.encode(word)
    }
  }
}
