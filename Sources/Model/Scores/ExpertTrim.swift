/// Expert Drop by a score of the profile: which experts go, the lowest scores first.
///
/// Experts are always named by their index in the untouched checkpoint, whatever else was dropped.
public struct ExpertTrim: Hashable, Sendable {
  /// Between which experts scores are compared.
  public enum Scope: String, CaseIterable, Codable, Sendable, Hashable {
    /// Every layer loses as many.
    case layerwise
    /// The lowest of all layers go.
    case global
  }

  /// How many go.
  public enum Amount: Hashable, Sendable {
    /// So many: of each layer, or of all layers together where the scope is global.
    case count(Int)
    /// A share of the kept experts, above 0 and below 1, rounded down.
    case ratio(Double)
  }

  /// What ranks them.
  public var score: ExpertScore
  /// Between which of them.
  public var scope: Scope
  /// How many go, beside those that are dropped already.
  public var amount: Amount
  /// Whether scores count in multiples of their layer's mean, so that layers of different scale can
  /// be compared; makes no difference within a layer.
  public var normalized: Bool
  /// Experts every layer keeps; its router's `k` where that is more.
  public var floor: Int

  /// A way to choose experts.
  public init(
    by score: ExpertScore, _ scope: Scope, _ amount: Amount, normalized: Bool = false,
    floor: Int = 0
  ) {
    self.score = score
    self.scope = scope
    self.amount = amount
    self.normalized = normalized
    self.floor = floor
  }

  /// The experts that go, the lowest score first; of equal ones the first.
  ///
  /// Layers that `choices` drop are left alone.
  ///
  /// - Throws: `TrimError`.
  public func steps(
    _ profile: Profile, of spec: ModelSpec, after choices: Choices? = nil
  ) throws(TrimError) -> [TrimStep] {
    let choices = choices ?? Choices(spec)
    var layers: [Layer] = []
    for block in spec.blocks.indices where choices.blocks[block].keepsFeedForward {
      guard let moe = spec.blocks[block].moe else { continue }
      layers.append(layer(block, moe, profile, choices))
    }
    guard !layers.isEmpty else { throw .noExperts }
    switch scope {
    case .layerwise: return try layerwise(layers)
    case .global: return try global(layers)
    }
  }

  private struct Layer {
    var block: Int
    var room: ExpertRoom
    /// Kept experts, in the order of the checkpoint.
    var steps: [TrimStep]
  }

  private func layer(
    _ block: Int, _ moe: MoESpec, _ profile: Profile, _ choices: Choices
  ) -> Layer {
    let dropped = choices.blocks[block].expertDropped
    let scores = profile.blocks[block].experts
    let kept = scores.filter { !dropped[$0.index] }
    let values = kept.map { score.value(of: $0, block: block) }
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    let scale = normalized && mean > 0 ? 1 / mean : 1
    let steps = zip(kept, values).map { expert, value in
      TrimStep(
        .expert(ExpertID(block: block, expert: expert.index)), score: value * scale,
        tokens: expert.tokens)
    }
    return Layer(
      block: block, room: ExpertRoom(moe, dropped: dropped, floor: floor), steps: steps)
  }

  private func layerwise(_ layers: [Layer]) throws(TrimError) -> [TrimStep] {
    var steps: [TrimStep] = []
    for layer in layers {
      let count = try count(of: layer.steps.count)
      guard count <= layer.room.most else {
        throw .tooManyExperts(block: layer.block, asked: count, possible: layer.room.most)
      }
      steps += Self.lowest(count, of: [layer])
    }
    return steps
  }

  private func global(_ layers: [Layer]) throws(TrimError) -> [TrimStep] {
    let count = try count(of: layers.reduce(0) { $0 + $1.steps.count })
    let possible = layers.reduce(0) { $0 + $1.room.most }
    guard count <= possible else { throw .tooManyOfAll(asked: count, possible: possible) }
    return Self.lowest(count, of: layers)
  }

  /// A ratio whose count is 0 is refused: it would silently change nothing.
  private func count(of units: Int) throws(TrimError) -> Int {
    switch amount {
    case .count(let count):
      guard count > 0 else { throw .nothingAsked(count: count) }
      return count
    case .ratio(let ratio):
      guard ratio > 0, ratio < 1 else { throw .noShare(ratio: ratio) }
      // A share such as 0.3 of 10 is 3, although 0.3 is a little less than three tenths.
      let count = Int((ratio * Double(units) + 1e-9).rounded(.down))
      guard count > 0 else { throw .shareTooSmall(ratio: ratio, units: units) }
      return count
    }
  }

  /// The `count` lowest steps whose experts can go.
  private static func lowest(_ count: Int, of layers: [Layer]) -> [TrimStep] {
    var rooms = layers.map(\.room)
    let ranked = layers.indices
      .flatMap { layer in layers[layer].steps.map { (layer: layer, step: $0) } }
      .enumerated()
      .sorted { ($0.element.step.score, $0.offset) < ($1.element.step.score, $1.offset) }
    var steps: [TrimStep] = []
    for (layer, step) in ranked.map(\.element) where steps.count < count {
      guard case .expert(let id) = step.unit, rooms[layer].drop(id.expert) else { continue }
      steps.append(step)
    }
    return steps
  }
}
