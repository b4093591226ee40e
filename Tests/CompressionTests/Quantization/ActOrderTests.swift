import Compression
import Model
import Numerics
import TestSupport
import Testing

struct ActOrderTests {
  @Test func `weights are stored in the model's order, with the group of each input`() throws {
    var random = SeededGenerator(seed: 12)
    let width = 96
    let tokens = random.inputs(tokens: 400, width: width)
    // Squares grow with the index, so the sweep runs backwards.
    for column in 0..<width { tokens.columns(column..<column + 1).scale(by: 1 + Float(column)) }
    let inputs = InputStatistics(width: width)
    inputs.add(tokens)
    let weight = random.matrix(24, width)
    for grids in [GPTQ.Grids.original, .updated] {
      var method = GPTQ(
        Quantization(
          bits: 8, group: .inputs(32), symmetric: false, method: .gptq, actOrder: true))
      method.grids = grids
      let result = try method.quantize([weight], inputs: inputs)[0].weight
      // At 8 bits every weight stays near its own place; a permuted one would not.
      #expect(difference(result.dequantized(), weight) < 0.5, "\(grids)")
      switch grids {
      case .original: #expect(result.groupOfInput == nil)
      case .updated:
        let groups = try #require(result.groupOfInput)
        let squares = inputs.squares
        #expect(groups.indices.allSatisfy { (squares[$0] >= squares[0]) || groups[$0] == 2 })
        #expect((0..<3).allSatisfy { group in groups.count { $0 == group } == 32 })
      }
    }
  }
}
