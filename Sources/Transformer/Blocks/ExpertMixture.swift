import Model
import Numerics

/// The routed experts of one MoE layer.
///
/// Experts run in waves, as many at once as fit the pass's `waveBytes`. Every expert writes rows of its own;
/// then every token adds up its experts' rows in the order of the experts. So the sum does not
/// depend on the number of workers or on how the experts fall into waves.
struct ExpertMixture: Sendable {
  let pass: ForwardPass
  let block: Int
  let dispatch: ExpertDispatch
  let cancellation: Cancellation?

  /// Adds the experts' weighted outputs for `inputs` to `sum`, both `[tokens, hidden]`.
  func add(to sum: Matrix, inputs: Matrix, observer: (any ActivationObserver)?) throws {
    for experts in waves(hidden: inputs.columns) {
      try cancellation?.check()
      let wave = try Wave(self, experts, hidden: inputs.columns, isObserved: observer != nil)
      try run(wave, inputs)
      if let observer { report(wave, to: observer) }
      combine(wave, into: sum)
    }
  }

  /// Experts that have tokens, in order, cut into waves.
  private func waves(hidden: Int) -> [[Int]] {
    let width = pass.spec.blocks[block].moe?.expertWidth ?? 0
    var waves: [[Int]] = []
    var left = 0
    for (expert, range) in dispatch.ranges.enumerated() where !range.isEmpty {
      let floats = 3 * hidden * width + range.count * (2 * hidden + 2 * width)
      let bytes = floats * MemoryLayout<Float>.stride
      if bytes > left {
        waves.append([])
        left = pass.waveBytes
      }
      waves[waves.count - 1].append(expert)
      left -= bytes
    }
    return waves
  }

  private func run(_ wave: Wave, _ inputs: Matrix) throws {
    let (scratch, cancellation, tokens) = (pass.scratch, cancellation, dispatch.tokens)
    let tiles = wave.tiles(atMost: ForwardPass.largestTile)
    try pass.workers.forEach(tiles.count) { index in
      try cancellation?.check()
      let tile = tiles[index]
      let rows = tile.entries.lowerBound - wave.first..<tile.entries.upperBound - wave.first
      wave.inputs.rows(rows).gather(tokens[tile.entries], from: inputs)
      try wave.networks[tile.member].apply(
        wave.inputs.rows(rows), into: wave.outputs.rows(rows),
        intermediate: wave.intermediate(of: tile.member, rows), scratch: scratch,
        cancellation: cancellation)
    }
  }

  private func report(_ wave: Wave, to observer: any ActivationObserver) {
    let (block, dispatch) = (block, dispatch)
    pass.workers.forEach(wave.experts.count) { member in
      let expert = wave.experts[member]
      let entries = dispatch.ranges[expert]
      let rows = entries.lowerBound - wave.first..<entries.upperBound - wave.first
      guard let intermediate = wave.intermediate(of: member, rows) else { return }
      observer.expert(
        ExpertActivations(
          id: ExpertID(block: block, expert: expert), tokens: dispatch.tokens[entries],
          weights: dispatch.weights[entries], input: wave.inputs.rows(rows),
          intermediate: intermediate, output: wave.outputs.rows(rows)))
    }
  }

  private func combine(_ wave: Wave, into sum: Matrix) {
    let dispatch = dispatch
    pass.workers.forEachTile(of: sum.rows, size: ForwardPass.tileRows(sum.rows)) { tokens in
      for expert in wave.experts {
        let entries = dispatch.entries(in: dispatch.ranges[expert], ofTokens: tokens)
        sum.scatterAdd(
          wave.outputs.rows(entries.lowerBound - wave.first..<entries.upperBound - wave.first),
          weights: dispatch.weights[entries], to: dispatch.tokens[entries])
      }
    }
  }
}

/// Experts that run at once, with their weights and activations.
private struct Wave: Sendable {
  /// Consecutive among those that have tokens.
  let experts: [Int]
  let networks: [GatedNetwork]
  /// The dispatch entry of the first row.
  let first: Int
  /// `[rows, hidden]`, a row for each entry of the dispatch.
  let inputs: Matrix
  /// `[rows, width]` of the widest expert, only where someone observes.
  private let intermediates: Matrix?
  /// `[rows, hidden]`, like the inputs.
  let outputs: Matrix
  private let ranges: [Range<Int>]

  init(_ mixture: ExpertMixture, _ experts: [Int], hidden: Int, isObserved: Bool) throws {
    let (pass, block) = (mixture.pass, mixture.block)
    let activation = pass.spec.blocks[block].moe?.activation ?? .silu
    // One worker fetches all of an expert, which a source may have to make as a whole.
    networks = try pass.workers.map(experts.count) { index in
      let id = ExpertID(block: block, expert: experts[index])
      let linears = try FeedForwardLinear.allCases.map { try pass.linear(.expert(id, $0)) }
      return GatedNetwork(
        gate: linears[0], up: linears[1], down: linears[2], activation: activation)
    }
    self.experts = experts
    ranges = experts.map { mixture.dispatch.ranges[$0] }
    first = ranges.first?.lowerBound ?? 0
    let rows = (ranges.last?.upperBound ?? 0) - first
    inputs = pass.scratch.matrix(rows: rows, columns: hidden)
    outputs = pass.scratch.matrix(rows: rows, columns: hidden)
    let width = networks.map(\.width).max() ?? 0
    intermediates = isObserved ? pass.scratch.matrix(rows: rows, columns: width) : nil
  }

  /// Where an expert's intermediate activations of some rows go; `nil` where nobody observes.
  func intermediate(of member: Int, _ rows: Range<Int>) -> Matrix? {
    intermediates?.rows(rows).columns(0..<networks[member].width)
  }

  /// Parts of experts that one worker takes at a time: `member` counts within the wave, `entries`
  /// are the dispatch's.
  ///
  /// An expert's tiles are of about the same size, as a small one would be slow.
  func tiles(atMost limit: Int) -> [(member: Int, entries: Range<Int>)] {
    ranges.enumerated().flatMap { member, range in
      let count = (range.count + limit - 1) / limit
      let size = (range.count + count - 1) / max(count, 1)
      return stride(from: range.lowerBound, to: range.upperBound, by: size).map { start in
        (member, start..<min(range.upperBound, start + size))
      }
    }
  }
}
