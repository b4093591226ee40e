import Model

/// Which states of an evaluation are worth their memory.
///
/// Positions count halves of blocks: 2 b is before block b, 2 b + 1 between its two halves. The
/// streams at the end are worth most, as the original's is needed for every plan and a plan is often
/// measured twice; then those between blocks, evenly spaced where not all fit; then, of the original,
/// those between the halves, where an edit of experts goes on.
struct KeptPositions: Hashable, Sendable {
  /// Whether the original's logits are kept, which saves a product with the head.
  let logits: Bool
  /// Of the original.
  let original: Set<Int>
  /// Of a plan, where it differs from the original.
  let plan: Set<Int>

  /// Whether there is room for what a layer's experts answer, where a person is at work on them.
  let experts: Bool

  /// Shares out `budget` bytes for the states of so many tokens.
  init(budget: Int, tokens: Int, spec: ModelSpec) {
    func bytes(_ columns: Int) -> Int {
      // Memory comes in steps of up to an eighth.
      max(1, tokens * columns * MemoryLayout<Float>.stride / 8 * 9)
    }
    let logitBytes = bytes(spec.vocabulary)
    logits = logitBytes <= budget / 2
    let left = budget - (logits ? logitBytes : 0)
    // What is left over holds a plan's states where a person is at work.
    let count = left / 20 * 9 / bytes(spec.hidden)
    original = Self.positions(max(1, count), blocks: spec.blocks.count, halves: true)
    plan = Self.positions(count, blocks: spec.blocks.count, halves: false)
    let slots = spec.blocks.compactMap(\.moe?.router.expertsPerToken).max() ?? 0
    let streams = original.count + plan.count + 1
    experts = streams * bytes(spec.hidden) + bytes(slots * spec.hidden) <= left
  }

  private static func positions(_ count: Int, blocks: Int, halves: Bool) -> Set<Int> {
    let inner = count - 1
    guard inner >= 0 else { return [] }
    guard inner < blocks - 1 else {
      let between = Set((1...max(1, blocks)).map { 2 * $0 })
      return halves && inner >= 2 * blocks - 1 ? Set(1...2 * blocks) : between
    }
    return Set((1...inner + 1).map { 2 * ($0 * blocks / (inner + 1)) })
  }
}
