import Model
import Numerics

/// Which of a block's probes are measured with the whole model, for its gains to be fitted to.
enum ProbeSample {
  /// The sort of a probe, of which so many are measured in every block.
  private enum Sort: Int, CaseIterable {
    case expert, experts, attention, networks, neurons

    init?(_ change: Probe.Change) {
      switch change {
      case .experts(let dropped): self = dropped.count == 1 ? .expert : .experts
      case .part: return nil
      case .bits(.attention, _): self = .attention
      case .bits: self = .networks
      case .neurons: self = .neurons
      }
    }

    /// Two where errors span several orders of magnitude.
    var count: Int { self == .experts || self == .neurons ? 1 : 2 }
  }

  /// Draws probes of every sort, spread over small and large errors.
  ///
  /// - Parameters:
  ///   - errors: of all probes of one block
  ///   - random: draws
  /// - Returns: the probes to measure.
  static func draw(
    from errors: [LocalError], using random: inout some RandomNumberGenerator
  ) -> [Probe] {
    Sort.allCases.flatMap { sort in
      let candidates = errors.filter { Sort($0.probe.change) == sort && $0.error > 0 }
        .sorted { $0.error < $1.error }
      return (0..<min(sort.count, candidates.count)).map { index in
        let bounds = [index, index + 1].map { $0 * candidates.count / sort.count }
        let place = Int.random(in: bounds[0]..<max(bounds[0] + 1, bounds[1]), using: &random)
        return candidates[min(place, candidates.count - 1)].probe
      }
    }
  }
}
