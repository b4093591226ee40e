import Model
import Numerics
import Synchronization
import Transformer

/// Block, Layer or Attention Drop one part at a time: each time the importances are measured with the
/// earlier drops in place, and the least important part goes.
public struct IterativeTrim: Sendable {
  private let model: LoadedModel
  private let windows: TokenWindows
  private let part: BlockPart
  private let count: Int

  /// Prepares to drop `count` parts, by their importance on all of `windows`.
  public init(_ model: LoadedModel, windows: TokenWindows, part: BlockPart, count: Int) {
    self.model = model
    self.windows = windows
    self.part = part
    self.count = count
  }

  /// Drops the parts.
  ///
  /// - Throws: `TrimError`, what the weights throw, or `CancellationError`.
  /// - Returns: the parts in the order they go, with their importance at that time.
  public func run(
    cancellation: Cancellation? = nil, progress: (_ passes: Double) -> Void = { _ in }
  ) throws -> [TrimStep] {
    var left = try part.candidates(for: count, in: model.spec, after: Choices(model.spec))
    var structure = Structure(model.spec)
    var steps: [TrimStep] = []
    for pass in 0..<count {
      let importances = try importances(structure, cancellation) { progress(Double(pass) + $0) }
      guard let least = left.min(by: { importances[$0] < importances[$1] }) else { break }
      left.removeAll { $0 == least }
      steps.append(
        TrimStep(part.unit(least), score: importances[least], tokens: windows.tokens))
      if part != .moe { structure.blocks[least].attention = false }
      if part != .attention { structure.blocks[least].feedForward = false }
    }
    return steps
  }

  /// The part's importance in every block, with what `structure` keeps in place.
  private func importances(
    _ structure: Structure, _ cancellation: Cancellation?, _ progress: (Double) -> Void
  ) throws -> [Double] {
    let spec = model.spec
    let whole = model.originalPass
    let pass = ForwardPass(
      spec: spec, weights: whole.weights, structure: structure, workers: whole.workers,
      scratch: whole.scratch, waveBytes: whole.waveBytes)
    let observer = ImportanceObserver(spec, part, workers: model.workers)
    var before = 0
    for round in windows.rounds(ofTokens: model.memory.tokens(spec)) {
      let batch = TokenBatch(round.map(\.ids))
      var hidden = try pass.embeddings(of: batch)
      for block in spec.blocks.indices {
        hidden = try pass.run(
          blocks: block..<block + 1, from: hidden, of: batch, observer: observer,
          cancellation: cancellation)
        let done = before + batch.count * (block + 1) / spec.blocks.count
        progress(Double(done) / Double(windows.tokens))
      }
      before += batch.count
    }
    return observer.sums.map { 1 - $0 / Double(max(1, windows.tokens)) }
  }
}

/// Sums the cosines before and after one part of every block.
private final class ImportanceObserver: ActivationObserver {
  private let part: BlockPart
  private let workers: Workers
  private let state: Mutex<(sums: [Double], input: Matrix?)>

  init(_ spec: ModelSpec, _ part: BlockPart, workers: Workers) {
    self.part = part
    self.workers = workers
    state = Mutex((Array(repeating: 0, count: spec.blocks.count), nil))
  }

  /// Σ over tokens of the cosine, by block; 0 where the part did not run.
  var sums: [Double] { state.withLock(\.sums) }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    state.withLock { $0.input = part == .block ? hidden : nil }
  }

  func attention(_ block: Int, before: Matrix, after: Matrix) {
    if part == .attention { add(block, before, after) }
  }

  func feedForward(_ block: Int, before: Matrix, after: Matrix) {
    let input = state.withLock(\.input)
    if part == .moe { add(block, before, after) }
    if let input { add(block, input, after) }
  }

  private func add(_ block: Int, _ before: Matrix, _ after: Matrix) {
    let cosines = workers.cosines(before, after)
    state.withLock { state in
      for cosine in cosines { state.sums[block] += Double(cosine) }
    }
  }
}
