import Model
import Numerics

extension Sensitivities {
  /// Made-up losses of every probe: four times as much for each bit less, more in first blocks.
  public static func sample(of spec: ModelSpec, seed: UInt64 = 1) -> Sensitivities {
    var random = SeededGenerator(seed: seed)
    let probes = Probe.all(of: spec)
    var result = Sensitivities(
      model: spec.fingerprint, data: Fingerprint(of: "sample"), tokens: 1000, seed: seed,
      domains: ["prose"], count: probes.count, version: "test")
    for probe in probes {
      let chance = Double.random(in: 0.5...2, using: &random) / Double(probe.block + 1)
      let kl: Double
      switch probe.change {
      case .bits(_, let bits): kl = chance * 0.2 / Double(1 << (2 * bits))
      case .experts(let experts): kl = chance * 0.002 * Double(experts.count)
      case .neurons(_, let percent): kl = chance * 0.0005 * Double(100 - percent)
      case .part(let part): kl = chance * (part == .attention ? 0.05 : 0.1)
      }
      result.add(Sensitivity(probe: probe, kl: kl, klByDomain: [kl], lossRise: kl))
    }
    return result
  }
}
