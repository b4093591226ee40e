import Numerics

extension Matrix {
  /// Floating-point operations between two looks at the cancellation: some 10 ms.
  private static let chunkOperations = 2_000_000_000

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
