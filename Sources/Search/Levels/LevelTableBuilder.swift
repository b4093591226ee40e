import EngineProtocol
import Model

/// Lays out a table block by block.
struct LevelTableBuilder {
  var table: LevelTable
  private let ledger: LedgerTable
  private let space: SearchSpace
  private let locked: LockedCells
  private var sizesByShape: [LevelTable.Sizes: Int] = [:]
  private var linearsAlike: [Alike: LevelTable.Linear] = [:]

  private struct Alike: Hashable {
    var block: Int
    var kind: LinearKind
  }

  init(table: LevelTable, ledger: LedgerTable, space: SearchSpace, locked: LockedCells) {
    self.table = table
    self.ledger = ledger
    self.space = space
    self.locked = locked
  }

  mutating func addBlock(_ block: Int) {
    let linears = table.spec.linears(ofBlock: block)
    addAttention(block, linears.filter { if case .attention = $0 { true } else { false } })
    addFeedForward(block)
  }

  private mutating func addAttention(_ block: Int, _ linears: [LinearID]) {
    let first = table.allowed.count
    let isDropped = !table.start.blocks[block].keepsAttention
    let isHeld =
      locked.units.contains(.attention(block: block))
      || linears.contains(where: locked.linears.contains)
    addUnit(presence(isHeld: isHeld, isDropped: isDropped, .parts))
    let firstLinear = table.linears.count
    for linear in linears { addLinear(linear, neurons: [nil]) }
    endHalf(
      LevelTable.Half(
        block: block, unit: first, units: first..<table.allowed.count,
        vectorBytes: ledger.attentionVectorBytes(ofBlock: block),
        linears: firstLinear..<table.linears.count))
  }

  private mutating func addFeedForward(_ block: Int) {
    let first = table.allowed.count
    let linears = table.spec.linears(ofBlock: block).filter { linear in
      if case .attention = linear { false } else { true }
    }
    let choice = table.start.blocks[block]
    let moe = table.spec.blocks[block].moe
    // A dense layer cannot be dropped without its attention half.
    let isHeld =
      moe == nil || locked.units.contains(.moe(block: block))
      || linears.contains(where: locked.linears.contains)
      || locked.units.contains { if case .expert(let id) = $0 { id.block == block } else { false } }
    addUnit(presence(isHeld: isHeld, isDropped: !choice.keepsFeedForward, .parts))
    let firstNetwork = table.networks.count
    if let moe {
      if moe.shared != nil { addNetwork(.shared(block: block)) }
      for expert in 0..<moe.experts { addNetwork(.expert(ExpertID(block: block, expert: expert))) }
    } else {
      addNetwork(.dense(block: block))
    }
    endHalf(
      LevelTable.Half(
        block: block, unit: first, units: first..<table.allowed.count,
        vectorBytes: ledger.feedForwardVectorBytes(ofBlock: block),
        networks: firstNetwork..<table.networks.count,
        expertsPerToken: moe?.router.expertsPerToken ?? 0, moe: moe))
  }

  private mutating func addNetwork(_ id: NetworkID) {
    let unit = table.allowed.count
    var isDropped = false
    var isHeld = true
    if case .expert(let expert) = id {
      isDropped = table.start.blocks[id.block].expertDropped[expert.expert]
      isHeld = locked.units.contains(.expert(expert)) || locked.holdsNeurons(of: id)
    }
    addUnit(presence(isHeld: isHeld, isDropped: isDropped, .experts))
    let neurons = neuronLevels(of: id)
    addUnit(0...UInt8(neurons.count - 1))
    let firstLinear = table.linears.count
    for kind in FeedForwardLinear.allCases { addLinear(id.linear(kind), neurons: neurons) }
    let isExpert = if case .expert = id { true } else { false }
    let routerBytes = isExpert ? ledger.routerRowBytes(ofBlock: id.block) : 0
    table.networks.append(
      LevelTable.Network(
        id: id, unit: unit, linear: firstLinear, neurons: neurons,
        vectorBytes: neurons.map { slimming in
          guard isExpert else { return 0 }
          let biases =
            isMergedAway(id) ? 0 : ledger.expertBiasBytes(ofBlock: id.block, neurons: slimming)
          return routerBytes + biases
        }, routerBytes: routerBytes, isExpert: isExpert))
  }

