import Numerics

/// The matrix product this machine can do, on all cores: what other arithmetic is held against.
public struct ProductPeak: Sendable {
  private static let size = 1024
  private let inputs: [[Matrix]]

  /// Prepares the matrices.
  public init() {
    inputs = (0..<Workers.shared.count).map { _ in
      (0..<3).map { Matrix(rows: Self.size, columns: Self.size, repeating: Float($0)) }
    }
  }

  /// The best of a few products on every core at once, in GFLOP/s.
  public func gigaflops() -> Double {
    let inputs = inputs
    let best = Timing.best(of: 6) {
      Workers.shared.forEach(inputs.count) { index in
        // `a · b` is always the library's `sgemm`.
        inputs[index][2].setProduct(inputs[index][0], inputs[index][1])
      }
    }
    let operations = 2 * Double(Self.size * Self.size * Self.size * inputs.count)
    return operations / best / 1e9
  }
}

/// Timing.
enum Timing {
  /// Seconds of the fastest of some runs: what else the machine does only ever adds.
  static func best(of rounds: Int, _ work: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      try work()
      best = min(best, (ContinuousClock.now - start).seconds)
    }
    return best
  }
}
