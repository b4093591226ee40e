import Model
import Numerics
import Synchronization
import Transformer

/// Sums the scores of blocks and experts while a calibration pass runs.
///
/// Tokens are added one by one in the order of the windows, so that sums do not depend on how the
/// windows are batched or on the threads.
final class ScoreObserver: ActivationObserver {
  private struct State {
    var blocks: [BlockSums]
    /// The block's input, kept until its output is known.
    var input: Matrix?
    /// The router's distribution over the experts `[tokens, experts]`, kept until the experts ran.
    var probabilities: Matrix?
    /// The group of windows of every row of the batch that runs.
    var groups: [Int] = []
  }

  private let workers: Workers
  private let state: Mutex<State>

  /// Sums nothing yet.
  init(_ spec: ModelSpec, groups: Int, workers: Workers) {
    self.workers = workers
    let blocks = spec.blocks.map { BlockSums(groups: groups, experts: $0.expertCount) }
    state = Mutex(State(blocks: blocks))
  }

  /// What was summed; set to go on from an earlier run.
  var blocks: [BlockSums] {
    get { state.withLock(\.blocks) }
    set { state.withLock { $0.blocks = newValue } }
  }

  /// Says which group of windows each row of the next batch belongs to.
  func begin(groups: [Int]) { state.withLock { $0.groups = groups } }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    state.withLock { $0.input = hidden }
  }

  func attention(_ block: Int, before: Matrix, after: Matrix) {
    let own = workers.cosines(before, after)
    state.withLock { state in
      for (group, cosine) in zip(state.groups, own) {
        state.blocks[block].cosines[group].attention += Double(cosine)
      }
    }
  }

  func feedForward(_ block: Int, before: Matrix, after: Matrix) {
    let own = workers.cosines(before, after)
    let input = state.withLock { $0.input }
    let whole = input.map { workers.cosines($0, after) } ?? []
    state.withLock { state in
      for (group, (own, whole)) in zip(state.groups, zip(own, whole)) {
        state.blocks[block].cosines[group].feedForward += Double(own)
        state.blocks[block].cosines[group].block += Double(whole)
        state.blocks[block].cosines[group].tokens += 1
      }
      state.input = nil
      state.probabilities = nil
    }
  }

  func router(_ block: Int, logits: Matrix, routing: Routing) {
    state.withLock { state in
      Self.add(routing, state.groups, to: &state.blocks[block].experts)
      state.probabilities = routing.probabilities
    }
  }

  private static func add(_ routing: Routing, _ groups: [Int], to sums: inout [ExpertSums]) {
    let experts = routing.probabilities.columns
    for token in 0..<routing.tokens {
      let probabilities = routing.probabilities.row(token)
      let first = groups[token] * experts
      for expert in probabilities.indices {
        sums[first + expert].mass += Double(probabilities[expert])
      }
      for expert in routing.experts(of: token) {
        sums[first + expert].tokens += 1
        sums[first + expert].selectedMass += Double(probabilities[expert])
      }
    }
  }

  func expert(_ activations: ExpertActivations) {
    let (block, expert) = (activations.id.block, activations.id.expert)
    var (sums, groups, probabilities) = state.withLock { state in
      let block = state.blocks[block]
      let own = stride(from: expert, to: block.experts.count, by: block.expertCount)
      return (own.map { block.experts[$0] }, state.groups, state.probabilities)
    }
    for (row, (token, weight)) in zip(activations.tokens, activations.weights).enumerated() {
      let length = Double(norm(activations.output.row(row)))
      let group = groups[token]
      sums[group].weight += Double(weight)
      sums[group].norm += length
      sums[group].weightedNorm += Double(weight) * length
      sums[group].probableNorm += Double(probabilities?[token, expert] ?? 0) * length
    }
    // Nobody else adds to this expert meanwhile: a pass reports each once for a batch.
    state.withLock { [sums] state in
      let count = state.blocks[block].expertCount
      for (group, sum) in sums.enumerated() {
        state.blocks[block].experts[group * count + expert] = sum
      }
    }
  }
}
