import EngineProtocol
import Model

@testable import Workbench

extension Sample {
  /// A point of a front: the experts at so many bits, with a loss that falls fourfold for each.
  static func point(
    _ spec: ModelSpec, bits: Int, measured: Bool = false, withPlan: Bool = false
  ) -> FrontPoint {
    var plan = Plan(for: spec)
    let edit = Edit(.bits(PrecisionRequest(bits: bits)), .experts, .everything)
    try? plan.apply(edit, spec: spec, profile: nil)
    let kl = 3.2 / Double(1 << (2 * bits))
    return FrontPoint(
      bytes: spec.ledger(of: plan.choices).bytes, kl: kl, sigma: kl / 8,
      measured: measured ? kl * 1.1 : nil, plan: withPlan ? PlanFile(plan, of: spec) : nil)
  }

  /// What a search says that is under way: of its plans, only the best one comes along.
  static func searching(_ spec: ModelSpec, generation: Int, best: Int = 4) -> SearchProgress {
    SearchProgress(
      generation: generation, measurements: 10 + 14 * generation,
      front: [2, 3, 4, 5, 6, 8].map { point(spec, bits: $0, measured: $0 == best) }
        + [FrontPoint(bytes: spec.ledger(of: Choices(spec)).bytes, kl: 0, sigma: 0)],
      best: point(spec, bits: best, measured: true, withPlan: true))
  }

  /// What a search says at its end.
  static func found(_ spec: ModelSpec, best: Int = 4, notes: [String] = []) -> SearchOutcome {
    SearchOutcome(
      model: spec.fingerprint, data: Fingerprint(of: "texts"), tokens: 8192,
      goal: .memory(bytes: 14 << 20),
      best: point(spec, bits: best, measured: true, withPlan: true),
      start: point(spec, bits: best, measured: true, withPlan: true),
      front: [2, 3, 4, 5, 6, 8].map {
        point(spec, bits: $0, measured: $0 == best, withPlan: true)
      }, generations: 20, measurements: 290, seed: 0, seconds: 12, notes: notes, version: "0.1")
  }
}

extension Bench {
  var searchRequests: [SearchRequest] {
    effects.compactMap {
      if case .startJob(.search(let request), _) = $0 { request } else { nil }
    }
  }

  /// Types a search and gives its job a number.
  @discardableResult
  mutating func search(_ goal: String = "memory 14MiB") -> Int {
    press(":search \(goal)<enter>")
    return acceptSearch()
  }

  /// Gives the search that was asked for a number.
  @discardableResult
  mutating func acceptSearch() -> Int {
    let ticket = state.engine.search?.ticket ?? 0
    send(.jobStarted(ticket: ticket, job: 100 + ticket))
    return 100 + ticket
  }

  mutating func advanceSearch(_ job: Int, generation: Int, best: Int = 4) {
    send(
      .notification(
        .progress(
          JobProgress(
            job: job, stage: "searching", fraction: Double(generation) / 20,
            completed: generation, total: 20, unit: "generations", rate: 1.5,
            search: Sample.searching(spec, generation: generation, best: best)))))
  }

  mutating func finishSearch(_ job: Int, best: Int = 4, notes: [String] = []) {
    send(
      .notification(
        .finished(
          JobFinished(job: job, result: .search(Sample.found(spec, best: best, notes: notes))))))
  }
}
