import Model
import Numerics
import Transformer

/// Makes the sketches of all MoE layers of a model from a few of its calibration tokens.
struct LayerSketches {
  private let model: LoadedModel
  private let windows: TokenWindows
  private let seed: UInt64

  init(_ model: LoadedModel, _ windows: TokenWindows, seed: UInt64) {
    self.model = model
    self.windows = windows
    self.seed = seed
  }

  /// Runs the untouched model.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  func make(_ cancellation: Cancellation?) throws -> [LayerSketch] {
    let projection = projection()
    var sketches: [LayerSketch] = []
    try MoELayerSamples(model, windows, tokens: windows.tokens).forEach(
      cancellation: cancellation
    ) { sample, pass in
      sketches.append(try sketch(sample, pass, projection, cancellation))
    }
    return sketches
  }

  /// Random signs, `[dimensions, hidden]`, scaled so that lengths stay the same on average.
  private func projection() -> Matrix {
    var random = SeededGenerator(seed: seed)
    let scale = 1 / Float(LayerSketch.usualDimensions).squareRoot()
    let matrix = Matrix(uninitialized: LayerSketch.usualDimensions, model.spec.hidden)
    var elements = matrix.mutableElements()
    for index in elements.indices { elements[index] = random.next() & 1 == 0 ? scale : -scale }
    return matrix
  }

  private func sketch(
    _ sample: MoELayerSample, _ pass: ForwardPass, _ projection: Matrix,
    _ cancellation: Cancellation?
  ) throws -> LayerSketch {
    // As many beyond those picked as half of the layer can be dropped and most tokens stay covered.
    let choices = min(sample.moe.experts, max(8, 5 * sample.moe.router.expertsPerToken / 2))
    let count = min(
      sample.inputs.rows, max(1, LayerSketch.numbers / (choices * LayerSketch.usualDimensions)))
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
        &sketch, places, ExpertID(block: sample.block, expert: expert), inputs, pass, projection,
        cancellation)
    }
    return sketch
  }

  /// Runs one expert on the tokens that might come to it.
  private func fill(
    _ sketch: inout LayerSketch, _ places: [Int], _ expert: ExpertID, _ inputs: Matrix,
    _ pass: ForwardPass, _ projection: Matrix, _ cancellation: Cancellation?
  ) throws {
    let own = Matrix(uninitialized: places.count, inputs.columns)
    own.gather(places.map { $0 / sketch.choices }[...], from: inputs)
    let outputs = try pass.outputs(of: expert, for: own, cancellation: cancellation)
    let projected = Matrix(uninitialized: places.count, LayerSketch.usualDimensions)
    projected.setProduct(outputs, transposed: projection)
    for (row, place) in places.enumerated() {
      for dimension in 0..<LayerSketch.usualDimensions {
        sketch.outputs[place * LayerSketch.usualDimensions + dimension] = projected[row, dimension]
      }
    }
  }
}