  private mutating func addLinear(_ id: LinearID, neurons: [NeuronChoice?]) {
    let isLocked = locked.linears.contains(id) || !space.actions.contains(.bits)
    // Linears of a kind in a block are alike, unless a person or the files made one special.
    let alike = Alike(block: id.block, kind: LinearKind(id))
    var linear: LevelTable.Linear
    if !isLocked, table.spec.encodingExceptions.isEmpty, let known = linearsAlike[alike] {
      linear = known
    } else {
      linear = makeLinear(id, neurons: neurons, isLocked: isLocked)
      if !isLocked { linearsAlike[alike] = linear }
    }
    linear.id = id
    linear.unit = table.allowed.count
    addUnit(0...UInt8(linear.requests.count - 1))
    table.linears.append(linear)
  }

  private mutating func makeLinear(
    _ id: LinearID, neurons: [NeuronChoice?], isLocked: Bool
  ) -> LevelTable.Linear {
    let choice = table.start[id]
    var requests = [
      PrecisionRequest(choice.precision, columns: table.start.columns(of: id, in: table.spec))
    ]
    if !isLocked {
      requests = [PrecisionRequest(bits: PrecisionRequest.stored)]
      for bits in Set(space.bits).sorted(by: >) {
        let request = PrecisionRequest(bits: bits)
        let taken = requests.last.map { size(id, $0, nil).bytes } ?? .max
        if size(id, request, nil).bytes < taken { requests.append(request) }
      }
    }
    let isAway = table.spec.network(of: id).map(isMergedAway) ?? false
    let sizes = neurons.flatMap { slimming in
      requests.map { isAway ? LinearSize() : size(id, $0, slimming) }
    }
    return LevelTable.Linear(
      id: id, unit: 0, sizes: index(LevelTable.Sizes(levels: requests.count, sizes: sizes)),
      requests: requests, sparsity: isLocked ? choice.sparsity : nil, isLocked: isLocked)
  }

  private func size(
    _ id: LinearID, _ request: PrecisionRequest, _ slimming: NeuronChoice?
  ) -> LinearSize {
    var columns = table.spec.shape(of: id).columns
    if let slimming, id.feedForwardKind == .down { columns = slimming.kept }
    return ledger.size(
      of: id, neurons: slimming, precision: request.precision(columns: columns))
  }

  private mutating func index(_ sizes: LevelTable.Sizes) -> Int {
    if let known = sizesByShape[sizes] { return known }
    sizesByShape[sizes] = table.sizes.count
    table.sizes.append(sizes)
    return table.sizes.count - 1
  }

  private func isMergedAway(_ network: NetworkID) -> Bool {
    guard case .expert(let id) = network else { return false }
    return table.start.blocks[id.block].isMergedAway(id.expert)
  }

  private func neuronLevels(of network: NetworkID) -> [NeuronChoice?] {
    let spec = table.spec
    if locked.holdsNeurons(of: network) || !space.actions.contains(.neurons) {
      return [table.start[neuronsOf: network]]
    }
    // Weights that lie in the checkpoint as codes cannot be cut without rounding them anew.
    let isCoded = FeedForwardLinear.allCases.contains {
      spec.encoding(of: network.linear($0)).elementType == nil
    }
    guard !isCoded else { return [table.start[neuronsOf: network]] }
    let width = spec.width(of: network)
    var levels: [NeuronChoice?] = [nil]
    for percent in Set(space.neuronPercents).sorted(by: >) {
      let kept = Int((Double(percent) / 100 * Double(width)).rounded())
      let most = levels.last.flatMap { $0?.kept } ?? width
      if kept >= 1, kept < most { levels.append(NeuronChoice(kept: kept, of: width)) }
    }
    return levels
  }

  private func presence(
    isHeld: Bool, isDropped: Bool, _ action: SearchAction
  ) -> ClosedRange<UInt8> {
    // What it may not change stays as the plan it starts from says.
    if isHeld || !space.actions.contains(action) { return isDropped ? 1...1 : 0...0 }
    return 0...1
  }

  private mutating func addUnit(_ levels: ClosedRange<UInt8>) {
    table.allowed.append(levels)
    table.halfOfUnit.append(table.halves.count)
  }

  private mutating func endHalf(_ half: LevelTable.Half) { table.halves.append(half) }
}

extension LinearID {
  /// Gate, up or down; `nil` for attention.
  var feedForwardKind: FeedForwardLinear? {
    switch self {
    case .attention: nil
    case .expert(_, let kind), .shared(_, let kind), .dense(_, let kind): kind
    }
  }
}
