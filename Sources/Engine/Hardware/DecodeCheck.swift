import EngineProtocol
import Measurement
import Model

/// Holds the predicted decode speed of this machine against the measured one, on a model untouched and
/// trimmed in ways that change it.
public struct DecodeCheck {
  /// A plan's speeds.
  public struct Row: Sendable, Encodable {
    /// What the plan does.
    public var plan: String
    /// Tokens a second.
    public var predicted: Double
    /// Tokens a second, of the fastest stretch.
    public var measured: Double
    /// `predicted / measured − 1`.
    public var error: Double { predicted / measured - 1 }
  }

  private struct Case {
    var name: String
    var plan: Plan
    var secondsPerToken = Double.infinity
  }

  private let model: LoadedModel
  private let continuation: Continuation
  private var cases: [Case]
  private var probe = HardwareProbe()
  private static let prompt = "The "
  /// The context in the middle of a measurement is half of it.
  private static let tokens = 96

  /// Opens a model.
  ///
  /// - Throws: what opening throws.
  public init(model name: String) throws {
    let library = ModelLibrary(memory: .standard)
    let model = try library.model(name)
    self.model = model
    continuation = Continuation(model: model, tokenizer: try library.tokenizer(name))
    let blocks = model.spec.blocks.count
    let half = "\(blocks / 4)..\(blocks / 4 + max(1, blocks / 2) - 1)"
    let edits = ["", "drop block \(blocks / 2)", "drop block \(half)", "drop attention \(half)"]
    cases = try (edits + ["drop moe \(half)"]).map { text in
      var plan = Plan(for: model.spec)
      if !text.isEmpty {
        try plan.apply(Edit(parsing: text), spec: model.spec, profile: nil)
      }
      return Case(name: text.isEmpty ? "untouched" : text, plan: plan)
    }
  }

  /// Measures the machine and every plan once more, in turn, so that what else the machine does shows
  /// in both.
  ///
  /// - Throws: what generating throws.
  public mutating func measure() throws {
    try probe.measure()
    for index in cases.indices {
      var steps = StepTimes()
      _ = try continuation.run(
        Self.prompt, tokens: Self.tokens, choices: cases[index].plan.choices
      ) { _ in steps.add() }
      cases[index].secondsPerToken = min(cases[index].secondsPerToken, steps.fastest)
    }
  }

  /// The speeds, by what was measured so far.
  public var rows: [Row] {
    let machine = probe.profile
    let costs = CostModel(model.spec)
    return cases.map { item in
      let estimate = costs.estimate(
        of: item.plan.choices, Workload(context: Self.tokens / 2), on: machine)
      return Row(
        plan: item.name, predicted: estimate.decode.tokensPerSecond,
        measured: 1 / item.secondsPerToken)
    }
  }
}
