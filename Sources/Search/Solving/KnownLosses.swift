import Glibc
import Model

/// Losses of single changes as a sweep measured them, and guesses for what it did not try.
struct KnownLosses {
  private let byProbe: [Probe: Double]
  private let means: [MeanKey: Double]
  /// What several experts of a layer cost together.
  private let sets: [(block: Int, experts: [Int], loss: Double)]

  /// Changes that are alike but for their block.
  private enum MeanKey: Hashable {
    case part(BlockPart)
    case expert
    case bits(LinearKind, Int)
    case neurons(NetworkKind, Int)
  }

  init(_ sensitivities: Sensitivities) {
    var byProbe: [Probe: Double] = [:]
    var sums: [MeanKey: (sum: Double, count: Int)] = [:]
    var sets: [(block: Int, experts: [Int], loss: Double)] = []
    for entry in sensitivities.entries where byProbe[entry.probe] == nil {
      byProbe[entry.probe] = max(entry.kl, 0)
      let key: MeanKey
      switch entry.probe.change {
      case .part(let part): key = .part(part)
      case .bits(let kind, let bits): key = .bits(kind, bits)
      case .neurons(let kind, let percent): key = .neurons(kind, percent)
      case .experts(let experts):
        guard experts.count == 1 else {
          sets.append((entry.probe.block, experts, max(entry.kl, 0)))
          continue
        }
        key = .expert
      }
      sums[key, default: (0, 0)].sum += max(entry.kl, 0)
      sums[key, default: (0, 0)].count += 1
    }
    self.byProbe = byProbe
    means = sums.mapValues { $0.sum / Double($0.count) }
    self.sets = sets
  }

  func part(_ part: BlockPart, of block: Int) -> Double {
    byProbe[Probe(block: block, .part(part))] ?? means[.part(part)] ?? 1
  }

  func expert(_ expert: Int, of block: Int) -> Double {
    byProbe[Probe(block: block, .experts([expert]))] ?? means[.expert] ?? 0.1
  }

  /// The loss at so many bits: as measured, or between the nearest measured ones in proportion to
  /// its logarithm, because errors of rounding shrink by a factor with every bit.
  func bits(_ kind: LinearKind, _ bits: Int, of block: Int) -> Double {
    func known(_ bits: Int) -> Double? {
      byProbe[Probe(block: block, .bits(kind, bits))] ?? means[.bits(kind, bits)]
    }
    if let loss = known(bits) { return loss }
    let tried = Probe.bits.filter { known($0) != nil }
    let below = tried.last { $0 < bits }
    let above = tried.first { $0 > bits }
    let least = 1e-9
    if let below, let above, let high = known(below), let low = known(above) {
      let share = Double(bits - below) / Double(above - below)
      return exp((1 - share) * log(max(high, least)) + share * log(max(low, least)))
    }
    // Every bit halves the step, and so quarters the squared error.
    if let near = below ?? above, let loss = known(near) {
      return loss * exp2(2 * Double(near - bits))
    }
    return 0.1 * exp2(2 * Double(2 - bits))
  }

  func neurons(_ kind: NetworkKind, _ slimming: NeuronChoice, of block: Int) -> Double {
    let percent = 100 * Double(slimming.kept) / Double(slimming.width)
    func known(_ percent: Int) -> Double? {
      byProbe[Probe(block: block, .neurons(kind, percent: percent))]
        ?? means[.neurons(kind, percent)]
    }
    let points =
      [(0.0, part(.moe, of: block)), (100.0, 0.0)]
      + Probe.neuronPercents.compactMap { tried in known(tried).map { (Double(tried), $0) } }
    return Self.interpolate(points.sorted { $0.0 < $1.0 }, at: percent)
  }

  /// The factor on the sum of single losses when 0, 1, 2 … experts of a block go together.
  func crowding(ofBlock block: Int, _ singles: [Double]) -> [Double] {
    guard !singles.isEmpty else { return [] }
    let count = Double(singles.count)
    var points: [(Double, Double)] = [(1 / count, 1)]
    let sets = sets.filter { $0.block == block }
    for (size, sets) in Dictionary(grouping: sets, by: \.experts.count) {
      // Those that cost least are the ones that a search drops.
      let sums = sets.map { set in set.experts.reduce(0) { $0 + singles[$1] } }
      guard let cheapest = sums.indices.min(by: { sums[$0] < sums[$1] }) else { continue }
      let ratio = sets[cheapest].loss / max(sums[cheapest], 1e-12)
      points.append((Double(size) / count, min(max(1, ratio), 20)))
    }
    points.sort { $0.0 < $1.0 }
    return (0...singles.count).map { Self.interpolate(points, at: Double($0) / count) }
  }

  /// Straight lines between points, and the outermost ones beyond.
  private static func interpolate(_ points: [(Double, Double)], at x: Double) -> Double {
    guard let first = points.first, let last = points.last, x > first.0 else {
      return points.first?.1 ?? 0
    }
    guard x < last.0, let next = points.firstIndex(where: { $0.0 >= x }), next > 0 else {
      return last.1
    }
    let (low, high) = (points[next - 1], points[next])
    return low.1 + (high.1 - low.1) * (x - low.0) / (high.0 - low.0)
  }
}
