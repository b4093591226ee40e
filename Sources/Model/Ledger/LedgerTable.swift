/// Sizes of every part of a model, looked up once, so that a plan's ledger is a sum of integers
/// and fits between a key and its frame on the largest models.
public struct LedgerTable: Sendable {
  struct Linear {
    var rows: Int
    var columns: Int
    var storedBytes: Int
    var storedBits: Int
    var elements: Int { rows * columns }
    /// Whether "average bits" counts it (attention and experts, not dense layers).
    var counted: Bool

    /// The linear with fewer neurons: rows of gate and up (0, 1), columns of down (2).
    func slimmed(_ index: Int, to slimming: NeuronChoice?) -> Linear {
      guard let kept = slimming?.kept else { return self }
      var linear = self
      if index == FeedForwardLinear.down.index { linear.columns = kept } else { linear.rows = kept }
      linear.storedBytes = storedBytes / elements * linear.elements
      return linear
    }
  }

  struct Block {
    /// Norms, biases and sinks.
    var attentionVectors: Size
    /// Which projections the attention half has, in the order of `attention`.
    var attentionLinears: [AttentionLinear]
    var attention: [Linear]
    /// Norms and the shared experts' gate.
    var feedForwardVectors: Size
    /// One row of the router, with its biases.
    var routerRow: Size
    /// Biases of one expert's linears.
    var expertBiases: Size
    /// Biases of one neuron of an expert.
    var neuronBias = Size()
    var shared: [Linear]
    /// Three per expert, or three of a dense layer.
    var feedForward: [Linear]
    var expertsPerToken: Int
  }

  struct Size {
    var elements = 0
    var bytes = 0
  }

  let blocks: [Block]
  let outside: Size
  private let baselineBytes: Int
  private let experts: Int

  /// Looks up the sizes of every tensor of a model.
  public init(_ spec: ModelSpec) {
    blocks = spec.blocks.indices.map { Self.block($0, of: spec) }
    var outside = Size()
    var total = 0
    for role in spec.roles where role.block == nil {
      let tensor = spec.tensor(role)
      outside.elements += tensor.elements
      outside.bytes += tensor.bytes
    }
    self.outside = outside
    for block in blocks { total += Self.bytes(ofUntouched: block) }
    baselineBytes = outside.bytes + total
    experts = spec.expertCount
  }

  /// Adds up what the choices would store.
  ///
  /// - Complexity: O(linears), no allocation beyond the per-block list.
  public func ledger(of choices: Choices) -> Ledger {
    var ledger = Ledger()
    ledger.baselineBytes = baselineBytes
    ledger.experts = experts
    ledger.bytes = outside.bytes
    ledger.parameters = outside.elements
    ledger.activeParameters = outside.elements
    ledger.blockBytes.reserveCapacity(blocks.count)
    for (block, choice) in zip(blocks, choices.blocks) {
      let before = ledger.bytes
      if choice.keepsAttention { addAttention(of: block, choice, to: &ledger) }
      if choice.keepsFeedForward { addFeedForward(of: block, choice, to: &ledger) }
      ledger.blockBytes.append(ledger.bytes - before)
    }
    return ledger
  }

  func addAttention(of block: Block, _ choice: BlockChoices, to ledger: inout Ledger) {
    add(block.attentionVectors, to: &ledger)
    for (linear, chosen) in zip(block.attention, choice.attention) {
      add(linear, chosen, active: true, to: &ledger)
    }
  }

  func addFeedForward(of block: Block, _ choice: BlockChoices, to ledger: inout Ledger) {
    add(block.feedForwardVectors, to: &ledger)
    for (index, chosen) in choice.shared.enumerated() {
      let linear = block.shared[index].slimmed(index, to: choice.sharedNeurons)
      add(linear, chosen, active: true, to: &ledger)
    }
    guard block.expertsPerToken > 0 else {
      for (index, chosen) in choice.feedForward.enumerated() {
        let linear = block.feedForward[index].slimmed(index, to: choice.neurons[0])
        add(linear, chosen, active: true, to: &ledger)
      }
      return
    }
    addExperts(of: block, choice, to: &ledger)
  }

  /// Adds the kept experts: a router row each, and weights for those that share no other's.
  private func addExperts(of block: Block, _ choice: BlockChoices, to ledger: inout Ledger) {
    let before = ledger.parameters
    var stored = 0
    for (expert, dropped) in choice.expertDropped.enumerated() where !dropped {
      add(block.routerRow, to: &ledger)
      ledger.keptExperts += 1
      guard !choice.isMergedAway(expert) else {
        ledger.mergedExperts += 1
        continue
      }
      stored += 1
      addNetwork(of: expert, block, choice, to: &ledger)
    }
    // Experts may differ in width: the mean stands for whichever the router picks.
    let elements = ledger.parameters - before - choice.keptExperts * block.routerRow.elements
    ledger.activeParameters += stored == 0 ? 0 : block.expertsPerToken * elements / stored
  }

  /// Adds the weights of one expert.
  func addNetwork(
    of expert: Int, _ block: Block, _ choice: BlockChoices, to ledger: inout Ledger
  ) {
    for index in 0..<3 {
      let linear = block.feedForward[expert * 3 + index].slimmed(
        index, to: choice.neurons[expert])
      add(linear, choice.feedForward[expert * 3 + index], active: false, to: &ledger)
    }
    ledger.bytes += block.expertBiases.bytes
    ledger.parameters += block.expertBiases.elements
    if let kept = choice.neurons[expert]?.kept { removeBiases(of: block, kept, from: &ledger) }
  }

