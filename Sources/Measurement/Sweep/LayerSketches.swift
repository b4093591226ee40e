import Model
import Numerics
import Transformer

/// Makes the sketches of all MoE layers of a model from a few of its calibration tokens.
struct LayerSketches {
  private let model: LoadedModel
  private let windows: TokenWindows
  private let projection: RandomProjection

  init(_ model: LoadedModel, _ windows: TokenWindows, seed: UInt64) {
    self.model = model
    self.windows = windows
    projection = RandomProjection(model.spec.hidden, to: LayerSketch.usualDimensions, seed: seed)
  }

  /// Runs the untouched model.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  func make(_ cancellation: Cancellation?) throws -> [LayerSketch] {
    var sketches: [LayerSketch] = []
    try MoELayerSamples(model, windows, tokens: windows.tokens).forEach(
      cancellation: cancellation
    ) { sample, pass in
      sketches.append(try sketch(sample, pass, cancellation).sketch)
    }
    return sketches
  }

  /// The sketch of one layer, and the tokens it is of: as many as come to `numbers`, evenly spaced.
  func sketch(
    _ sample: MoELayerSample, _ pass: ForwardPass, numbers: Int = LayerSketch.numbers,
    _ cancellation: Cancellation?
  ) throws -> (sketch: LayerSketch, tokens: [Int]) {
    // As many beyond those picked as half of the layer can be dropped and most tokens stay covered.
    let choices = min(sample.moe.experts, max(8, 5 * sample.moe.router.expertsPerToken / 2))
    let count = min(sample.inputs.rows, max(1, numbers / (choices * LayerSketch.usualDimensions)))
    let rows = (0..<count).map { $0 * sample.inputs.rows / count }
    let inputs = Matrix(uninitialized: count, sample.inputs.columns)
    inputs.gather(rows[...], from: sample.inputs)
    let logits = Matrix(uninitialized: count, sample.logits.columns)
    logits.gather(rows[...], from: sample.logits)
    var router = sample.moe.router
    router.expertsPerToken = choices
    let routing = Routing(
      logits: logits, router: router, kept: Array(0..<sample.moe.experts),
      correction: sample.correction)
    var sketch = LayerSketch(
      block: sample.block, choices: routing.slots, dimensions: LayerSketch.usualDimensions,
      experts: routing.experts.map { Int32($0) },
      gates: (0..<count).flatMap { token in
        routing.experts(of: token).map { routing.probabilities[token, $0] }
      }, outputs: Array(repeating: 0, count: count * routing.slots * LayerSketch.usualDimensions))
    for expert in 0..<sample.moe.experts {
      try cancellation?.check()
      let places = routing.experts.indices.filter { routing.experts[$0] == expert }
      guard !places.isEmpty else { continue }
      try fill(
        &sketch, places, ExpertID(block: sample.block, expert: expert), inputs, pass, cancellation)
    }
    return (sketch, rows)
  }

  /// Runs one expert on the tokens that might come to it.
  private func fill(
    _ sketch: inout LayerSketch, _ places: [Int], _ expert: ExpertID, _ inputs: Matrix,
    _ pass: ForwardPass, _ cancellation: Cancellation?
  ) throws {
    let own = Matrix(uninitialized: places.count, inputs.columns)
    own.gather(places.map { $0 / sketch.choices }[...], from: inputs)
    let outputs = try pass.outputs(of: expert, for: own, cancellation: cancellation)
    let projected = projection.apply(to: outputs)
    for (row, place) in places.enumerated() {
      for dimension in 0..<LayerSketch.usualDimensions {
        sketch.outputs[place * LayerSketch.usualDimensions + dimension] = projected[row, dimension]
      }
    }
  }
}
