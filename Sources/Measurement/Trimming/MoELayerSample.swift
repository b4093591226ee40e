import Model
import Numerics
import Synchronization
import Transformer

/// What one MoE layer of the untouched model read on a sample of tokens.
struct MoELayerSample: Sendable {
  /// The block.
  let block: Int
  /// Its layer.
  let moe: MoESpec
  /// Normed inputs of router and experts, `[tokens, hidden]`.
  let inputs: Matrix
  /// The router's logits, `[tokens, experts]`.
  let logits: Matrix
  /// What joins the choice of each expert, for routers that have it.
  let correction: [Float]?
  /// The rows of each sequence.
  let sequences: [Range<Int>]

  /// How the layer's router decides when only some experts are kept (ascending).
  func routing(keeping kept: [Int]) -> Routing {
    Routing(logits: logits, router: moe.router, kept: kept, correction: correction)
  }
}

extension MoELayerSample {
  /// What a block's layer read; `nil` where the block is dense.
  init?(
    _ block: Int, of model: LoadedModel, _ inputs: Matrix?, _ logits: Matrix?,
    _ sequences: [Range<Int>]
  ) throws {
    guard let moe = model.spec.blocks[block].moe, let inputs, let logits else { return nil }
    let correction =
      moe.router.hasCorrection ? try model.weight(.routerCorrection(block: block)).array : nil
    self.init(
      block: block, moe: moe, inputs: inputs, logits: logits, correction: correction,
      sequences: sequences)
  }
}

/// Runs a sample of windows through the untouched model, MoE layer by MoE layer.
struct MoELayerSamples: Sendable {
  let model: LoadedModel
  let batch: TokenBatch

  /// Takes the first windows of every domain, about `tokens` tokens and at least one window.
  init(_ model: LoadedModel, _ windows: TokenWindows, tokens: Int) {
    self.model = model
    let rounds = windows.rounds(ofTokens: min(tokens, model.memory.tokens(model.spec)))
    batch = TokenBatch(rounds.first?.map(\.ids) ?? [])
  }

  /// Calls `body` with every MoE layer, in order, and the pass that ran it.
  ///
  /// - Throws: what the pass or `body` throws, or `CancellationError`.
  func forEach(
    cancellation: Cancellation?, _ body: (MoELayerSample, ForwardPass) throws -> Void
  ) throws {
    let pass = model.originalPass
    let recorder = LayerRecorder()
    var hidden = try pass.embeddings(of: batch)
    let last = model.spec.moeBlocks.last ?? -1
    for block in 0..<last + 1 {
      hidden = try pass.run(
        blocks: block..<block + 1, from: hidden, of: batch, observer: recorder,
        cancellation: cancellation)
      let (inputs, logits) = recorder.take()
      guard let sample = try MoELayerSample(block, of: model, inputs, logits, batch.sequences)
      else { continue }
      try body(sample, pass)
    }
  }
}

/// Keeps what the last MoE layer read; the matrices stay as they are while someone holds them.
final class LayerRecorder: ActivationObserver {
  private let layer = Mutex<(inputs: Matrix?, logits: Matrix?)>((nil, nil))

  func linearInput(_ block: Int, _ input: LinearInput, _ activations: Matrix) {
    guard input == .feedForward else { return }
    layer.withLock { $0 = (activations, nil) }
  }

  func router(_ block: Int, logits: Matrix, routing: Routing) {
    layer.withLock { $0.logits = logits }
  }

  /// What the feed-forward half that ran read, `[tokens, hidden]`, and its router's logits.
  func take() -> (inputs: Matrix?, logits: Matrix?) {
    layer.withLock { layer in
      defer { layer = (nil, nil) }
      return layer
    }
  }
}
