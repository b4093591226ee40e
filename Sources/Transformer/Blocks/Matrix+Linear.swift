import Model
import Numerics

/// A linear's weight `[out, in]` and, where it has one, its bias `[1, out]`.
package struct Linear: Sendable {
  package let weight: Matrix
  package let bias: Matrix?
  /// Bits to which inputs are rounded, token by token; `nil` leaves them alone.
  package let inputBits: Int?

  package init(weight: Matrix, bias: Matrix? = nil, inputBits: Int? = nil) {
    self.weight = weight
    self.bias = bias
    self.inputBits = inputBits
  }
}

extension ForwardPass {
  /// The weights of linears, fetched by several threads.
  func linears(_ ids: [LinearID]) throws -> [Linear] {
    try workers.map(ids.count) { try linear(ids[$0]) }
  }

  /// The weights of one linear.
  func linear(_ id: LinearID) throws -> Linear {
    Linear(
      weight: try weights.weight(.linear(id)),
      bias: spec.hasBias(id) ? try weights.weight(.bias(id)) : nil,
      inputBits: weights.inputBits(of: id))
  }
}

extension Matrix {
  /// Floating-point operations between two looks at the cancellation: some 10 ms.
  private static let chunkOperations = 2_000_000_000

  /// Writes `x · wᵀ + bias`, for inputs rounded as the linear says.
  func setLinear(_ x: Matrix, _ linear: Linear, cancellation: Cancellation?) throws {
    var inputs = x
    if let bits = linear.inputBits {
      inputs = Matrix(uninitialized: x.rows, x.columns)
      inputs.copy(from: x)
      TokenRounding.apply(to: inputs, bits: bits)
    }
    try setLinear(inputs, linear.weight, cancellation: cancellation)
    if let bias = linear.bias { addToRows(bias) }
  }

  /// Chunks end where products end their panels of outputs, and none is small: so how many rows `x`
  /// has, which decides how long a chunk is, does not show in any of them.
  private static let chunkStep = 256

  /// Writes the linear `x · wᵀ`, for `x` `[n, in]` and `w` `[out, in]`, in chunks of outputs short
  /// enough to stop between them.
  func setLinear(_ x: Matrix, _ w: Matrix, cancellation: Cancellation?) throws {
    let operations = max(1, 2 * x.rows * w.columns)
    let steps = max(1, Self.chunkOperations / operations / Self.chunkStep)
    let chunk = steps * Self.chunkStep
    var start = 0
    while start < w.rows {
      try cancellation?.check()
      let left = w.rows - start
      let outputs = start..<start + (left < chunk + Self.chunkStep ? left : chunk)
      columns(outputs).setProduct(x, transposed: w.rows(outputs))
      start = outputs.upperBound
    }
  }
}
