import Model
import Numerics
import Transformer

/// The local errors of changes to one block: how far each moves the residual stream behind the half
/// that it changes.
///
/// Errors of attention are taken behind the attention half: experts need not run for them, so that a
/// block's experts are read three times in all, however many probes there are: to go on, for what
/// drops do, and for what rounding and slimming do.
struct BlockErrors {
  let model: LoadedModel
  let calibration: CalibrationSample?
  let tokens: TokenErrors
  let batch: TokenBatch
  let sketches: LayerSketches
  /// For what networks' outputs move by.
  let projection: RandomProjection

  /// Numbers of a layer's outputs that are looked at for single tokens: all tokens of a sweep of the
  /// demo, a megabyte.
  static let sketchNumbers = 1 << 18

  /// What a block of the untouched model does to its tokens.
  struct States {
    let block: Int
    /// The residual stream before, between and after the halves, `[tokens, hidden]`.
    let before: Matrix
    let between: Matrix
    let after: Matrix
    /// What the feed-forward half's networks read, `[tokens, hidden]`.
    let inputs: Matrix
    let layer: MoELayerSample?
  }

  /// Runs the untouched block.
  func states(
    ofBlock block: Int, from hidden: Matrix, _ cancellation: Cancellation?
  ) throws -> States {
    let pass = model.originalPass
    let recorder = LayerRecorder()
    let between = try pass.attentionHalf(
      of: block, from: hidden, of: batch, cancellation: cancellation)
    let after = try pass.feedForwardHalf(
      of: block, from: between, observer: recorder, cancellation: cancellation)
    let (inputs, logits) = recorder.take()
    return States(
      block: block, before: hidden, between: between, after: after, inputs: inputs ?? between,
      layer: try MoELayerSample(block, of: model, inputs, logits, batch.sequences))
  }

  /// Errors of probes that change attention weights.
  func attention(
    _ probes: [Probe], _ states: States, _ cancellation: Cancellation?
  ) throws -> [LocalError] {
    let lengths = model.workers.squaredLengths(states.between)
    return try probes.map { probe in
      let pass = try pass(of: probe, from: nil, cancellation)
      let between = try pass.attentionHalf(
        of: states.block, from: states.before, of: batch, cancellation: cancellation)
      return tokens.error(
        of: probe, moved: model.workers.squaredDistances(between, states.between),
        lengths: lengths)
    }
  }

  /// The sketch of an MoE layer to keep, and the errors of dropping each expert and some together.
  func drops(
    _ probes: [Probe], _ states: States, together: ((Int) -> Double) -> [Probe],
    _ cancellation: Cancellation?
  ) throws -> (sketch: LayerSketch, errors: [LocalError])? {
    guard let layer = states.layer else { return nil }
    let (sketch, rows) = try sketches.sketch(
      layer, model.originalPass, numbers: Self.sketchNumbers, cancellation)
    let lengths = model.workers.squaredLengths(states.after)
    let scale = model.spec.multipliers.residual * model.spec.multipliers.residual
    func error(_ probe: Probe) -> LocalError? {
      guard case .experts(let dropped) = probe.change else { return nil }
      let moved = sketch.squaredDistances(without: dropped, in: model.spec).map { $0 * scale }
      return tokens.error(of: probe, moved: moved, tokens: rows, lengths: lengths)
    }
    let alone = probes.compactMap(error)
    let known = Dictionary(alone.map { ($0.probe, $0.error) }) { first, _ in first }
    let sets = together { known[Probe(block: states.block, .experts([$0]))] ?? 0 }
    let kept = max(1, LayerSketch.numbers / (sketch.choices * sketch.dimensions))
    return (sketch.thinned(to: kept), alone + sets.compactMap(error))
  }

  /// A probe's forward pass.
  func pass(
    of probe: Probe, from weights: CheckpointWeights?, _ cancellation: Cancellation?
  ) throws -> ForwardPass {
    let plan = try probe.plan(after: Plan(for: model.spec), of: model.spec)
    let pass =
      if let weights {
        model.pass(plan.choices, calibration: calibration, from: weights).pass
      } else {
        model.pass(plan.choices, calibration: calibration).pass
      }
    try pass.weights.prepare(block: probe.block, cancellation: cancellation)
    return pass
  }
}

