import EngineProtocol
import Model

/// Everything the workbench knows: what is shown is a function of it, and nothing else changes it
/// than `update`.
public struct WorkbenchState: Equatable, Sendable {
  /// What a person chose before the workbench opened.
  public struct Options: Equatable, Sendable {
    /// Names of the themes to go through, in order.
    public var themes: [String]
    /// The theme in use.
    public var theme: String
    /// Where `w` suggests to save a plan.
    public var planPath: String
    /// Size of the terminal until the first `resize` arrives.
    public var size: Size

    /// Choices with their usual values.
    public init(
      themes: [String] = [], theme: String = "", planPath: String = "plan.json",
      size: Size = Size(columns: 80, rows: 24)
    ) {
      self.themes = themes
      self.theme = theme
      self.planPath = planPath
      self.size = size
    }
  }

  let modelPath: String
  var options: Options
  var size: Size
  /// Monotonic milliseconds of the latest event.
  var now = 0

  var engine = EngineState()
  /// The open model; `nil` until it is open.
  var session: Session?
  /// A plan read before the model was open.
  var waitingPlan: LoadedPlan?

  var view = View.experts
  var mode = Mode.browse
  var toast: Toast?
  /// First key of a two-key command.
  var pendingKey: Key?
  /// Lines typed at the prompt, oldest first.
  var promptHistory: [String] = []

  var metric = Metric.load
  var scale = Metric.load.usualScale
  /// The cursor's block, in every view.
  var block = 0
  /// The cursor's column on the expert map.
  var expert = 0
  /// The cursor's column in the layers view, as an index into `Session.layerColumns`.
  var layerColumn = 0
  var marking = Marking.none
  /// First visible block and expert of the map, first visible block of the layers view.
  var mapTop = 0
  var mapLeft = 0
  var layersTop = 0
  /// Where a mouse button went down, and when.
  var press: Press?

  /// When the person last did something.
  var lastInput = 0
  /// When the plan's measurement is due; `nil` when nothing waits for it.
  var measureAt: Int?
  /// A file the person chose by saving or loading, written again without asking.
  var savedPath: String?
  /// The plan being written: digest, and whether to leave afterwards.
  var saving: Saving?

  /// A plan file as it was read.
  struct LoadedPlan: Equatable, Sendable {
    var file: PlanFile
    var path: String
  }

  /// A mouse button that went down.
  struct Press: Equatable, Sendable {
    var target: Target
    var time: Int
  }

  /// A save under way.
  struct Saving: Equatable, Sendable {
    var digest: Fingerprint
    var quitAfter: Bool
  }

  /// The workbench before anything is known: "opening …".
  public init(modelPath: String, options: Options = Options()) {
    self.modelPath = modelPath
    self.options = options
    size = options.size
  }

  /// When the state wants to be woken (`Event.wake`), in the milliseconds given to `update`;
  /// `nil` when nothing changes by itself.
  public var nextWake: Int? {
    var times: [Int] = []
    if let toast { times.append(toast.until) }
    if let measureAt, measureAt > now { times.append(measureAt) }
    if let sweepDue, sweepDue > now { times.append(sweepDue) }
    if let arrived = session?.shownMeasurement?.arrived {
      let age = max(0, now - arrived)
      let step = age < 3_600_000 ? 60_000 : 3_600_000
      times.append(arrived + (age / step + 1) * step)
    }
    return times.min()
  }

  /// The plan as a file where leaving now would lose edits, else `nil`.
  public var unsavedPlan: PlanFile? {
    guard let session, session.isUnsaved else { return nil }
    return PlanFile(session.plan, of: session.spec)
  }

  /// Takes in an event and says what is to be done about it.
  ///
  /// - Parameters:
  ///   - event: What happened.
  ///   - milliseconds: The time now, on a clock that never goes back.
  /// - Returns: What the world is asked to do, in order.
  public mutating func update(_ event: Event, at milliseconds: Int) -> [Effect] {
    now = max(now, milliseconds)
    if let toast, toast.until <= now { self.toast = nil }
    var effects = handle(event)
    effects += scheduleWork()
    scrollToCursor()
    return effects
  }

  private mutating func handle(_ event: Event) -> [Effect] {
    switch event {
    case .input(let input):
      lastInput = now
      return take(input)
    case .engine(let event): return take(event)
    case .wake: return []
    case .planSaved(let path): return planSaved(path)
    case .planExists(let path):
      mode = .question(.overwrite(path: path, quitAfter: saving?.quitAfter ?? false))
    case .planSaveFailed(let path, let reason):
      saving = nil
      say("\(path) was not written: \(reason); choose another place with :w PATH", .bad)
    case .planLoaded(let file, let path): loaded(file, path)
    case .planLoadFailed(let path, let reason): say("\(path) was not read: \(reason)", .bad)
    }
    return []
  }

  mutating func say(_ text: String, _ tone: Toast.Tone = .info) {
    toast = Toast(text: text, tone: tone, until: now + Toast.duration)
  }
}
