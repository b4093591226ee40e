import Glibc

/// What changes to one block cost, by what a sweep measured.
struct SweptBlock: Sendable {
  private let spec: BlockSpec
  private let hidden: Int
  private let channels: Int
  private let block: [Double]
  private let attention: [Double]
  private let moe: [Double]
  private let attentionLinears: [CostCurve]
  /// Gate, up, down of all experts together, or of the dense network.
  private let linears: [CostCurve]
  private let sharedLinears: [CostCurve]
  private let neurons: CostCurve
  private let sharedNeurons: CostCurve
  private let experts: SweptExperts?

  /// Takes out of a sweep what is about one block.
  init(
    _ index: Int, of spec: ModelSpec, _ found: [Probe: Sensitivity], together: [Sensitivity],
    sketch: LayerSketch?, channels: Int
  ) {
    self.spec = spec.blocks[index]
    hidden = spec.hidden
    self.channels = channels
    func costs(_ change: Probe.Change) -> [Double]? {
      found[Probe(block: index, change)].map { [$0.kl] + $0.klByDomain }
    }
    let nothing = Array(repeating: 0.0, count: channels)
    func curve(_ kind: LinearKind, columns: Int) -> CostCurve {
      CostCurve(
        Probe.bits.compactMap { bits in
          let quantization = Quantization(
            bits: bits, group: .widest(columns: columns), symmetric: false)
          return costs(.bits(kind, bits)).map {
            (RoundingError.share(quantization, columns: columns), $0)
          }
        })
    }
    func slimming(_ kind: NetworkKind) -> CostCurve {
      CostCurve(
        Probe.neuronPercents.compactMap { percent in
          costs(.neurons(kind, percent: percent)).map { (1 - Double(percent) / 100, $0) }
        })
    }
    block = costs(.part(.block)) ?? nothing
    attention = costs(.part(.attention)) ?? nothing
    moe = costs(.part(.moe)) ?? nothing
    attentionLinears = self.spec.attention.linears.map { kind in
      let id = LinearID.attention(block: index, kind)
      return curve(.attention(kind), columns: spec.shape(of: id).columns)
    }
    let kinds = FeedForwardLinear.allCases
    func width(_ linear: FeedForwardLinear, _ neurons: Int) -> Int {
      linear == .down ? neurons : spec.hidden
    }
    if let layer = self.spec.moe {
      linears = kinds.map { curve(.expert($0), columns: width($0, layer.expertWidth)) }
      sharedLinears = kinds.compactMap { kind in
        layer.shared.map { curve(.shared(kind), columns: width(kind, $0.width)) }
      }
      neurons = slimming(.experts)
      sharedNeurons = slimming(.shared)
      experts = SweptExperts(
        (0..<layer.experts).map { costs(.experts([$0])) ?? nothing }, layer.router, sketch,
        empty: BlockChoices(self.spec), together: together, channels: channels)
    } else {
      let width = spec.width(of: .dense(block: index))
      linears = kinds.map { curve(.dense($0), columns: $0 == .down ? width : spec.hidden) }
      sharedLinears = []
      neurons = slimming(.dense)
      sharedNeurons = CostCurve([])
      experts = nil
    }
  }

  /// What the choices cost.
  func costs(_ choice: BlockChoices) -> PlanCosts {
    var sum = PlanCosts(channels: channels)
    guard !choice.blockDropped else {
      sum.add(block, .blocks)
      return sum
    }
    if choice.keepsAttention {
      for (linear, curve) in zip(choice.attention, attentionLinears) {
        add(linear, curve, columns: hidden, share: 1, to: &sum)
      }
    } else {
      sum.add(attention, .attention)
    }
    guard choice.keepsFeedForward else {
      sum.add(moe, .moeLayers)
      return sum
    }
    addFeedForward(choice, to: &sum)
    return sum
  }

  private func addFeedForward(_ choice: BlockChoices, to sum: inout PlanCosts) {
    for (index, linear) in choice.shared.enumerated() {
      add(linear, sharedLinears[index], columns: hidden, share: 1, to: &sum)
    }
    add(choice.sharedNeurons, sharedNeurons, share: 1, to: &sum)
    if let experts {
      experts.addDrops(choice, to: &sum)
      addNetworks(choice, shares: experts.shares, to: &sum)
    } else {
      addNetworks(choice, shares: [1], to: &sum)
    }
  }

  /// Adds what is chosen for the linears and neurons of each network, by its share of the work.
  ///
  /// Networks with the same choice are taken together: most plans have few different ones.
  private func addNetworks(_ choice: BlockChoices, shares: [Double], to sum: inout PlanCosts) {
    for kind in FeedForwardLinear.allCases {
      let groups = gather(shares, choice) { choice.feedForward[$0 * 3 + kind.index] }
      for (linear, share) in groups {
        add(linear, linears[kind.index], columns: hidden, share: share, to: &sum)
      }
    }
    for (slimming, share) in gather(shares, choice, { choice.neurons[$0] }) {
      add(slimming, neurons, share: share, to: &sum)
    }
  }

  private func gather<Value: Equatable>(
    _ shares: [Double], _ choice: BlockChoices, _ value: (Int) -> Value
  ) -> [(Value, Double)] {
    var groups: [(Value, Double)] = []
    for (network, share) in shares.enumerated() {
      if network < choice.expertDropped.count, choice.expertDropped[network] { continue }
      let value = value(network)
      if let last = groups.indices.last, groups[last].0 == value {
        groups[last].1 += share
      } else if let index = groups.firstIndex(where: { $0.0 == value }) {
        groups[index].1 += share
      } else {
        groups.append((value, share))
      }
    }
    return groups
  }

  private func add(
    _ linear: LinearChoice, _ curve: CostCurve, columns: Int, share: Double,
    to sum: inout PlanCosts
  ) {
    if case .quantized(let quantization) = linear.precision {
      let kind: CostKind = quantization.method.needsCalibration ? .calibratedBits : .bits
      let severity = RoundingError.share(quantization, columns: columns)
      sum.add(curve.costs(at: severity, channels: channels), kind, times: share)
      if let bits = quantization.activationBits {
        let severity = RoundingError.share(activationBits: bits)
        sum.add(curve.costs(at: severity, channels: channels), .activations, times: share)
      }
    }
    if let sparsity = linear.sparsity {
      let kind: CostKind = sparsity.method.needsCalibration ? .calibratedZeros : .zeros
      let severity = RoundingError.share(sparsity.pattern)
      sum.add(curve.costs(at: severity, channels: channels), kind, times: share)
    }
  }

  private func add(
    _ slimming: NeuronChoice?, _ curve: CostCurve, share: Double, to sum: inout PlanCosts
  ) {
    guard let slimming, slimming.kept < slimming.width else { return }
    let gone = 1 - Double(slimming.kept) / Double(slimming.width)
    sum.add(
      curve.costs(at: gone, channels: channels), slimming.refit ? .refittedNeurons : .neurons,
      times: share)
  }
}
