import Model
import Numerics
import Transformer

/// A network that loses neurons, and what it reads on the calibration tokens.
struct NetworkShaping {
  /// The network as it is now.
  private(set) var network: BiasedNetwork
  /// What could not be done as asked.
  private(set) var notes: [CompressionNote] = []
  private let name: String
  private let activation: Activation
  /// `[n, hidden]`; `nil` where no token came by.
  private let inputs: Matrix?

  init(_ network: BiasedNetwork, name: String, activation: Activation, inputs: Matrix?) {
    self.network = network
    self.name = name
    self.activation = activation
    self.inputs = inputs
  }

  /// Statistics of what gate and up read; `nil` where no token came by.
  var statistics: InputStatistics? { inputs.map(Self.statistics) }

  /// Statistics of what the down projection of `network` reads; `nil` where no token came by.
  ///
  /// - Throws: `CancellationError`.
  func intermediateStatistics(of network: BiasedNetwork) throws -> InputStatistics? {
    guard let inputs else { return nil }
    let weights = network.weights
    let gated = GatedNetwork(
      gate: Linear(weight: weights.gate, bias: network.gateBias),
      up: Linear(weight: weights.up, bias: network.upBias), down: Linear(weight: weights.down),
      activation: activation)
    return Self.statistics(try gated.intermediate(of: inputs))
  }

  /// Keeps the most salient neurons; where no token came by, those with the largest weights.
  ///
  /// - Throws: `CompressionFailure`, or `CancellationError`.
  mutating func slim(to choice: NeuronChoice) throws {
    let activations = try intermediateStatistics(of: network)
    do throws(CompressionProblem) {
      let kept = try NeuronSlimming.neurons(
        keeping: choice.kept, scores: saliency(activations))
      let whole = network
      network = whole.taking(kept)
      if choice.refit { refit(whole, kept, activations) }
    } catch { throw CompressionFailure(part: name, problem: error) }
  }

  private mutating func saliency(
    _ activations: InputStatistics?
  ) throws(CompressionProblem) -> [Float] {
    let problem: CompressionProblem
    do throws(CompressionProblem) {
      guard let activations else { throw .noTokens }
      return try NeuronSlimming.saliency(down: network.weights.down, activations: activations)
    } catch { problem = error }
    let scores = try NeuronSlimming.weightSaliency(network.weights)
    notes.append(
      CompressionNote(
        part: name, method: "neuron saliency", became: "the norms of weights", problem))
    return scores
  }

  /// Fits the down projection to the whole network's outputs, or leaves it and says why.
  private mutating func refit(
    _ whole: BiasedNetwork, _ kept: [Int], _ activations: InputStatistics?
  ) {
    do throws(CompressionProblem) {
      guard let activations else { throw .noTokens }
      network.weights.down = try RidgeRefit().refit(
        down: whole.weights.down, keeping: kept, activations: activations)
    } catch {
      notes.append(
        CompressionNote(part: name, text: "down was not fitted anew: \(error)"))
    }
  }

  private static func statistics(_ inputs: Matrix) -> InputStatistics {
    let statistics = InputStatistics(width: inputs.columns)
    statistics.add(inputs)
    return statistics
  }
}
