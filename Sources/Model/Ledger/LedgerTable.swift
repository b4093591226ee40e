/// Sizes of every part of a model, looked up once, so that a plan's ledger is a sum of integers
/// and fits between a key and its frame on the largest models.
public struct LedgerTable: Sendable {
  private struct Linear {
    var rows: Int
    var columns: Int
    var storedBytes: Int
    var storedBits: Int
    var elements: Int { rows * columns }
    /// Whether "average bits" counts it (attention and experts, not dense layers).
    var counted: Bool
  }

  private struct Block {
    /// Norms, biases and sinks.
    var attentionVectors: Size
    var attention: [Linear]
    /// Norms and the shared experts' gate.
    var feedForwardVectors: Size
    /// One row of the router, with its biases.
    var routerRow: Size
    /// Biases of one expert's linears.
    var expertBiases: Size
    var shared: [Linear]
    /// Three per expert, or three of a dense layer.
    var feedForward: [Linear]
    var expertsPerToken: Int
  }

  private struct Size {
    var elements = 0
    var bytes = 0
  }

  private let blocks: [Block]
  private let outside: Size
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

  private func addAttention(of block: Block, _ choice: BlockChoices, to ledger: inout Ledger) {
    add(block.attentionVectors, to: &ledger)
    for (linear, precision) in zip(block.attention, choice.attention) {
      add(linear, precision, active: true, to: &ledger)
    }
  }

  private func addFeedForward(of block: Block, _ choice: BlockChoices, to ledger: inout Ledger) {
    add(block.feedForwardVectors, to: &ledger)
    for (linear, precision) in zip(block.shared, choice.shared) {
      add(linear, precision, active: true, to: &ledger)
    }
    guard block.expertsPerToken > 0 else {
      for (linear, precision) in zip(block.feedForward, choice.feedForward) {
        add(linear, precision, active: true, to: &ledger)
      }
      return
    }
    var expertElements = 0
    for (expert, dropped) in choice.expertDropped.enumerated() where !dropped {
      add(block.routerRow, to: &ledger)
      ledger.keptExperts += 1
      for index in expert * 3..<expert * 3 + 3 {
        add(block.feedForward[index], choice.feedForward[index], active: false, to: &ledger)
      }
      ledger.bytes += block.expertBiases.bytes
      ledger.parameters += block.expertBiases.elements
      expertElements = block.feedForward[expert * 3].elements * 3 + block.expertBiases.elements
    }
    ledger.activeParameters += block.expertsPerToken * expertElements
  }

  private func add(_ size: Size, to ledger: inout Ledger) {
    ledger.bytes += size.bytes
    ledger.parameters += size.elements
    ledger.activeParameters += size.elements
  }

  private func add(
    _ linear: Linear, _ precision: Precision, active: Bool, to ledger: inout Ledger
  ) {
    let elements = linear.elements
    let bytes: Int
    let bits: Int
    switch precision {
    case .stored:
      bytes = linear.storedBytes
      bits = linear.storedBits
    case .quantized(let quantization):
      bytes = quantization.bytes(rows: linear.rows, columns: linear.columns)
      bits = quantization.bits
    }
    ledger.bytes += bytes
    ledger.parameters += elements
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
      attentionVectors: size(spec.attentionVectors(ofBlock: index)), attention: [],
      feedForwardVectors: size(spec.feedForwardVectors(ofBlock: index)),
      routerRow: Size(), expertBiases: Size(), shared: [], feedForward: [],
      expertsPerToken: spec.blocks[index].moe?.router.expertsPerToken ?? 0)
    if let moe = spec.blocks[index].moe {
      let router = size(spec.routerRoles(ofBlock: index))
      block.routerRow = Size(
        elements: router.elements / moe.experts, bytes: router.bytes / moe.experts)
      block.expertBiases = Self.expertBiases(ofBlock: index, spec)
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

  private static func expertBiases(ofBlock index: Int, _ spec: ModelSpec) -> Size {
    var size = Size()
    for kind in FeedForwardLinear.allCases {
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