  /// Takes away the biases of the neurons an expert lost; the down projection's stay.
  private func removeBiases(of block: Block, _ kept: Int, from ledger: inout Ledger) {
    let lost = block.feedForward[0].rows - kept
    ledger.bytes -= lost * block.neuronBias.bytes
    ledger.parameters -= lost * block.neuronBias.elements
  }

  private func add(_ size: Size, to ledger: inout Ledger) {
    ledger.bytes += size.bytes
    ledger.parameters += size.elements
    ledger.activeParameters += size.elements
  }

  private func add(
    _ linear: Linear, _ choice: LinearChoice, active: Bool, to ledger: inout Ledger
  ) {
    let elements = linear.elements
    let bytes: Int
    let bits: Int
    switch choice.precision {
    case .stored:
      bytes = linear.storedBytes
      bits = linear.storedBits
    case .quantized(let quantization):
      bytes = quantization.bytes(rows: linear.rows, columns: linear.columns)
      bits = quantization.bits
    }
    ledger.bytes += bytes
    ledger.parameters += elements
    if let sparsity = choice.sparsity {
      ledger.zeroWeights += Int(sparsity.pattern.ratio * Double(elements))
    }
    if active { ledger.activeParameters += elements }
    guard linear.counted else { return }
    ledger.linearWeights += elements
    ledger.codeBits += elements * bits
    ledger.linearBytes += bytes
  }

  private static func bytes(ofUntouched block: Block) -> Int {
    let linears = block.attention + block.shared + block.feedForward
    let experts = block.expertsPerToken > 0 ? block.feedForward.count / 3 : 0
    return block.attentionVectors.bytes + block.feedForwardVectors.bytes
      + experts * (block.routerRow.bytes + block.expertBiases.bytes)
      + linears.reduce(0) { $0 + $1.storedBytes }
  }

  private static func block(_ index: Int, of spec: ModelSpec) -> Block {
    func size(_ roles: [TensorRole]) -> Size {
      roles.reduce(into: Size()) { size, role in
        let tensor = spec.tensor(role)
        size.elements += tensor.elements
        size.bytes += tensor.bytes
      }
    }
    func linear(_ id: LinearID, counted: Bool) -> Linear {
      let (rows, columns) = spec.shape(of: id)
      return Linear(
        rows: rows, columns: columns, storedBytes: spec.storedBytes(of: id),
        storedBits: spec.encoding(of: id).bits, counted: counted)
    }
    var block = Block(
      attentionVectors: size(spec.attentionVectors(ofBlock: index)),
      attentionLinears: spec.blocks[index].attention.linears, attention: [],
      feedForwardVectors: size(spec.feedForwardVectors(ofBlock: index)),
      routerRow: Size(), expertBiases: Size(), shared: [], feedForward: [],
      expertsPerToken: spec.blocks[index].moe?.router.expertsPerToken ?? 0)
    if let moe = spec.blocks[index].moe {
      let router = size(spec.routerRoles(ofBlock: index))
      block.routerRow = Size(
        elements: router.elements / moe.experts, bytes: router.bytes / moe.experts)
      block.expertBiases = Self.biases(of: FeedForwardLinear.allCases, block: index, spec)
      let neurons = Self.biases(of: [.gate, .up], block: index, spec)
      block.neuronBias = Size(
        elements: neurons.elements / moe.expertWidth, bytes: neurons.bytes / moe.expertWidth)
    }
    for id in spec.linears(ofBlock: index) {
      switch id {
      case .attention: block.attention.append(linear(id, counted: true))
      case .shared: block.shared.append(linear(id, counted: true))
      case .expert: block.feedForward.append(linear(id, counted: true))
      case .dense: block.feedForward.append(linear(id, counted: false))
      }
    }
    return block
  }

  /// Biases of some of the linears of one expert.
  private static func biases(
    of kinds: [FeedForwardLinear], block index: Int, _ spec: ModelSpec
  ) -> Size {
    var size = Size()
    for kind in kinds {
      let linear = LinearID.expert(ExpertID(block: index, expert: 0), kind)
      guard spec.hasBias(linear) else { continue }
      let region = spec.region(of: .bias(linear))
      size.elements += region.columns
      size.bytes += spec.tensor(region.tensor).encoding.bytes(of: [region.columns])
    }
    return size
  }
}

extension ModelSpec {
  /// How a linear's weight is stored.
  public func encoding(of linear: LinearID) -> StoredEncoding {
    if encodingExceptions.isEmpty { return encoding }
    return encoding(of: storedTensors(of: linear)[0])
  }

  private func encoding(of tensor: TensorRole) -> StoredEncoding {
    encodingExceptions[names.name(of: tensor)] ?? encoding
  }

  /// Bytes that a linear's weight takes in the checkpoint.
  func storedBytes(of linear: LinearID) -> Int {
    let tensors = storedTensors(of: linear)
    guard tensors.count == 1 else { return tensors.reduce(0) { $0 + tensor($1).bytes } }
    let (rows, columns) = shape(of: linear)
    return encoding(of: linear).bytes(of: [rows, columns])
  }

  /// The encodings of the linears, those of most weights first.
  public var linearEncodings: [StoredEncoding] {
    if encodingExceptions.isEmpty { return [encoding] }
    var weights: [StoredEncoding: Int] = [:]
    for block in blocks.indices {
      for linear in linears(ofBlock: block) {
        let (rows, columns) = shape(of: linear)
        weights[encoding(of: linear), default: 0] += rows * columns
      }
    }
    return weights.sorted { ($1.value, $0.key.description) < ($0.value, $1.key.description) }
      .map(\.key)
  }
}
