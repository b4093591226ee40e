import Model
import Numerics
import Synchronization
import Transformer

/// Sums the scores of blocks and experts while a calibration pass runs.
final class ScoreObserver: ActivationObserver {
  /// What is summed for one block.
  struct BlockSums: Hashable, Codable, Sendable {
    var tokens = 0
    /// Σ over tokens of the cosine before and after the block, its attention and its feed-forward.
    var blockCosine = 0.0
    var attentionCosine = 0.0
    var feedForwardCosine = 0.0
    /// Scores of q, k, v, o.
    var attentionWeights: [WeightScores] = []
    var experts: [ExpertSums]
  }

  private struct State {
    var blocks: [BlockSums]
    /// The block's input, kept until its output is known.
    var input: Matrix?
    /// The domain of every row of the batch that runs.
    var domains: [Int] = []
  }

  private let workers: Workers
  private let state: Mutex<State>

  /// Sums nothing yet.
  init(_ spec: ModelSpec, domains: Int, workers: Workers) {
    self.workers = workers
    let blocks = spec.blocks.map { block in
      BlockSums(
        experts: Array(repeating: ExpertSums(domains: domains), count: block.expertCount))
    }
    state = Mutex(State(blocks: blocks))
  }

  /// What was summed; set to go on from an earlier run.
  var blocks: [BlockSums] {
    get { state.withLock(\.blocks) }
    set { state.withLock { $0.blocks = newValue } }
  }

  /// Says which domain each row of the next batch belongs to.
  func begin(domains: [Int]) { state.withLock { $0.domains = domains } }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    state.withLock { $0.input = hidden }
  }

  func attention(_ block: Int, before: Matrix, after: Matrix) {
    let sum = cosines(before, after)
    state.withLock { $0.blocks[block].attentionCosine += sum }
  }

  func feedForward(_ block: Int, before: Matrix, after: Matrix) {
    let own = cosines(before, after)
    let whole = state.withLock { $0.input }.map { cosines($0, after) } ?? 0
    state.withLock { state in
      state.blocks[block].feedForwardCosine += own
      state.blocks[block].blockCosine += whole
      state.blocks[block].tokens += after.rows
      state.input = nil
    }
  }

  func router(_ block: Int, logits: Matrix, routing: Routing) {
    state.withLock { state in
      for token in 0..<routing.tokens {
        let probabilities = routing.probabilities.row(token)
        for expert in probabilities.indices {
          state.blocks[block].experts[expert].mass += Double(probabilities[expert])
        }
        let domain = state.domains[token]
        for expert in routing.experts(of: token) {
          state.blocks[block].experts[expert].tokensByDomain[domain] += 1
          state.blocks[block].experts[expert].selectedMass += Double(probabilities[expert])
        }
      }
    }
  }

  func expert(_ activations: ExpertActivations) {
    var weights = 0.0
    var norms = 0.0
    var weightedNorms = 0.0
    for (row, weight) in activations.weights.enumerated() {
      let length = Double(norm(activations.output.row(row)))
      weights += Double(weight)
      norms += length
      weightedNorms += Double(weight) * length
    }
    state.withLock { [weights, norms, weightedNorms] state in
      let id = activations.id
      state.blocks[id.block].experts[id.expert].weight += weights
      state.blocks[id.block].experts[id.expert].norm += norms
      state.blocks[id.block].experts[id.expert].weightedNorm += weightedNorms
    }
  }

  /// Σ over rows of the cosine of two residual streams `[tokens, hidden]`.
  private func cosines(_ before: Matrix, _ after: Matrix) -> Double {
    let sum = Mutex([Int: Double]())
    workers.forEachTile(of: before.rows, size: 512) { rows in
      var partial = 0.0
      for row in rows { partial += Double(cosine(before.row(row), after.row(row))) }
      sum.withLock { [partial] in $0[rows.lowerBound] = partial }
    }
    // In the order of the tiles, so that the sum does not depend on the threads.
    return sum.withLock { partials in
      partials.keys.sorted().reduce(0.0) { $0 + (partials[$1] ?? 0) }
    }
  }
}
