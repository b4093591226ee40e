import Model
import Numerics
import Synchronization
import Transformer

/// What the linears of one block read on the calibration tokens.
public struct BlockInputs: Sendable {
  /// What linears that see every token read, `[tokens, in]`.
  private let inputs: [LinearInput: Matrix]
  /// Rows of the tokens that the router sent to each expert, ascending.
  private let rowsOfExpert: [[Int]]

  init(inputs: [LinearInput: Matrix], rowsOfExpert: [[Int]]) {
    self.inputs = inputs
    self.rowsOfExpert = rowsOfExpert
  }

  /// Bytes it takes.
  var bytes: Int {
    inputs.values.reduce(0) { $0 + $1.bytes }
      + rowsOfExpert.reduce(0) { $0 + $1.count * MemoryLayout<Int>.stride }
  }

  /// What linears that see every token read, `[tokens, in]`; `nil` where they did not run.
  subscript(input: LinearInput) -> Matrix? { inputs[input] }

  /// Tokens that the router sent to an expert.
  func tokens(ofExpert expert: Int) -> Int {
    rowsOfExpert.indices.contains(expert) ? rowsOfExpert[expert].count : 0
  }

  /// What experts that share weights read, `[n, hidden]`: every token sent to one of them, once for
  /// each; `nil` where there is none.
  func input(ofExperts experts: [Int]) -> Matrix? {
    guard let all = inputs[.feedForward] else { return nil }
    let rows = experts.flatMap { rowsOfExpert.indices.contains($0) ? rowsOfExpert[$0] : [] }
    guard !rows.isEmpty else { return nil }
    let gathered = Matrix(uninitialized: rows.count, all.columns)
    gathered.gather(rows[...], from: all)
    return gathered
  }
}

/// Keeps what the linears of one block read while it runs.
final class BlockInputObserver: ActivationObserver {
  private struct State {
    var inputs: [LinearInput: Matrix] = [:]
    var rowsOfExpert: [[Int]] = []
  }

  private let state = Mutex(State())

  /// What was seen.
  var seen: BlockInputs {
    state.withLock { BlockInputs(inputs: $0.inputs, rowsOfExpert: $0.rowsOfExpert) }
  }

  func linearInput(_ block: Int, _ input: LinearInput, _ activations: Matrix) {
    switch input {
    // What a network's down projection reads follows from its other input, and changes with it.
    case .sharedDown, .denseDown: return
    case .attention, .latentQuery, .latent, .attentionOutput, .feedForward: break
    }
    let copy = Matrix(uninitialized: activations.rows, activations.columns)
    copy.copy(from: activations)
    state.withLock { $0.inputs[input] = copy }
  }

  func router(_ block: Int, logits: Matrix, routing: Routing) {
    var rows = Array(repeating: [Int](), count: logits.columns)
    for token in 0..<routing.tokens {
      for expert in routing.experts(of: token) { rows[expert].append(token) }
    }
    state.withLock { [rows] in $0.rowsOfExpert = rows }
  }
}
