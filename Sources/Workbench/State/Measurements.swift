import Model

/// A finished evaluation and when it arrived.
struct Measurement: Equatable, Sendable {
  var plan: Plan
  var evaluation: Evaluation
  /// Monotonic milliseconds; negative for what was measured long before this session.
  var arrived: Int
}

/// Every evaluation of this session and of earlier ones by the digest of the plan it measured, so that going back to a
/// plan shows its figures at once.
struct Measurements: Equatable, Sendable {
  private(set) var finished: [Fingerprint: Measurement] = [:]
  /// Why a plan could not be measured.
  private(set) var failures: [Fingerprint: String] = [:]
  /// Plans whose measurement the person stopped; measured again only when asked.
  private(set) var stopped: Set<Fingerprint> = []
  /// The plan measured last.
  private(set) var latest: Fingerprint?
  /// Engine exits while a plan was being measured.
  private var crashes: [Fingerprint: Int] = [:]

  /// Exits of the engine after which a plan is not measured by itself again.
  private static let crashLimit = 2

  subscript(plan: Fingerprint) -> Measurement? { finished[plan] }

  /// Plans to be measured although they have been.
  private var repeated: Set<Fingerprint> = []

  /// Whether there is nothing left to do by itself for a plan.
  func isSettled(_ plan: Fingerprint) -> Bool {
    if repeated.contains(plan) { return false }
    return finished[plan] != nil || failures[plan] != nil || stopped.contains(plan)
  }

  mutating func finish(_ plan: Plan, _ evaluation: Evaluation, at now: Int) {
    let digest = plan.digest
    finished[digest] = Measurement(plan: plan, evaluation: evaluation, arrived: now)
    latest = digest
    forgive(digest)
  }

  /// Takes in a measurement of an earlier session; those of this one are newer.
  mutating func recall(_ plan: Plan, _ evaluation: Evaluation, at arrived: Int) {
    let digest = plan.digest
    guard finished[digest] == nil else { return }
    finished[digest] = Measurement(plan: plan, evaluation: evaluation, arrived: arrived)
  }

  /// Makes a measurement the one to show, as stale, beside plans without figures of their own.
  mutating func show(_ plan: Fingerprint) {
    if latest == nil, finished[plan] != nil { latest = plan }
  }

  mutating func fail(_ plan: Fingerprint, _ reason: String) {
    repeated.remove(plan)
    failures[plan] = reason
  }

  mutating func stop(_ plan: Fingerprint) {
    repeated.remove(plan)
    stopped.insert(plan)
  }

  /// Wants a plan measured again; its figures stay until there are new ones.
  mutating func repeatMeasuring(_ plan: Fingerprint) {
    forgive(plan)
    repeated.insert(plan)
  }

  mutating func crash(_ plan: Fingerprint) {
    crashes[plan, default: 0] += 1
    if crashes[plan, default: 0] >= Self.crashLimit {
      fail(plan, "the engine ended twice while measuring this plan")
    }
  }

  /// Forgets why a plan was not measured.
  private mutating func forgive(_ plan: Fingerprint) {
    repeated.remove(plan)
    failures[plan] = nil
    stopped.remove(plan)
    crashes[plan] = nil
  }
}
