import Numerics
import Synchronization

/// What calibration-based methods need to know of the inputs `x` `[in]` that a linear reads.
///
/// Sums over tokens, so that batches may come in any size and order; results differ by rounding
/// only. The Gram matrix is float32: it costs `4 · in²` bytes for every expert of a layer at once, and
/// its rounding (about 1e-7 of the diagonal) is far below the damping of 1e-2 that every use of it
/// adds. Sums of magnitudes are float64.
///
/// Safe to add to from several threads; read it when all batches are in.
public final class InputStatistics: Sendable {
  /// Inputs of the linear.
  public let width: Int
  private let sums: Mutex<Sums>

  /// Statistics of no token yet, for a linear that reads `width` inputs.
  public init(width: Int) {
    self.width = width
    sums = Mutex(Sums(width: width))
  }

  /// Adds the inputs of some tokens, `[tokens, in]`.
  public func add(_ inputs: Matrix) {
    precondition(inputs.columns == width, "inputs of another width")
    guard inputs.rows > 0 else { return }
    let magnitudes = Matrix(rows: 1, columns: width)
    var sum = magnitudes.mutableRow(0)
    for token in 0..<inputs.rows { addMagnitudes(inputs.row(token), to: &sum) }
    sums.withLock { $0.add(inputs, magnitudes: magnitudes.row(0)) }
  }

  /// Adds what another linear of the same width read, as if it were this one's.
  public func add(_ other: InputStatistics) {
    precondition(other.width == width && other !== self, "inputs of another width")
    let (tokens, gram, magnitudes) = other.sums.withLock { ($0.tokens, $0.gram, $0.magnitudes) }
    sums.withLock { $0.add(tokens: tokens, gram: gram, magnitudes: magnitudes) }
  }

  /// Tokens added.
  public var tokens: Int { sums.withLock { $0.tokens } }

  /// `Σ x xᵀ` `[in, in]`; nobody may write to it.
  public var gram: Matrix { sums.withLock { $0.wholeGram() } }

  /// `Σ x xᵀ`, of which only the lower triangle is set.
  var lowerGram: Matrix { sums.withLock { $0.gram } }

  /// `Σ x²` `[in]`.
  public var squares: [Float] {
    let gram = lowerGram
    return (0..<width).map { gram[$0, $0] }
  }

  /// The Hessian `2/n Σ x xᵀ` of GPTQ and SparseGPT, `[in, in]`.
  ///
  /// - Throws: `noTokens` or `inputsNotFinite`.
  public func hessian() throws(CompressionProblem) -> Matrix {
    try check()
    let hessian = Matrix(uninitialized: width, width)
    hessian.copy(from: gram)
    hessian.scale(by: 2 / Float(tokens))
    return hessian
  }

  /// Wanda's `√(mean x²)` `[in]`.
  ///
  /// - Throws: `noTokens` or `inputsNotFinite`.
  public func rootMeanSquares() throws(CompressionProblem) -> [Float] {
    try check()
    let count = Float(tokens)
    return squares.map { ($0 / count).squareRoot() }
  }

  /// AWQ's and neuron saliency's `mean |x|` `[in]`.
  ///
  /// - Throws: `noTokens` or `inputsNotFinite`.
  public func meanMagnitudes() throws(CompressionProblem) -> [Float] {
    try check()
    return sums.withLock { sums in sums.magnitudes.map { Float($0 / Double(sums.tokens)) } }
  }

  /// Whether there is something to use.
  ///
  /// - Throws: `noTokens` or `inputsNotFinite`.
  public func check() throws(CompressionProblem) {
    guard tokens > 0 else { throw .noTokens }
    // Whatever is not finite in an input shows in the square of it.
    guard squares.allSatisfy(\.isFinite) else { throw .inputsNotFinite }
  }
}

/// The sums over tokens.
private struct Sums {
  var tokens = 0
  /// `Σ x xᵀ`, lower triangle; the upper one as of when it was last asked for.
  let gram: Matrix
  var magnitudes: [Double]
  private var mirrored = true

  init(width: Int) {
    gram = Matrix(rows: width, columns: width)
    magnitudes = Array(repeating: 0, count: width)
  }

  mutating func add(_ inputs: Matrix, magnitudes: borrowing Span<Float>) {
    tokens += inputs.rows
    gram.addLowerGram(inputs)
    for index in magnitudes.indices { self.magnitudes[index] += Double(magnitudes[index]) }
    mirrored = false
  }

  mutating func add(tokens: Int, gram: Matrix, magnitudes: [Double]) {
    self.tokens += tokens
    self.gram.add(gram)
    for index in magnitudes.indices { self.magnitudes[index] += magnitudes[index] }
    mirrored = false
  }

  mutating func wholeGram() -> Matrix {
    if !mirrored { gram.mirrorLowerTriangle() }
    mirrored = true
    return gram
  }
}
