import Engine
import Workbench

/// How long plans take to measure, from scratch and after an edit.
struct EvaluationFigures {
  /// Hands a figure over: its name, value, unit, goal and floor.
  typealias Report = (String, Double, String, Double?, Double?) throws -> Void

  /// A kind of edit, and on what it comes.
  private struct Case {
    /// What the plan held before; `nil` forgets all that was measured.
    var base: [String]?
    var edit: (Int) -> String
    var tasks = false
    var times: [EngineBench.EvaluationTiming] = []

    func median(_ part: (EngineBench.EvaluationTiming) -> Double) -> Double {
      Stopwatch.median(times.map(part).sorted())
    }
  }

  private static let rounds = 5

  private let bench: EngineBench
  private let late: Int
  private let dropBlocks: [Int]
  private var scratch: Case
  private var whole: Case
  private var edit: Case
  private var drops: [Case]
  private var asked: Case

  /// Prepares the cases: an edit of the first block, one where the last quarter begins, and drops of
  /// experts.
  init(_ bench: EngineBench) {
    self.bench = bench
    late = bench.blocks * 3 / 4
    // Quantising takes the same time in all of them; groups tell those of one block apart, as what
    // was measured once is not computed again.
    func bits(_ block: Int, group: Int = 32) -> (Int) -> String {
      { "bits \([8, 6, 5, 4, 3, 2][$0 % 6]) attention \(block) group \(group)" }
    }
    let base = ["bits 8 attention \(bench.blocks / 8)"]
    scratch = Case(base: nil, edit: bits(0))
    whole = Case(base: [], edit: bits(0, group: 64))
    asked = Case(base: base, edit: bits(0, group: 64), tasks: true)
    edit = Case(base: base, edit: bits(late))
    let (layers, start) = (bench.moeBlocks, late)
    dropBlocks = [layers.first, layers.first { $0 >= start }, layers.last].compactMap(\.self)
    drops = dropBlocks.map { block in
      Case(base: base, edit: { "drop experts \(block).\($0)" })
    }
  }

  /// Measures and reports.
  ///
  /// - Throws: what the evaluations throw.
  mutating func measure(report: Report) throws {
    for round in 0...Self.rounds {
      try time(&scratch, round)
      try time(&whole, round)
      try time(&edit, round)
      for index in drops.indices { try time(&drops[index], round) }
      try time(&asked, round)
    }
    let tokens = Double(bench.evaluationTokens)
    let seconds = whole.median(\.total)
    try report(
      "evaluation of a plan, \(Figure.grouped(bench.evaluationTokens)) tokens", seconds, "s", 1, nil
    )
    try report("  speed", tokens / seconds, "tokens/s", nil, nil)
    try report("  arithmetic", bench.evaluationOperations / seconds / 1e9, "GFLOP/s", nil, nil)
    try report("  first figure with its interval", whole.median(\.first), "s", 0.2, nil)
    try report("  with the arithmetic task's 200 prompts", asked.median(\.total), "s", nil, nil)
    try report("the first evaluation of a text", scratch.median(\.total), "s", nil, nil)
    try report("  first figure with its interval", scratch.median(\.first), "s", 0.2, nil)
    try report("evaluation after an edit of block \(late)", edit.median(\.total), "s", nil, nil)
    try report(
      "  times as fast as from scratch", scratch.median(\.total) / edit.median(\.total), "", nil, 3)
    try report("  times as fast as all blocks", seconds / edit.median(\.total), "", nil, nil)
    try report("  first figure with its interval", edit.median(\.first), "s", 0.2, nil)
    for (drop, block) in zip(drops, dropBlocks) {
      try report(
        "evaluation after a drop of an expert of block \(block)", drop.median(\.total), "s", nil,
        nil)
    }
  }

  /// Times the edit after another one of its kind, on the same base; the first round warms up.
  private func time(_ timed: inout Case, _ round: Int) throws {
    if let base = timed.base {
      _ = try bench.evaluate(base)
      _ = try bench.evaluate(base + [timed.edit(round + 1)])
    } else {
      bench.forgetStates()
    }
    let taken = try bench.evaluate(
      (timed.base ?? []) + [timed.edit(round)], tasks: timed.tasks)
    if round > 0 { timed.times.append(taken) }
  }
}
