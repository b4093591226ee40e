import Model
import Numerics

/// Multi-head latent attention (DeepSeek-V2 and V3): keys and values of all heads come from one
/// latent vector; every head's key ends with the same rotated part.
struct LatentProjection: AttentionProjection {
  private let queryLinears: [Linear]  // [queryWidth, hidden], or the two of latent queries
  private let down: Linear  // [keyValueRank + rotaryWidth, hidden]
  private let up: Linear  // [heads * (unrotatedWidth + valueDimension), keyValueRank]
  private let queryNorm: Matrix?
  private let norm: Matrix
  /// `[tokens, queryRank]`, where queries are latent.
  private let latentQueries: Matrix?
  /// `[tokens, keyValueRank + rotaryWidth]`: normed latent vectors, and the shared rotated key.
  private let latents: Matrix
  private let latent: LatentSpec
  private let rotation: Rotation
  private let spec: AttentionSpec
  private let block: Int
  private let scratch: Scratch

  /// Fetches the weights of a block.
  init(
    _ pass: ForwardPass, block: Int, latent: LatentSpec, rotation: Rotation, tokens: Int
  ) throws {
    let spec = pass.spec.blocks[block].attention
    let kinds = spec.linears.filter { $0 != .output }
    let linears = try pass.linears(kinds.map { .attention(block: block, $0) })
    queryLinears = Array(linears.dropLast(2))
    (down, up) = (linears[linears.count - 2], linears[linears.count - 1])
    norm = try pass.weights.weight(.latentNorm(block: block))
    queryNorm =
      latent.queryRank == nil ? nil : try pass.weights.weight(.latentQueryNorm(block: block))
    latentQueries = latent.queryRank.map { pass.scratch.matrix(rows: tokens, columns: $0) }
    latents = pass.scratch.matrix(rows: tokens, columns: latent.keyValueRank + spec.rotaryWidth)
    self.latent = latent
    self.rotation = rotation
    self.spec = spec
    self.block = block
    scratch = pass.scratch
  }

  func project(
    _ normed: Matrix, rows: Range<Int>, queries: Matrix, keys: Matrix, values: Matrix,
    cancellation: Cancellation?
  ) throws {
    try projectQueries(normed, rows, into: queries, cancellation)
    let rank = latent.keyValueRank
    let latents = latents.rows(rows)
    try latents.setLinear(normed, down, cancellation: cancellation)
    apply(norm, to: latents.columns(0..<rank))
    let shared = latents.columns(rank..<latents.columns)
    for (index, row) in rows.enumerated() {
      var query = queries.mutableRow(index)
      var key = shared.mutableRow(index)
      rotation.apply(
        &query, row: row, headWidth: spec.headDimension, offset: spec.unrotatedWidth)
      rotation.apply(&key, row: row, headWidth: spec.rotaryWidth)
    }
    let raised = scratch.matrix(rows: rows.count, columns: up.weight.rows)
    try raised.setLinear(latents.columns(0..<rank), up, cancellation: cancellation)
    distribute(raised, shared: shared, keys: keys, values: values)
  }

  private func projectQueries(
    _ normed: Matrix, _ rows: Range<Int>, into queries: Matrix, _ cancellation: Cancellation?
  ) throws {
    guard let latentQueries, let queryNorm else {
      return try queries.setLinear(normed, queryLinears[0], cancellation: cancellation)
    }
    let narrow = latentQueries.rows(rows)
    try narrow.setLinear(normed, queryLinears[0], cancellation: cancellation)
    apply(queryNorm, to: narrow)
    try queries.setLinear(narrow, queryLinears[1], cancellation: cancellation)
  }

  private func apply(_ weight: Matrix, to rows: Matrix) {
    for index in 0..<rows.rows {
      var row = rows.mutableRow(index)
      RootMeanSquareNorm.apply(
        inPlace: &row, weight: weight.row(0), epsilon: latent.normEpsilon)
    }
  }

  /// Takes `raised` apart, `[n, heads * (unrotatedWidth + valueDimension)]`: each head's key and value.
  private func distribute(_ raised: Matrix, shared: Matrix, keys: Matrix, values: Matrix) {
    let plain = spec.unrotatedWidth
    for head in 0..<spec.heads {
      let source = head * (plain + spec.valueDimension)
      let key = head * spec.headDimension
      let value = head * spec.valueDimension
      keys.columns(key..<key + plain).copy(from: raised.columns(source..<source + plain))
      keys.columns(key + plain..<key + spec.headDimension).copy(from: shared)
      values.columns(value..<value + spec.valueDimension)
        .copy(from: raised.columns(source + plain..<source + plain + spec.valueDimension))
    }
  }

  func report(to observer: any ActivationObserver) {
    if let latentQueries { observer.linearInput(block, .latentQuery, latentQueries) }
    observer.linearInput(block, .latent, latents.columns(0..<latent.keyValueRank))
  }
}
