import Model
import Numerics

/// A linear's weight `[out, in]` and, where it has one, its bias `[1, out]`.
struct Linear: Sendable {
  let weight: Matrix
  let bias: Matrix?
}

extension ForwardPass {
  /// The weights of linears, fetched by several threads.
  func linears(_ ids: [LinearID]) throws -> [Linear] {
    try workers.map(ids.count) { index in
      let id = ids[index]
      return Linear(
        weight: try weights.weight(.linear(id)),
        bias: spec.hasBias(id) ? try weights.weight(.bias(id)) : nil)
    }
  }
}

extension Matrix {
  /// Floating-point operations between two looks at the cancellation: some 10 ms.
  private static let chunkOperations = 2_000_000_000

  /// Writes `x · wᵀ + bias`.
  func setLinear(_ x: Matrix, _ linear: Linear, cancellation: Cancellation?) throws {
    try setLinear(x, linear.weight, cancellation: cancellation)
    if let bias = linear.bias { addToRows(bias) }
  }

  /// Writes the linear `x · wᵀ`, for `x` `[n, in]` and `w` `[out, in]`, in chunks of outputs short
  /// enough to stop between them.
  func setLinear(_ x: Matrix, _ w: Matrix, cancellation: Cancellation?) throws {
    let operations = max(1, 2 * x.rows * w.columns)
    let chunk = max(256, Self.chunkOperations / operations)
    for start in Swift.stride(from: 0, to: w.rows, by: chunk) {
      try cancellation?.check()
      let outputs = start..<min(w.rows, start + chunk)
      columns(outputs).setProduct(x, transposed: w.rows(outputs))
    }
  }
}
