import Numerics

/// The matrix product this machine can do, on all cores: what other arithmetic is held against.
struct ProductPeak {
  private static let size = 1024
  private let inputs: [[Matrix]]

  init() {
    inputs = (0..<Workers.shared.count).map { _ in
      (0..<3).map { Matrix(rows: Self.size, columns: Self.size, repeating: Float($0)) }
    }
  }

  /// The best of a few products on every core at once, in GFLOP/s.
  func gigaflops() -> Double {
    let inputs = inputs
    let times = Stopwatch.seconds(rounds: 5) {
      Workers.shared.forEach(inputs.count) { index in
        // `a · b` is always the library's `sgemm`.
        inputs[index][2].setProduct(inputs[index][0], inputs[index][1])
      }
    }
    let operations = 2 * Double(Self.size * Self.size * Self.size * inputs.count)
    return operations / (times.first ?? .nan) / 1e9
  }
}
