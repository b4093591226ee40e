import Model
import Numerics

/// The feed-forward half of one block: norm, then a dense network or router and experts, residual.
struct FeedForwardHalf: Sendable {
  let pass: ForwardPass
  let block: Int
  let cancellation: Cancellation?

  /// The residual stream after this half, `[tokens, hidden]`.
  ///
  /// With `memory`, experts compute only what it does not know, unless someone observes.
  func apply(
    to hidden: Matrix, observer: (any ActivationObserver)?, memory: inout ExpertMemory?
  ) throws -> Matrix {
    try cancellation?.check()
    let normed = try pass.normed(
      hidden, by: .feedForwardNorm(block: block), bias: .feedForwardNormBias(block: block))
    observer?.linearInput(block, .feedForward, normed)
    let after =
      switch pass.spec.blocks[block].feedForward {
      case .dense:
        try network(.denseDown, normed, observer) { .dense(block: block, $0) }
      case .moe(let moe):
        try mixture(moe, normed, observer, &memory)
      }
    pass.workers.forEachTile(of: hidden.rows, size: ForwardPass.tileRows(hidden.rows)) { rows in
      pass.join(after.rows(rows), to: hidden.rows(rows))
    }
    observer?.feedForward(block, before: hidden, after: after)
    return after
  }

  private func mixture(
    _ moe: MoESpec, _ normed: Matrix, _ observer: (any ActivationObserver)?,
    _ memory: inout ExpertMemory?
  ) throws -> Matrix {
    let kept = pass.structure.blocks[block].experts
    let (logits, routing) = try route(moe, normed, kept)
    observer?.router(block, logits: logits, routing: routing)
    let sum: Matrix
    if moe.shared == nil {
      sum = pass.scratch.matrix(rows: normed.rows, columns: normed.columns)
      sum.fill(0)
    } else {
      sum = try network(.sharedDown, normed, observer) { .shared(block: block, $0) }
      if moe.shared?.isGated == true { try gateShared(sum, normed) }
    }
    let mixture = ExpertMixture(
      pass: pass, block: block,
      dispatch: ExpertDispatch(routing, standIn: pass.structure.blocks[block].standIn),
      cancellation: cancellation)
    if observer == nil, var recalling = memory {
      try mixture.add(to: sum, inputs: normed, memory: &recalling)
      memory = recalling
    } else {
      try mixture.add(to: sum, inputs: normed, observer: observer)
    }
    return sum
  }

  /// Multiplies the shared experts' outputs `[tokens, hidden]` with their gate.
  private func gateShared(_ outputs: Matrix, _ normed: Matrix) throws {
    let gates = try pass.sharedGates(ofBlock: block, for: normed)
    pass.workers.forEachTile(of: normed.rows, size: ForwardPass.tileRows(normed.rows)) { rows in
      for row in rows { outputs.rows(row..<row + 1).scale(by: gates[row]) }
    }
  }

  /// The router's logits `[tokens, experts]`, of dropped experts too, and the choice among `kept`.
  private func route(
    _ moe: MoESpec, _ normed: Matrix, _ kept: [Int]
  ) throws -> (Matrix, Routing) {
    let weight = try pass.weights.weight(.router(block: block))
    let bias = moe.router.hasBias ? try pass.weights.weight(.routerBias(block: block)) : nil
    let correction =
      moe.router.hasCorrection
      ? try pass.weights.weight(.routerCorrection(block: block)).array : nil
    let logits = pass.scratch.matrix(rows: normed.rows, columns: moe.experts)
    let probabilities = pass.scratch.matrix(rows: normed.rows, columns: moe.experts)
    let size = ForwardPass.tileRows(normed.rows)
    let tiles = pass.workers.map((normed.rows + size - 1) / size) { tile in
      let rows = tile * size..<min(normed.rows, (tile + 1) * size)
      logits.rows(rows).setProduct(normed.rows(rows), transposed: weight)
      if let bias { logits.rows(rows).addToRows(bias) }
      return Routing(
        logits: logits.rows(rows), router: moe.router, kept: kept, correction: correction,
        probabilities: probabilities.rows(rows))
    }
    return (logits, Routing(joining: tiles, probabilities: probabilities))
  }

  /// A network that every token passes through: a dense layer, or the shared experts.
  private func network(
    _ input: LinearInput, _ normed: Matrix, _ observer: (any ActivationObserver)?,
    _ linear: (FeedForwardLinear) -> LinearID
  ) throws -> Matrix {
    let linears = try pass.linears(FeedForwardLinear.allCases.map(linear))
    let network = GatedNetwork(
      gate: linears[0], up: linears[1], down: linears[2], activation: .silu)
    let output = pass.scratch.matrix(rows: normed.rows, columns: normed.columns)
    let intermediate =
      observer == nil ? nil : pass.scratch.matrix(rows: normed.rows, columns: network.width)
    let (scratch, cancellation) = (pass.scratch, cancellation)
    try pass.workers.forEachTile(of: normed.rows, size: ForwardPass.tileRows(normed.rows)) { rows in
      try network.apply(
        normed.rows(rows), into: output.rows(rows), intermediate: intermediate?.rows(rows),
        scratch: scratch, cancellation: cancellation)
    }
    if let intermediate { observer?.linearInput(block, input, intermediate) }
    return output
  }
}
