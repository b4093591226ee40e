/// What of a block can be dropped as a whole.
public enum BlockPart: String, CaseIterable, Codable, Sendable, Hashable {
  /// Attention and feed-forward (Block Drop).
  case block
  /// The MoE layer (Layer Drop).
  case moe
  /// The attention half (Attention Drop).
  case attention

  /// The part of one block.
  public func unit(_ block: Int) -> Unit {
    switch self {
    case .block: .block(block)
    case .moe: .moe(block: block)
    case .attention: .attention(block: block)
    }
  }

  /// Its importance.
  public func importance(in scores: BlockProfile) -> Double {
    switch self {
    case .block: scores.blockImportance
    case .moe: scores.moeImportance
    case .attention: scores.attentionImportance
    }
  }

  /// Blocks that have such a part and still keep it whole.
  public func candidates(in spec: ModelSpec, after choices: Choices) -> [Int] {
    spec.blocks.indices.filter { index in
      let choice = choices.blocks[index]
      return switch self {
      case .block: choice.keepsAttention && choice.keepsFeedForward
      case .moe: choice.keepsFeedForward && spec.blocks[index].moe != nil
      case .attention: choice.keepsAttention
      }
    }
  }

  /// Blocks whose part can go, of which at most `possible` at once, so that something is left.
  ///
  /// - Throws: `TrimError` when `count` of them cannot go.
  public func candidates(
    for count: Int, in spec: ModelSpec, after choices: Choices
  ) throws(TrimError) -> [Int] {
    guard count > 0 else { throw .nothingAsked(count: count) }
    let candidates = candidates(in: spec, after: choices)
    let others = choices.blocks.indices.contains { index in
      let choice = choices.blocks[index]
      return switch self {
      case .block: !candidates.contains(index) && (choice.keepsAttention || choice.keepsFeedForward)
      case .moe: choice.keepsAttention || choice.keepsFeedForward && !candidates.contains(index)
      case .attention: choice.keepsFeedForward
      }
    }
    let possible = others ? candidates.count : max(0, candidates.count - 1)
    guard count <= possible else {
      throw .tooMany(part: self, asked: count, possible: possible)
    }
    return candidates
  }

  /// The word for several of them.
  var plural: String {
    switch self {
    case .block: "blocks"
    case .moe: "MoE layers"
    case .attention: "attention halves"
    }
  }
}

extension Profile {
  /// The `count` least important parts by the untouched model's figures, the least first (one shot).
  ///
  /// - Throws: `TrimError`.
  public func leastImportant(
    _ part: BlockPart, count: Int, of spec: ModelSpec, after choices: Choices? = nil
  ) throws(TrimError) -> [TrimStep] {
    let candidates = try part.candidates(for: count, in: spec, after: choices ?? Choices(spec))
    let steps = candidates.map { block in
      TrimStep(part.unit(block), score: part.importance(in: blocks[block]), tokens: tokens)
    }
    let ranked = steps.enumerated().sorted {
      ($0.element.score, $0.offset) < ($1.element.score, $1.offset)
    }
    return ranked.prefix(count).map(\.element)
  }

  /// The `count` consecutive blocks that together matter least.
  ///
  /// A window of `n` blocks from `l` on compares the residual stream that enters block `l` with the
  /// one that enters block `l + n`. Each step's score is that of the window up to its block.
  ///
  /// - Throws: `TrimError`.
  public func leastImportantWindow(
    count: Int, of spec: ModelSpec, after choices: Choices? = nil
  ) throws(TrimError) -> [TrimStep] {
    let candidates = try BlockPart.block.candidates(
      for: count, in: spec, after: choices ?? Choices(spec))
    var best: (window: Range<Int>, importance: Double)?
    for start in candidates where start + count <= spec.blocks.count {
      let window = start..<start + count
      guard window.allSatisfy(candidates.contains), let own = windows.importance(of: window)
      else { continue }
      if let known = best, known.importance <= own { continue }
      best = (window, own)
    }
    guard let window = best?.window else { throw .noWindow(count: count) }
    return window.map { block in
      TrimStep(
        .block(block), score: windows.importance(of: window.lowerBound..<block + 1) ?? 0,
        tokens: windows.tokens)
    }
  }
}
