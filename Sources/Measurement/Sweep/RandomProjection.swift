import Numerics

/// Projects vectors to few dimensions so that lengths stay the same on average (Johnson and
/// Lindenstrauss; with signs, Achlioptas 2003).
struct RandomProjection: Sendable {
  /// Random signs, `[dimensions, hidden]`, scaled.
  private let signs: Matrix

  init(_ hidden: Int, to dimensions: Int, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let scale = 1 / Float(dimensions).squareRoot()
    signs = Matrix(uninitialized: dimensions, hidden)
    var elements = signs.mutableElements()
    for index in elements.indices { elements[index] = random.next() & 1 == 0 ? scale : -scale }
  }

  /// Dimensions of what comes out.
  var dimensions: Int { signs.rows }

  /// Rows `[n, hidden]` projected: `[n, dimensions]`.
  func apply(to rows: Matrix) -> Matrix {
    let projected = Matrix(uninitialized: rows.rows, signs.rows)
    projected.setProduct(rows, transposed: signs)
    return projected
  }
}
