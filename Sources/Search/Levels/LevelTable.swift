import EngineProtocol
import Model

/// Everything a search may switch in a model, unit by unit, with what each level takes.
///
/// A unit is a part that is there or not (a half of a block, an expert), a linear's bits, or a
/// network's neurons. Level 0 leaves it as stored; every further level takes less. A unit that a
/// person locked has one level: what the plan that the search starts from says.
public struct LevelTable: Sendable {
  /// A half of a block.
  struct Half: Sendable {
    var block: Int
    /// The unit that says whether it is there.
    var unit: Int
    /// All its units.
    var units: Range<Int>
    /// Bytes beside its linears and experts.
    var vectorBytes: Int
    /// The projections of an attention half.
    var linears: Range<Int> = 0..<0
    /// The networks of a feed-forward half.
    var networks: Range<Int> = 0..<0
    /// Experts a token uses; 0 where the half has none.
    var expertsPerToken = 0
    /// What may be dropped of its experts.
    var moe: MoESpec?

    var isAttention: Bool { networks.isEmpty }
  }

  /// A gated network.
  struct Network: Sendable {
    var id: NetworkID
    /// The unit that says whether it is there, the one of its neurons after it, then its linears.
    var unit: Int
    /// The first of its three linears.
    var linear: Int
    /// What it keeps of its neurons, by level.
    var neurons: [NeuronChoice?]
    /// Bytes beside its linears, by level of its neurons: biases and the row of the router.
    var vectorBytes: [Int]
    /// Bytes of them that every token reads, whichever expert it uses.
    var routerBytes: Int
    var isExpert: Bool
  }

  /// A linear.
  struct Linear: Sendable {
    var id: LinearID
    var unit: Int
    /// Its sizes, in `sizes`.
    var sizes: Int
    /// What to ask for, by level.
    var requests: [PrecisionRequest]
    /// Zeros, where a locked one has them.
    var sparsity: Sparsity?
    var isLocked: Bool
  }

  /// What linears of a shape take, by level of their network's neurons, then by their own.
  struct Sizes: Hashable, Sendable {
    var levels: Int
    var sizes: [LinearSize]

    subscript(neurons: Int, level: Int) -> LinearSize { sizes[neurons * levels + level] }
  }

  private(set) var spec: ModelSpec
  var halves: [Half] = []
  var networks: [Network] = []
  var linears: [Linear] = []
  var sizes: [Sizes] = []
  /// The levels that each unit may have.
  var allowed: [ClosedRange<UInt8>] = []
  /// The half of each unit.
  var halfOfUnit: [Int] = []
  /// Bytes of embedding, final norm and head.
  private(set) var outsideBytes: Int
  /// Bytes of them that a token's pass reads: of an embedding of its own, one row.
  private(set) var outsideActiveBytes: Int
  /// The choices for what is locked.
  private(set) var start: Choices

  /// Units of a genome.
  public var count: Int { allowed.count }

  /// Lays out what a search may change.
  ///
  /// - Parameters:
  ///   - spec: the model
  ///   - space: what it may change, and how
  ///   - locked: what stays as it is
  ///   - start: the plan it starts from; what its edits cannot be levels of (merges, zeros) is locked
  public init(_ spec: ModelSpec, space: SearchSpace, locked: LockedCells, start: Choices) {
    self.spec = spec
    self.start = start
    let ledger = LedgerTable(spec)
    outsideBytes = ledger.outsideBytes
    let embedding = spec.tensor(.embedding).bytes
    outsideActiveBytes =
      spec.tiedHead ? outsideBytes : outsideBytes - embedding + embedding / spec.vocabulary
    var builder = LevelTableBuilder(
      table: self, ledger: ledger, space: space, locked: locked.holding(start, of: spec))
    for block in spec.blocks.indices { builder.addBlock(block) }
    self = builder.table
  }

  /// What may still be dropped of a half's experts under the levels.
  func room(_ half: Half, _ levels: [UInt8]) -> ExpertRoom? {
    half.moe.map { moe in
      ExpertRoom(moe, dropped: experts(of: half).map { levels[$0.unit] > 0 })
    }
  }

  /// The experts of a half, without the shared ones.
  func experts(of half: Half) -> ArraySlice<Network> {
    let networks = networks[half.networks]
    return networks.drop { !$0.isExpert }
  }
}

extension LockedCells {
  /// These and what a plan says that no level can say: merges, zeros, dense blocks that are gone.
  fileprivate func holding(_ start: Choices, of spec: ModelSpec) -> LockedCells {
    var locked = self
    for (index, block) in start.blocks.enumerated() {
      for merge in block.merges {
        for member in merge.members { locked.add(ExpertID(block: index, expert: member)) }
      }
      for linear in spec.linears(ofBlock: index) where start[linear].sparsity != nil {
        locked.add(linear)
      }
      if spec.blocks[index].moe == nil, block.blockDropped {
        for linear in spec.linears(ofBlock: index) { locked.add(linear) }
      }
    }
    return locked
  }
}
