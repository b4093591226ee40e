import Model
import Numerics
import Transformer

extension SweepRun {
  /// Dimensions that what a network's outputs move by is projected to: the mean over a hundred tokens
  /// is off by a few percent, over a sweep's by half a percent.
  private static let dimensions = 16

  /// Finds the local errors block by block while the tokens pass once through the untouched model,
  /// measures a sample of each block's probes, and carries all other errors to the model's end.
  ///
  /// Tokens beyond those whose activations fit the memory budget are left out of the local errors.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  mutating func propagate(_ probes: [Probe], _ windows: TokenWindows) throws {
    let rounds = windows.rounds(ofTokens: model.memory.tokens(model.spec))
    let items = rounds.first ?? []
    let errors = BlockErrors(
      model: model, calibration: calibration,
      tokens: TokenErrors(items, domains: windows.domains.count),
      batch: TokenBatch(items.map(\.ids)),
      sketches: LayerSketches(model, windows, seed: found.seed),
      projection: RandomProjection(
        model.spec.hidden, to: Self.dimensions, seed: found.seed))
    let byBlock = Dictionary(grouping: probes, by: \.block)
    var hidden = try model.originalPass.embeddings(of: errors.batch)
    for block in model.spec.blocks.indices {
      guard block >= found.pending?.blocks ?? 0 else {
        hidden = try Self.stopping(step) { [hidden] in
          try errors.states(ofBlock: block, from: hidden, $0).after
        }
        continue
      }
      hidden = try propagate(byBlock[block] ?? [], block, hidden, errors)
    }
    found.propagate(order: probes, of: model.spec)
  }

  /// Does one block; the residual stream after it.
  private mutating func propagate(
    _ probes: [Probe], _ block: Int, _ hidden: Matrix, _ errors: BlockErrors
  ) throws -> Matrix {
    let start = ContinuousClock.now
    let seed = found.seed &+ UInt64(block) << 32
    let (after, moved, sketch) = try move(probes, block, hidden, errors, seed: seed)
    found.seconds += (ContinuousClock.now - start).seconds
    let parts = probes.filter { $0.place == nil }
    var random = SeededGenerator(seed: seed &+ 1)
    try measure(parts + ProbeSample.draw(from: moved, using: &random))
    try timed { run in
      if let sketch { run.found.sketches.append(sketch) }
      run.found.add(moved)
    }
    return after
  }

  /// The residual stream after one block, how far its probes move it, and its layer's sketch.
  ///
  /// All else that the block's activations take is free again when the sample is measured.
  private func move(
    _ probes: [Probe], _ block: Int, _ hidden: Matrix, _ errors: BlockErrors, seed: UInt64
  ) throws -> (after: Matrix, errors: [LocalError], sketch: LayerSketch?) {
    let spec = model.spec
    let states = try Self.stopping(step) { try errors.states(ofBlock: block, from: hidden, $0) }
    let attention = try Self.stopping(step) {
      try errors.attention(probes.filter { $0.place == .attention }, states, $0)
    }
    let networks = try Self.stopping(step) {
      try errors.networks(probes.filter { $0.place == .networks }, states, $0)
    }
    let drops = try Self.stopping(step) {
      var random = SeededGenerator(seed: seed)
      return try errors.drops(
        probes.filter { $0.place == .router }, states,
        together: { Probe.together(spec, block: block, using: &random, cost: $0) }, $0)
    }
    return (states.after, (drops?.errors ?? []) + attention + networks, drops?.sketch)
  }
}

extension Probe {
  /// Where a probe's error is found.
  fileprivate enum Place {
    case attention, networks, router
  }

  /// `nil` for whole parts, which are measured: what they move is beyond where KL follows the error,
  /// and they are few.
  fileprivate var place: Place? {
    switch change {
    case .experts: .router
    case .part: nil
    case .bits(.attention, _): .attention
    case .bits, .neurons: .networks
    }
  }
}
