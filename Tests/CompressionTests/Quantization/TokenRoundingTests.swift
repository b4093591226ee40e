import Numerics
import TestSupport
import Testing

struct TokenRoundingTests {
  @Test func `each token goes to 255 values around 0, the outermost at its largest magnitude`() {
    var random = SeededGenerator(seed: 1)
    let activations = random.matrix(13, 75)
    activations.rows(2..<3).scale(by: 1000)
    let rounded = activations.copied
    TokenRounding.apply(to: rounded)
    for row in 0..<13 {
      let before = activations.rows(row..<row + 1).array
      let step = (before.map { abs($0) }.max() ?? 0) / 127
      for (x, y) in zip(before, rounded.rows(row..<row + 1).array) {
        #expect(abs(x - y) <= step * 0.5001)
        #expect(abs(y / step - (y / step).rounded()) < 1e-3)
      }
    }
    TokenRounding.apply(to: rounded)
    let again = rounded.copied
    TokenRounding.apply(to: again)
    #expect(difference(again, rounded) < 1e-2)
  }

  @Test func `tokens of zeros, of no numbers or of tiny ones stay finite or as they are`() {
    let activations = Matrix(
      rows: 3, columns: 2, [0, 0, .nan, 1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude])
    TokenRounding.apply(to: activations)
    #expect(activations[0, 0] == 0 && activations[1, 0].isNaN && activations[1, 1] == 1)
    #expect(activations[2, 0].isFinite && activations[2, 1].isFinite)
  }
}
