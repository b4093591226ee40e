import Glibc

/// The rotary position embedding: pairs of elements of a head turn by `position · frequency`.
public struct RotaryEmbedding: Sendable {
  /// Which elements turn together.
  public enum Pairing: Sendable {
    /// Element `i` with element `i + width/2`.
    case halves
    /// Element `2i` with element `2i + 1`.
    case neighbours
  }

  /// Elements of a head that turn.
  public let width: Int
  private let pairing: Pairing
  private let cosines: Matrix  // [positions, width/2]
  private let sines: Matrix  // [positions, width/2]

  /// Positions the tables reach; larger ones are refused by `apply`.
  public var positions: Int { cosines.rows }

  /// Tables for positions below `positions`, with the frequencies `theta^(-2i/width)`; `width` is even.
  public init(width: Int, positions: Int, theta: Float) {
    precondition(width.isMultiple(of: 2), "a rotated head has an even width")
    self.init(
      frequencies: Self.frequencies(width: width, theta: Double(theta)), positions: positions)
  }

  /// Tables for positions below `positions`, with a frequency for each pair, in radians per token;
  /// cosines and sines are multiplied with `magnitude`.
  public init(
    frequencies: [Float], positions: Int, magnitude: Float = 1, pairing: Pairing = .halves
  ) {
    let half = frequencies.count
    width = 2 * half
    self.pairing = pairing
    cosines = Matrix(uninitialized: positions, half)
    sines = Matrix(uninitialized: positions, half)
    for (index, frequency) in frequencies.enumerated() {
      for position in 0..<positions {
        // The angle is rounded to float32, as the references round it.
        let angle = Double(Float(position) * frequency)
        cosines[position, index] = Float(cos(angle)) * magnitude
        sines[position, index] = Float(sin(angle)) * magnitude
      }
    }
  }

  /// `theta^(-2i/width)` for each pair, rounded to float32 as the references round it.
  public static func frequencies(width: Int, theta: Double) -> [Float] {
    (0..<width / 2).map { Float(pow(theta, -2 * Double($0) / Double(width))) }
  }

  /// Turns every head of `row` `[heads * width]`, the projection of the token at `position`.
  public func apply(_ row: inout MutableSpan<Float>, position: Int) {
    apply(&row, position: position, headWidth: width, offset: 0)
  }

  /// Turns `width` elements from `offset` of every head of `row` `[heads * headWidth]`.
  public func apply(
    _ row: inout MutableSpan<Float>, position: Int, headWidth: Int, offset: Int
  ) {
    precondition(
      row.count.isMultiple(of: headWidth) && offset >= 0 && offset + width <= headWidth,
      "heads do not fill the row")
    switch pairing {
    case .halves: turnHalves(&row, position, headWidth, offset)
    case .neighbours: turnNeighbours(&row, position, headWidth, offset)
    }
  }

  private func turnNeighbours(
    _ row: inout MutableSpan<Float>, _ position: Int, _ headWidth: Int, _ offset: Int
  ) {
    let cosines = self.cosines.row(position)
    let sines = self.sines.row(position)
    for head in stride(from: offset, to: row.count, by: headWidth) {
      for index in cosines.indices {
        let (first, second) = (row[head + 2 * index], row[head + 2 * index + 1])
        row[head + 2 * index] = first * cosines[index] - second * sines[index]
        row[head + 2 * index + 1] = second * cosines[index] + first * sines[index]
      }
    }
  }

  private func turnHalves(
    _ row: inout MutableSpan<Float>, _ position: Int, _ headWidth: Int, _ offset: Int
  ) {
    let cosines = self.cosines.row(position)
    let sines = self.sines.row(position)
    let half = width / 2
    let whole = half & ~(laneCount - 1)
    for head in stride(from: offset, to: row.count, by: headWidth) {
      for index in stride(from: 0, to: whole, by: laneCount) {
        let low = row.lanes(at: head + index)
        let high = row.lanes(at: head + index + half)
        let cosine = cosines.lanes(at: index)
        let sine = sines.lanes(at: index)
        row.setLanes(low * cosine - high * sine, at: head + index)
        row.setLanes(high * cosine + low * sine, at: head + index + half)
      }
      for index in whole..<half {
        let low = row[head + index]
        let high = row[head + index + half]
        row[head + index] = low * cosines[index] - high * sines[index]
        row[head + index + half] = high * cosines[index] + low * sines[index]
      }
    }
  }
}
