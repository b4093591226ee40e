import Numerics

/// What a search for input scales compares candidates by.
struct ScaleSearch {
  /// Rows of one linear, and the Gram matrix of what it reads.
  private struct Part: Sendable {
    let rows: Matrix
    let gram: Matrix
  }

  private let rounding: RoundToNearest
  private let workers: Workers
  private let parts: [Part]
  /// Mean magnitude of each input over all targets' tokens.
  private let activations: [Double]
  /// Mean share of each input's weights in the largest weight of their group.
  private let shares: [Double]

  init(
    _ targets: [AWQ.Target], rounding: RoundToNearest, limit: Int, rowsOfEach: Int,
    workers: Workers
  ) {
    self.rounding = rounding
    self.workers = workers
    activations = Self.activations(targets)
    shares = Self.shares(targets, size: rounding.groupSize(columns: targets[0].weight.columns))
    let all = targets.reduce(0) { $0 + $1.weight.rows }
    // At most 128 rows a part, so that workers share them evenly.
    parts = targets.flatMap { target in
      let wanted = max(rowsOfEach, target.weight.rows * limit / max(all, 1))
      let rows = Self.sample(target.weight, rows: wanted)
      let gram = target.inputs.gram
      return stride(from: 0, to: rows.rows, by: 128).map { start in
        Part(rows: rows.rows(start..<min(rows.rows, start + 128)), gram: gram)
      }
    }
  }

  /// `s = x̄^r / w̄^(1 - r)`, such that the largest and the smallest are inverse to each other.
  ///
  /// Inputs that were always 0 stay as they are: nothing says how they should be scaled.
  func factors(ratio: Double) -> [Float] {
    let raw = zip(activations, shares).map { activation, share in
      activation > 0 && share > 0
        ? max(1e-4, PowerFunction.power(activation, ratio) / PowerFunction.power(share, 1 - ratio))
        : 0
    }
    let used = raw.filter { $0 > 0 }
    guard let most = used.max(), let least = used.min() else { return raw.map { _ in 1 } }
    let middle = (most * least).squareRoot()
    return raw.map { $0 > 0 ? Float(min(max($0 / middle, 1e-4), 1e4)) : 1 }
  }

  /// `Σ ‖(W - Q(W s) / s) x‖²` over the rows and tokens of all parts.
  func loss(of factors: [Float]) -> Double {
    let (parts, rounding) = (parts, rounding)
    let scales = Matrix(rows: 1, columns: factors.count, factors)
    let inverse = Matrix(rows: 1, columns: factors.count, factors.map { 1 / $0 })
    return workers.map(parts.count) { index in
      let error = Matrix(uninitialized: parts[index].rows.rows, factors.count)
      error.copy(from: parts[index].rows)
      Self.multiply(error, by: scales)
      rounding.apply(to: error)
      Self.multiply(error, by: inverse)
      error.scale(by: -1)
      error.add(parts[index].rows)
      return error.squaredOutput(gram: parts[index].gram)
    }.reduce(0, +)
  }

  private static func multiply(_ rows: Matrix, by factors: Matrix) {
    for index in 0..<rows.rows {
      var row = rows.mutableRow(index)
      Numerics.multiply(&row, by: factors.row(0))
    }
  }

  /// Evenly spaced rows.
  private static func sample(_ weight: Matrix, rows: Int) -> Matrix {
    guard rows < weight.rows else { return weight }
    let sample = Matrix(uninitialized: rows, weight.columns)
    for row in 0..<rows {
      let source = row * weight.rows / rows
      sample.rows(row..<row + 1).copy(from: weight.rows(source..<source + 1))
    }
    return sample
  }

  private static func activations(_ targets: [AWQ.Target]) -> [Double] {
    var sums = [Double](repeating: 0, count: targets[0].weight.columns)
    var counted: Set<ObjectIdentifier> = []
    // Gate and up of an expert share their statistics, which count once.
    for target in targets where counted.insert(ObjectIdentifier(target.inputs)).inserted {
      let means = (try? target.inputs.meanMagnitudes()) ?? []
      let tokens = Double(target.inputs.tokens)
      for (index, mean) in means.enumerated() { sums[index] += Double(mean) * tokens }
    }
    let tokens = targets.reduce(0) { $0 + $1.inputs.tokens }
    return sums.map { $0 / Double(max(tokens, 1)) }
  }

  private static func shares(_ targets: [AWQ.Target], size: Int) -> [Double] {
    let width = targets[0].weight.columns
    let sums = Matrix(rows: 1, columns: width)
    var sum = sums.mutableRow(0)
    for target in targets {
      for row in 0..<target.weight.rows {
        let weights = target.weight.row(row)
        for start in stride(from: 0, to: width, by: size) {
          let extent = extent(weights.extracting(start..<start + size))
          let largest = max(-extent.least, extent.most)
          guard largest > 0 else { continue }
          let inverse = 1 / largest
          for index in start..<start + size { sum[index] += abs(weights[index]) * inverse }
        }
      }
    }
    let rows = Double(targets.reduce(0) { $0 + $1.weight.rows })
    return (0..<width).map { Double(sums[0, $0]) / max(rows, 1) }
  }
}
