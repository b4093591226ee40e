import EngineProtocol
import Model

/// A search for plans, and what it has found so far.
struct SearchState: Equatable, Sendable {
  /// How far it is.
  enum Phase: Equatable, Sendable {
    /// It begins, or begins again, as soon as the engine takes it.
    case asked
    case running
    /// A person stopped it; what it found is kept.
    case stopped
    case failed(String)
    case finished
  }

  let goal: SearchGoal
  /// The plan it begins with; `nil` for the untouched model.
  private let start: PlanFile?
  var phase = Phase.asked
  /// Whether a person lets it rest.
  var isPaused = false
  private(set) var generation = 0
  private(set) var measurements = 0
  /// Plans of every size, the smallest first; the best one is among them.
  private(set) var front: [FrontPlan] = []
  private(set) var best: FrontPlan?
  /// Engine exits during the search.
  private var crashes = 0

  /// Exits of the engine after which it is not begun again.
  private static let crashLimit = 2

  init(_ goal: SearchGoal, start: PlanFile?) {
    self.goal = goal
    self.start = start
  }

  /// Whether there is something to pause or to stop.
  var isActive: Bool { phase == .asked || phase == .running }

  /// What to ask the engine for: from the best plan found where an engine ended before.
  var request: SearchRequest { SearchRequest(goal, start: best?.point.plan ?? start) }

  /// Takes in how far the search is.
  mutating func advance(_ progress: SearchProgress, _ spec: ModelSpec) {
    generation = progress.generation
    measurements = progress.measurements
    take(progress.front, best: progress.best, spec)
  }

  /// Takes in the end of the search.
  mutating func finish(_ outcome: SearchOutcome, _ spec: ModelSpec) {
    phase = .finished
    generation = outcome.generations
    measurements = outcome.measurements
    take(outcome.front, best: outcome.best, spec)
  }

  private mutating func take(_ points: [FrontPoint], best: FrontPoint?, _ spec: ModelSpec) {
    var points = points
    if let best {
      // The best one stands in the front, too, but there it may lack its plan.
      points.removeAll { $0.bytes == best.bytes && $0.kl == best.kl }
      points.append(best)
    }
    points.sort { ($0.bytes, $0.kl) < ($1.bytes, $1.kl) }
    front = points.map { FrontPlan($0, goal, spec) }
    self.best = best.map { FrontPlan($0, goal, spec) }
  }

  /// Notes that the engine ended: the search begins again, unless that was the second time.
  mutating func crash() {
    guard isActive else { return }
    crashes += 1
    phase =
      crashes < Self.crashLimit ? .asked : .failed("the engine ended twice while searching")
  }
}
