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
      let members = experts.map { WaveMember(expert: $0, entries: dispatch.ranges[$0]) }
      let wave = try ExpertWave(self, members, hidden: inputs.columns, isObserved: observer != nil)
      try wave.run(self, inputs)
      if let observer { report(wave, to: observer) }
      combine(wave, into: sum)
    }
  }

  /// The same, computing only what `memory` does not know, and remembering all of it.
  func add(to sum: Matrix, inputs: Matrix, memory: inout ExpertMemory) throws {
    let outputs = pass.scratch.matrix(rows: dispatch.tokens.count, columns: inputs.columns)
    var widths = Array(repeating: 0, count: dispatch.ranges.count)
    var computed = 0
    for experts in waves(hidden: inputs.columns) {
      try cancellation?.check()
      let members = experts.map { expert in
        WaveMember(
          expert: expert, entries: dispatch.ranges[expert],
          recalled: memory.entries(of: expert, in: dispatch))
      }
      let wave = try ExpertWave(self, members, keptIn: outputs, known: memory.known)
      try wave.run(self, inputs)
      combine(wave, into: sum)
      for (member, network) in zip(members, wave.networks) {
        widths[member.expert] = network?.width ?? memory.known?.widths[member.expert] ?? 0
        computed += member.recalled?.new.count ?? member.entries.count
      }
    }
    memory.outputs = ExpertOutputs(
      dispatch: dispatch, outputs: outputs, widths: widths, computedRows: computed)
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

  /// An expert's weights; one worker fetches all of them, which a source may have to make as a whole.
  func network(of expert: Int) throws -> GatedNetwork {
    let id = ExpertID(block: block, expert: expert)
    let linears = try FeedForwardLinear.allCases.map { try pass.linear(.expert(id, $0)) }
    return GatedNetwork(
      gate: linears[0], up: linears[1], down: linears[2],
      activation: pass.spec.blocks[block].moe?.activation ?? .silu)
  }

  private func report(_ wave: ExpertWave, to observer: any ActivationObserver) {
    let (block, dispatch) = (block, dispatch)
    pass.workers.forEach(wave.members.count) { member in
      let entries = wave.members[member].entries
      let rows = entries.lowerBound - wave.first..<entries.upperBound - wave.first
      guard let intermediate = wave.intermediate(of: member, rows) else { return }
      observer.expert(
        ExpertActivations(
          id: ExpertID(block: block, expert: wave.members[member].expert),
          tokens: dispatch.tokens[entries], weights: dispatch.weights[entries],
          input: wave.inputs.rows(rows), intermediate: intermediate,
          output: wave.outputs.rows(rows)))
    }
  }

  private func combine(_ wave: ExpertWave, into sum: Matrix) {
    let dispatch = dispatch
    pass.workers.forEachTile(of: sum.rows, size: ForwardPass.tileRows(sum.rows)) { tokens in
      for member in wave.members {
        let entries = dispatch.entries(in: member.entries, ofTokens: tokens)
        sum.scatterAdd(
          wave.outputs.rows(entries.lowerBound - wave.first..<entries.upperBound - wave.first),
          weights: dispatch.weights[entries], to: dispatch.tokens[entries])
      }
    }
  }
}
