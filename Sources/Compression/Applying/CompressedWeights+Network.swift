import Model
import Numerics
import Transformer

extension CompressedWeights {
  /// Gate, up and down of a network under its choices; `members` are the experts it stands for.
  func network(_ network: NetworkID, _ members: [Int], _ key: Key) throws -> CompressedPart {
    let calibration = key.calibration == nil ? nil : try blockCalibration(network.block)
    let inputs =
      members.isEmpty
      ? calibration?.inputs[.feedForward] : calibration?.inputs.input(ofExperts: members)
    let loads = members.map { Double(calibration?.inputs.tokens(ofExpert: $0) ?? 0) }
    var shaping = NetworkShaping(
      try stored(network, members, loads: loads, method: key.merge), name: "\(network)",
      activation: activation(of: network), inputs: inputs)
    if let neurons = key.neurons { try shaping.slim(to: neurons) }
    let scales = key.scaleBits.flatMap { bits in
      calibration?.scales(of: .feedForward) {
        networkScales(network.block, bits, calibration)
      }
    }
    return try compress(network, shaping, key, scales)
  }

  /// The network before it is slimmed: as stored, or the mean of several.
  private func stored(
    _ network: NetworkID, _ members: [Int], loads: [Double], method: MergeMethod?
  ) throws -> BiasedNetwork {
    guard let method, case .expert(let id) = network else { return try stored(network) }
    let parts = try members.map {
      try stored(.expert(ExpertID(block: id.block, expert: $0)))
    }
    do throws(CompressionProblem) {
      return try BiasedNetwork.merging(parts, loads: loads, aligned: method == .aligned)
    } catch { throw CompressionFailure(part: "\(network)", problem: error) }
  }

  private func stored(_ network: NetworkID) throws -> BiasedNetwork {
    func weight(_ kind: FeedForwardLinear) throws -> Matrix {
      try source.weight(.linear(network.linear(kind)))
    }
    func bias(_ kind: FeedForwardLinear) throws -> Matrix? {
      let linear = network.linear(kind)
      return spec.hasBias(linear) ? try source.weight(.bias(linear)) : nil
    }
    return BiasedNetwork(
      weights: try GatedExpert(gate: weight(.gate), up: weight(.up), down: weight(.down)),
      gateBias: try bias(.gate), upBias: try bias(.up), downBias: try bias(.down))
  }

  /// Sparsifies and quantises what is left of a network: gate and up, then down on what it reads.
  private func compress(
    _ network: NetworkID, _ shaping: NetworkShaping, _ key: Key, _ scales: InputScales?
  ) throws -> CompressedPart {
    func part(_ kind: FeedForwardLinear, _ weight: Matrix) -> LinearCompressor.Part {
      .init(
        name: "\(network.linear(kind))", choice: key.linears[kind.index], weight: weight.copied())
    }
    var shaped = shaping.network
    let reading = key.linears[..<2].contains(where: \.needsCalibration)
    let first = LinearCompressor(
      statistics: reading ? shaping.statistics : nil, scales: scales)
    let (front, frontNotes) = try first.apply(
      to: [part(.gate, shaped.weights.gate), part(.up, shaped.weights.up)])
    if choices.calibration == .sequential {
      shaped.weights.gate = front[0]
      shaped.weights.up = front[1]
    }
    let last = LinearCompressor(
      statistics: key.linears[2].needsCalibration
        ? try shaping.intermediateStatistics(of: shaped) : nil,
      scales: nil)
    let (back, backNotes) = try last.apply(to: [part(.down, shaped.weights.down)])
    return CompressedPart(
      weights: front + back, biases: [shaped.gateBias, shaped.upBias, shaped.downBias],
      notes: shaping.notes + frontNotes + backNotes)
  }

  /// AWQ's factors for what every network of a block reads, found for all of them as stored.
  private func networkScales(
    _ block: Int, _ bits: Int, _ calibration: BlockCalibration?
  ) -> InputScales? {
    guard let statistics = calibration?.statistics(of: .feedForward) else { return nil }
    let linears = spec.networks(ofBlock: block).flatMap { network in
      [network.linear(.gate), network.linear(.up)]
    }
    // All of a large layer's weights at once would not fit; the search looks at few rows anyway.
    let weights = linears.compactMap { linear in
      (try? source.weight(.linear(linear)))?.evenlySpacedRows(max(32, 4096 / linears.count))
    }
    return AWQ.scales(for: weights, reading: statistics, bits: bits)
  }

  private func activation(of network: NetworkID) -> Activation {
    guard case .expert(let id) = network else { return .silu }
    return spec.blocks[id.block].moe?.activation ?? .silu
  }
}

extension Matrix {
  /// At most `count` rows, evenly spaced.
  fileprivate func evenlySpacedRows(_ count: Int) -> Matrix {
    rows <= count ? self : takingRows((0..<count).map { $0 * rows / count })
  }
}
