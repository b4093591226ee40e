import EngineProtocol
import Model

/// A plan of a search's front, held against the goal.
struct FrontPlan: Equatable, Sendable {
  let point: FrontPoint
  /// How far it keeps to the goal; `nil` where that cannot be said of it.
  let margin: Margin?

  /// A plan's distance from a goal.
  struct Margin: Equatable, Sendable {
    /// As a person reads it.
    var text: String
    var isKept: Bool
  }

  init(_ point: FrontPoint, _ goal: SearchGoal, _ spec: ModelSpec) {
    self.point = point
    margin = Self.margin(point, goal, spec)
  }

  /// Its KL: as measured, else as expected.
  var kl: Double { point.measured ?? point.kl }

  private static func margin(
    _ point: FrontPoint, _ goal: SearchGoal, _ spec: ModelSpec
  ) -> Margin? {
    switch goal {
    case .memory(let bytes):
      let left = Double(bytes) - Double(point.bytes)
      return margin(left) { Figure.bytes(Int($0.clamped)) }
    case .divergence(let most):
      return margin(most - (point.measured ?? point.kl)) { "\(Figure.significant($0)) nats" }
    case .averageBits(let most):
      return ledger(point, spec).map { ledger in
        margin(most - ledger.averageBits) { "\(Figure.fixed($0, 3)) bits" }
      }
    case .storedBits(let most):
      return ledger(point, spec).map { ledger in
        margin(most - ledger.storedBitsPerWeight) { "\(Figure.fixed($0, 3)) bits" }
      }
    // What a token reads is nothing that a ledger knows.
    case .speed: return nil
    }
  }

  private static func margin(_ left: Double, _ figure: (Double) -> String) -> Margin {
    Margin(
      text: "\(figure(left.magnitude)) \(left >= 0 ? "under" : "over")", isKept: left >= 0)
  }

  private static func ledger(_ point: FrontPoint, _ spec: ModelSpec) -> Ledger? {
    (try? point.plan?.plan(for: spec)).map { spec.ledger(of: $0.choices) }
  }
}

extension Double {
  /// Within what an integer holds.
  fileprivate var clamped: Double { Swift.min(self, 1e18) }
}