// MARK: - Networks

extension BlockErrors {
  /// Tokens of one network, with the weights its outputs are mixed with.
  private struct Task {
    let network: NetworkID
    let tokens: [Int]
    let weights: [Float]
  }

  /// Errors of probes that change weights of the feed-forward half.
  ///
  /// One network after the other answers under every probe while its weights are at hand; what its
  /// answers move by is projected and added up for each token.
  func networks(
    _ probes: [Probe], _ states: States, _ cancellation: Cancellation?
  ) throws -> [LocalError] {
    guard !probes.isEmpty else { return [] }
    let weights = model.lingeringWeights()
    let original = model.pass(Choices(model.spec), calibration: nil, from: weights).pass
    let passes = try probes.map { try pass(of: $0, from: weights, cancellation) }
    let projection = projection
    let moved = probes.map { _ in
      Matrix(rows: batch.count, columns: projection.dimensions, repeating: 0)
    }
    for task in try tasks(states) {
      try cancellation?.check()
      let inputs = Matrix(uninitialized: task.tokens.count, states.inputs.columns)
      inputs.gather(task.tokens[...], from: states.inputs)
      let before = try original.outputs(
        of: task.network, for: inputs, cancellation: cancellation)
      let touching = probes.indices.filter { probes[$0].changes(task.network) }
      try model.workers.forEach(touching.count) { index in
        let probe = touching[index]
        let outputs = try passes[probe].outputs(
          of: task.network, for: inputs, cancellation: cancellation)
        for row in 0..<outputs.rows {
          var target = outputs.mutableRow(row)
          add(before.row(row), weight: -1, to: &target)
        }
        moved[probe].scatterAdd(
          projection.apply(to: outputs), weights: task.weights[...], to: task.tokens[...])
      }
    }
    let lengths = model.workers.squaredLengths(states.after)
    let scale = model.spec.multipliers.residual * model.spec.multipliers.residual
    return zip(probes, moved).map { probe, moved in
      let squares = model.workers.squaredLengths(moved).map { $0 * scale }
      return tokens.error(of: probe, moved: squares, lengths: lengths)
    }
  }

  private func tasks(_ states: States) throws -> [Task] {
    let all = Array(0..<batch.count)
    guard let layer = states.layer else {
      return [
        Task(
          network: .dense(block: states.block), tokens: all,
          weights: Array(repeating: 1, count: all.count))
      ]
    }
    var tasks: [Task] = []
    if layer.moe.shared != nil {
      let gates = try model.originalPass.sharedGates(ofBlock: states.block, for: states.inputs)
      tasks.append(Task(network: .shared(block: states.block), tokens: all, weights: gates))
    }
    let routing = layer.routing(keeping: Array(0..<layer.moe.experts))
    var entries = Array(repeating: (tokens: [Int](), weights: [Float]()), count: layer.moe.experts)
    for (place, expert) in routing.experts.enumerated() {
      entries[expert].tokens.append(place / routing.slots)
      entries[expert].weights.append(routing.weights[place])
    }
    for (expert, entry) in entries.enumerated() where !entry.tokens.isEmpty {
      tasks.append(
        Task(
          network: .expert(ExpertID(block: states.block, expert: expert)), tokens: entry.tokens,
          weights: entry.weights))
    }
    return tasks
  }
}

extension Probe {
  /// Whether it changes weights of a network of its block.
  fileprivate func changes(_ network: NetworkID) -> Bool {
    switch (change, network) {
    case (.bits(.expert, _), .expert), (.neurons(.experts, _), .expert),
      (.bits(.shared, _), .shared), (.neurons(.shared, _), .shared),
      (.bits(.dense, _), .dense), (.neurons(.dense, _), .dense):
      true
    default: false
    }
  }
}
