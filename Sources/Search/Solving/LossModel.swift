import Model

/// What each level is expected to cost in quality: the sensitivities of single changes, added up.
///
/// Errors are not additive (EvoPress, arXiv 2410.14649). What is known of that corrects the sum: how
/// much more several experts of a layer cost than each alone, and one weight for each kind of change,
/// fitted to plans that were measured.
public struct LossModel: Sendable {
  /// The kinds of change that have a weight of their own.
  enum Kind: Int, CaseIterable {
    case attentionFewBits, attentionBits
    /// Bits of feed-forward linears.
    case twoBits, threeBits, bits
    case experts, neurons, parts

    init(bits: Int, isAttention: Bool) {
      if isAttention {
        self = bits <= 3 ? .attentionFewBits : .attentionBits
      } else {
        self = bits <= 2 ? .twoBits : bits == 3 ? .threeBits : .bits
      }
    }
  }

  /// One amount per kind.
  typealias Losses = SIMD8<Double>

  /// Losses of a linear's levels when all linears of its kind in its block have them.
  struct Curve: Sendable {
    var losses: [Double]
    var kinds: [Int]
  }

  let table: LevelTable
  var curves: [Curve] = []
  /// The curve of each linear.
  var curveOfLinear: [Int] = []
  /// Loss by level of the neurons, when all networks of its kind in its block have it; by network.
  var neuronLosses: [[Double]] = []
  /// What of a block's loss is due to each network.
  var shares: [Double] = []
  /// Loss when an expert goes alone; by network.
  var dropLosses: [Double] = []
  /// Loss when a half goes.
  var partLosses: [Double] = []
  /// By how much the losses of experts that go together exceed their sum; by half, then by how many
  /// go.
  var crowding: [[Double]] = []
  /// What the losses of each kind are multiplied with.
  var weights = Losses(repeating: 1)

  /// The losses that a sweep found.
  ///
  /// What it did not try is taken to be as bad as the same elsewhere in the model.
  public init(_ table: LevelTable, _ sensitivities: Sensitivities) {
    self.table = table
    let known = KnownLosses(sensitivities)
    var curveIndex: [CurveKey: Int] = [:]
    for linear in table.linears {
      let key = CurveKey(
        block: linear.id.block, kind: LinearKind(linear.id), bits: linear.requests.map(\.bits))
      if let index = curveIndex[key] {
        curveOfLinear.append(index)
        continue
      }
      curveIndex[key] = curves.count
      curveOfLinear.append(curves.count)
      let stored = table.spec.encoding(of: linear.id).bits
      curves.append(Curve(key, stored: stored, known))
    }
    for half in table.halves { add(half, known) }
  }

  private mutating func add(_ half: LevelTable.Half, _ known: KnownLosses) {
    partLosses.append(known.part(half.isAttention ? .attention : .moe, of: half.block))
    let experts = table.experts(of: half)
    let singles = experts.indices.map { known.expert($0 - experts.startIndex, of: half.block) }
    let sum = max(singles.reduce(0, +), .leastNormalMagnitude)
    crowding.append(known.crowding(ofBlock: half.block, singles))
    for network in table.networks[half.networks] {
      var single = 0.0
      var share = 1.0
      if case .expert(let id) = network.id {
        single = singles[id.expert]
        // Measured on few tokens, an expert that none of them met is not worth nothing.
        share = 0.9 * single / sum + 0.1 / Double(singles.count)
      }
      dropLosses.append(single)
      shares.append(share)
      neuronLosses.append(
        network.neurons.map { slimming in
          slimming.map { known.neurons(network.kind, $0, of: half.block) } ?? 0
        })
    }
  }

  /// What a half is expected to cost, by kind, before weights.
  func losses(_ index: Int, _ levels: [UInt8]) -> Losses {
    var losses = Losses()
    let half = table.halves[index]
    guard levels[half.unit] == 0 else {
      losses[Kind.parts.rawValue] = partLosses[index]
      return losses
    }
    for linear in half.linears { add(linear, 1, levels, to: &losses) }
    var dropped = 0
    for network in half.networks {
      let unit = table.networks[network].unit
      guard levels[unit] == 0 else {
        dropped += 1
        losses[Kind.experts.rawValue] += dropLosses[network]
        continue
      }
      let level = Int(levels[unit + 1])
      losses[Kind.neurons.rawValue] += shares[network] * neuronLosses[network][level]
      let share = shares[network] * keptShare(network, level)
      let first = table.networks[network].linear
      for linear in first..<first + 3 { add(linear, share, levels, to: &losses) }
    }
    if dropped > 1 { losses[Kind.experts.rawValue] *= crowding[index][dropped] }
    return losses
  }

  private func add(_ linear: Int, _ share: Double, _ levels: [UInt8], to losses: inout Losses) {
    let level = Int(levels[table.linears[linear].unit])
    guard level > 0 || table.linears[linear].isLocked else { return }
    let curve = curveOfLinear[linear]
    losses[curves[curve].kinds[level]] += share * curves[curve].losses[level]
  }

  /// Share of its neurons that a network keeps at a level.
  func keptShare(_ network: Int, _ level: Int) -> Double {
    guard let slimming = table.networks[network].neurons[level] else { return 1 }
    return Double(slimming.kept) / Double(slimming.width)
  }

  /// What a genome is expected to cost, by kind, before weights.
  func losses(of genome: Genome) -> Losses {
    table.halves.indices.reduce(Losses()) { $0 + losses($1, genome.levels) }
  }

  /// `KL(original || plan)` that a genome is expected to have, nats per token.
  public func predict(_ genome: Genome) -> Double { (losses(of: genome) * weights).sum() }
}

/// What linears have to have in common to share a curve.
struct CurveKey: Hashable {
  var block: Int
  var kind: LinearKind
  var bits: [Int]
}

extension LossModel.Curve {
  fileprivate init(_ key: CurveKey, stored: Int, _ known: KnownLosses) {
    let isAttention = if case .attention = key.kind { true } else { false }
    var worst = 0.0
    losses = key.bits.map { bits in
      // Fewer bits never help: where they seem to, it is noise.
      worst = max(worst, bits >= stored ? 0 : known.bits(key.kind, bits, of: key.block))
      return worst
    }
    kinds = key.bits.map { LossModel.Kind(bits: $0, isAttention: isAttention).rawValue }
  }
}

extension LevelTable.Network {
  var kind: NetworkKind {
    switch id {
    case .expert: .experts
    case .shared: .shared
    case .dense: .dense
    }
  }
}
