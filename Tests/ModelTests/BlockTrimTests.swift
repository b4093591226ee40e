import Model
import TestSupport
import Testing

struct BlockTrimTests {
  private let spec = ModelSpec.sample(blocks: 5, denseBlocks: [0])

  private func profile(
    block: [Double] = [5, 1, 4, 2, 3], windows: [[Double]] = []
  ) -> Profile {
    var profile = Profile.sample(of: spec)
    for (index, importance) in block.enumerated() {
      profile.blocks[index].blockImportance = importance
      profile.blocks[index].moeImportance = 10 - importance
    }
    profile.windows = WindowImportances(tokens: 77, importances: windows)
    return profile
  }

  @Test func `one shot takes the least important parts, the least first`() throws {
    let steps = try profile().leastImportant(.block, count: 3, of: spec)
    #expect(steps.map(\.unit) == [.block(1), .block(3), .block(4)])
    #expect(steps.map(\.score) == [1, 2, 3] && steps[0].tokens == 1000)
    // Block 0 is dense: it has no MoE layer to drop.
    let layers = try profile().leastImportant(.moe, count: 4, of: spec)
    #expect(layers.map(\.unit) == [.moe(block: 2), .moe(block: 4), .moe(block: 3), .moe(block: 1)])
  }

  @Test func `what is gone already is not named again, and something stays`() throws {
    var plan = Plan(for: spec)
    try plan.apply(Edit(parsing: "drop block 1"), spec: spec, profile: nil)
    let steps = try profile().leastImportant(.block, count: 1, of: spec, after: plan.choices)
    #expect(steps.map(\.unit) == [.block(3)])
    #expect(throws: TrimError.tooMany(part: .block, asked: 4, possible: 3)) {
      try profile().leastImportant(.block, count: 4, of: spec, after: plan.choices)
    }
    #expect(throws: TrimError.tooMany(part: .moe, asked: 5, possible: 4)) {
      try profile().leastImportant(.moe, count: 5, of: spec)
    }
    #expect(throws: TrimError.nothingAsked(count: 0)) {
      try profile().leastImportant(.attention, count: 0, of: spec)
    }
  }

  /// A reference implementation scored windows of n + 1 blocks while it dropped n.
  @Test func `a window of n blocks is scored by n blocks`() throws {
    // Windows of 2: blocks 2 and 3 are best. Windows of 3 from there on would rule them out.
    let windows = [
      [0.5, 0.6, 0.7, 0.8, 0.9], [0.4, 0.45, 0.3, 0.6], [0.2, 0.25, 0.9], [0.3, 0.35], [0.1],
    ]
    let profile = profile(windows: windows)
    let pair = try profile.leastImportantWindow(count: 2, of: spec)
    #expect(pair.map(\.unit) == [.block(2), .block(3)])
    #expect(pair.map(\.score) == [0.2, 0.25] && pair[0].tokens == 77)
    let three = try profile.leastImportantWindow(count: 3, of: spec)
    #expect(three.map(\.unit) == [.block(1), .block(2), .block(3)])
    // Over the end of the model there is no window.
    let one = try profile.leastImportantWindow(count: 1, of: spec)
    #expect(one.map(\.unit) == [.block(4)])
  }

  @Test func `a window holds no dropped block`() throws {
    let windows = [
      [0.5, 0.6, 0.7, 0.8, 0.9], [0.4, 0.45, 0.3, 0.6], [0.2, 0.25, 0.9], [0.3, 0.35], [0.1],
    ]
    var plan = Plan(for: spec)
    try plan.apply(Edit(parsing: "drop block 3"), spec: spec, profile: nil)
    let pair = try profile(windows: windows)
      .leastImportantWindow(count: 2, of: spec, after: plan.choices)
    #expect(pair.map(\.unit) == [.block(1), .block(2)])
    #expect(throws: TrimError.noWindow(count: 2)) {
      try profile().leastImportantWindow(count: 2, of: spec)
    }
  }
}
