import Glibc

/// What a local error comes to at the model's end, fitted to probes that were measured truly.
///
/// `ln KL = g + g_kind + g_block + g_block,kind + (0.8 + s_kind) (ln e − c)`, with `e` the probe's local
/// error and `c` the mean of `ln e` of the probes fitted to. Every gain is drawn to the one common to
/// all blocks, the more the fewer of its probes were measured: the likeliest parameters under Gaussian
/// priors, a linear system.
///
/// KL is quadratic in small changes, and so is `e`; but changes also turn choices of later routers
/// round, as many as the square root of `e`, so slopes lie between 1/2 and 1. On the bundled model they
/// are 0.87 for drops, 0.63 and 0.71 for rounded attention and networks, 1.06 for neurons, each fitted to
/// all of the kind's measured probes.
struct BlockGains {
  private let blocks: Int
  private let center: Double
  private let parameters: [Double]
  /// By domain, the mean of what `ln KL` of the domain is above the formula.
  private let offsets: [Double]
  /// Rise of the loss per nat of KL.
  private let slope: Double

  /// Expected standard deviations of the parameters, and of what they leave over.
  private static let deviations = (
    common: 30.0, kind: 1.0, slope: 0.2, block: 0.5, blockAndKind: 0.2, rest: 0.4
  )

  /// The slope to expect.
  private static let expectedSlope = 0.8

  /// What rounding errors of float32 alone make of a measured KL, about, nats.
  private static let rounding = 5e-6

  private static let kinds = ErrorKind.allCases.count

  /// Fits the gains of a model of so many blocks.
  init(_ errors: [LocalError], measured: [Probe: Sensitivity], blocks: Int, domains: Int) {
    let pairs = errors.compactMap { error -> (error: LocalError, found: Sensitivity)? in
      guard let found = measured[error.probe], error.error > 0, found.kl > 0 else { return nil }
      return (error, found)
    }
    let logarithms = pairs.map { log($0.error.error) }
    let center = logarithms.reduce(0, +) / Double(max(1, pairs.count))
    self.blocks = blocks
    self.center = center
    let priors = Self.priors(blocks: blocks)
    var system = priors.indices.map { row in
      priors.indices.map { $0 == row ? 1 / (priors[row] * priors[row]) : 0 }
    }
    var target = Array(repeating: 0.0, count: priors.count)
    for (pair, logarithm) in zip(pairs, logarithms) {
      guard let row = Self.terms(of: pair.error.probe, logarithm - center, blocks) else { continue }
      let left = log(pair.found.kl) - Self.expectedSlope * (logarithm - center)
      let (rest, rounded) = (Self.deviations.rest, Self.rounding / pair.found.kl)
      let weight = 1 / (rest * rest + rounded * rounded)
      for (index, value) in row {
        target[index] += weight * value * left
        for (other, factor) in row { system[index][other] += weight * value * factor }
      }
    }
    let inverse = PositiveDefinite.inverse(system)
    let parameters = inverse.map { row in zip(row, target).reduce(0) { $0 + $1.0 * $1.1 } }
    self.parameters = parameters
    offsets = (0..<domains).map { domain in
      let left = pairs.compactMap { pair -> Double? in
        let (error, kl) = (pair.error.errorByDomain[domain], pair.found.klByDomain[domain])
        guard error > 0, kl > 0 else { return nil }
        return log(kl)
          - Self.logarithm(error, of: pair.error.probe, parameters, center, blocks)
      }
      return left.reduce(0, +) / Double(left.count + 1)
    }
    let expected = 1e-4
    slope =
      pairs.reduce(expected) { $0 + $1.found.kl * $1.found.lossRise }
      / pairs.reduce(expected) { $0 + $1.found.kl * $1.found.kl }
  }

  /// What a probe costs by its error; nothing where it moves nothing.
  func cost(_ error: LocalError) -> Sensitivity {
    let kl = cost(error.error, of: error.probe)
    let byDomain = zip(error.errorByDomain, offsets).map { cost($0, of: error.probe) * exp($1) }
    return Sensitivity(
      probe: error.probe, kl: kl, klByDomain: byDomain, lossRise: slope * kl, source: .propagated)
  }

  private func cost(_ error: Double, of probe: Probe) -> Double {
    error > 0 ? exp(Self.logarithm(error, of: probe, parameters, center, blocks)) : 0
  }

  private static func logarithm(
    _ error: Double, of probe: Probe, _ parameters: [Double], _ center: Double, _ blocks: Int
  ) -> Double {
    let distance = log(error) - center
    return expectedSlope * distance
      + (terms(of: probe, distance, blocks) ?? []).reduce(0) {
        $0 + parameters[$1.index] * $1.value
      }
  }

  /// The parameters in order: common, kinds, slopes, blocks, blocks' kinds.
  private static func priors(blocks: Int) -> [Double] {
    [deviations.common] + Array(repeating: deviations.kind, count: kinds)
      + Array(repeating: deviations.slope, count: kinds)
      + Array(repeating: deviations.block, count: blocks)
      + Array(repeating: deviations.blockAndKind, count: blocks * kinds)
  }

  /// What each parameter is multiplied with; the others with 0.
  private static func terms(
    of probe: Probe, _ distance: Double, _ blocks: Int
  ) -> [(index: Int, value: Double)]? {
    guard let kind = ErrorKind(probe.change)?.rawValue else { return nil }
    let firstBlock = 1 + 2 * kinds
    return [
      (0, 1), (1 + kind, 1), (1 + kinds + kind, distance), (firstBlock + probe.block, 1),
      (firstBlock + blocks + probe.block * kinds + kind, 1),
    ]
  }
}
