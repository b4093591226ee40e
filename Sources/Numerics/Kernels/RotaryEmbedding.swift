import Glibc

/// The rotary position embedding of rotate-half families: element `i` of a head turns with element
/// `i + width/2` by the angle `position / theta^(2i/width)`.
public struct RotaryEmbedding: Sendable {
  /// Width of a head.
  public let width: Int
  private let cosines: Matrix  // [positions, width/2]
  private let sines: Matrix  // [positions, width/2]

  /// Positions the tables reach; larger ones are refused by `apply`.
  public var positions: Int { cosines.rows }

  /// Tables for positions below `positions`; `width` is even.
  public init(width: Int, positions: Int, theta: Float) {
    precondition(width.isMultiple(of: 2), "a rotated head has an even width")
    self.width = width
    let half = width / 2
    cosines = Matrix(uninitialized: positions, half)
    sines = Matrix(uninitialized: positions, half)
    for index in 0..<half {
      // Frequency and angle are rounded to float32, as the references round them.
      let frequency = Float(pow(Double(theta), -2 * Double(index) / Double(width)))
      for position in 0..<positions {
        let angle = Double(Float(position) * frequency)
        cosines[position, index] = Float(cos(angle))
        sines[position, index] = Float(sin(angle))
      }
    }
  }

  /// Turns every head of `row` `[heads * width]`, the projection of the token at `position`.
  public func apply(_ row: inout MutableSpan<Float>, position: Int) {
    precondition(row.count.isMultiple(of: width), "heads do not fill the row")
    let cosines = self.cosines.row(position)
    let sines = self.sines.row(position)
    let half = width / 2
    let whole = half & ~(laneCount - 1)
    for head in stride(from: 0, to: row.count, by: width) {
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
