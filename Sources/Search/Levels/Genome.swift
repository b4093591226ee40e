import Model

/// A level for every unit of a table: a plan as a search sees it.
public struct Genome: Hashable, Sendable {
  /// The levels, in the table's order; 0 takes most.
  public var levels: [UInt8]

  /// A genome.
  public init(levels: [UInt8]) { self.levels = levels }
}

/// What a half of a block takes under its levels.
struct HalfAmounts: Hashable {
  var bytes = 0
  /// Weights that average bits count.
  var weights = 0
  /// Bits × weights of them, metadata left out.
  var codeBits = 0
  /// Bytes of them with scales and zero points.
  var linearBytes = 0
  /// Bytes that a token's pass reads.
  var activeBytes = 0
}

extension LevelTable {
  /// What a half takes: exact integers.
  ///
  /// - Complexity: O(units of the half).
  func amounts(_ half: Half, _ levels: [UInt8]) -> HalfAmounts {
    var amounts = HalfAmounts()
    guard levels[half.unit] == 0 else { return amounts }
    amounts.bytes = half.vectorBytes
    amounts.activeBytes = half.vectorBytes
    for index in half.linears { add(index, neurons: 0, levels, to: &amounts) }
    amounts.activeBytes += amounts.linearBytes
    guard !half.isAttention else { return amounts }
    addNetworks(of: half, levels, to: &amounts)
    return amounts
  }

  private func addNetworks(of half: Half, _ levels: [UInt8], to amounts: inout HalfAmounts) {
    var routed = 0
    var kept = 0
    for index in half.networks where levels[networks[index].unit] == 0 {
      let unit = networks[index].unit
      let neurons = Int(levels[unit + 1])
      let vectors = networks[index].vectorBytes[neurons]
      let before = amounts.bytes
      amounts.bytes += vectors
      let first = networks[index].linear
      for linear in first..<first + 3 { add(linear, neurons: neurons, levels, to: &amounts) }
      let taken = amounts.bytes - before
      if networks[index].isExpert {
        kept += 1
        routed += taken - networks[index].routerBytes
        amounts.activeBytes += networks[index].routerBytes
      } else {
        amounts.activeBytes += taken
      }
    }
    // Experts may differ in size: the mean stands for whichever the router picks.
    if kept > 0 { amounts.activeBytes += half.expertsPerToken * routed / kept }
  }

  private func add(
    _ linear: Int, neurons: Int, _ levels: [UInt8], to amounts: inout HalfAmounts
  ) {
    let size = sizes[linears[linear].sizes][neurons, Int(levels[linears[linear].unit])]
    amounts.bytes += size.bytes
    guard size.isCounted else { return }
    amounts.weights += size.weights
    amounts.codeBits += size.weights * size.bits
    amounts.linearBytes += size.bytes
  }

  /// Bytes of all tensors under a genome: what the ledger says of its plan.
  public func bytes(of genome: Genome) -> Int {
    halves.reduce(outsideBytes) { $0 + amounts($1, genome.levels).bytes }
  }

  /// The untouched model, as far as nothing is locked otherwise.
  public var lightest: Genome { Genome(levels: allowed.map(\.lowerBound)) }

  /// Whether a model with these levels can run: routers find enough experts, and something is left.
  public func isLegal(_ genome: Genome) -> Bool {
    var isAnythingLeft = false
    for half in halves where genome.levels[half.unit] == 0 {
      isAnythingLeft = true
      guard let moe = half.moe else { continue }
      var room = ExpertRoom(moe)
      for (expert, network) in experts(of: half).enumerated()
      where genome.levels[network.unit] > 0 {
        guard room.drop(expert) else { return false }
      }
    }
    guard isAnythingLeft else { return false }
    return zip(genome.levels, allowed).allSatisfy { $1.contains($0) }
  }

  /// The levels nearest to a plan, none of which takes more than the plan does.
  public func genome(near choices: Choices) -> Genome {
    var levels = allowed.map(\.lowerBound)
    func set(_ unit: Int, _ level: Int) {
      let range = allowed[unit]
      levels[unit] = min(max(UInt8(clamping: level), range.lowerBound), range.upperBound)
    }
    for half in halves {
      let block = choices.blocks[half.block]
      set(half.unit, (half.isAttention ? block.keepsAttention : block.keepsFeedForward) ? 0 : 1)
      for network in networks[half.networks] {
        if case .expert(let id) = network.id {
          set(network.unit, block.expertDropped[id.expert] ? 1 : 0)
        }
        let width = spec.width(of: network.id)
        let kept = choices[neuronsOf: network.id]?.kept ?? width
        let level = network.neurons.firstIndex { ($0?.kept ?? width) <= kept }
        set(network.unit + 1, level ?? network.neurons.count - 1)
      }
    }
    for linear in linears {
      let bits = choices.precision(of: linear.id).bits ?? PrecisionRequest.stored
      let level = linear.requests.firstIndex { $0.bits <= bits }
      set(linear.unit, level ?? linear.requests.count - 1)
    }
    return Genome(levels: levels)
  }
}
