import Compression
import Model
import Numerics
import TestSupport
import Testing

struct QuantizedWeightTests {
  @Test(arguments: 1...8)
  func `packed codes come back, in as many bytes as the ledger counts`(_ bits: Int) {
    var random = SeededGenerator(seed: UInt64(bits))
    for count in [0, 1, 7, 8, 9, 31, 64, 1001] {
      let codes = (0..<count).map { _ in
        UInt8.random(in: 0...UInt8((1 << bits) - 1), using: &random)
      }
      let packed = PackedCodes.pack(codes.span, bits: bits)
      #expect(packed.count == (count * bits + 7) / 8)
      var unpacked = [UInt8](repeating: 255, count: count)
      var target = unpacked.mutableSpan
      PackedCodes.unpack(packed.span, bits: bits, into: &target)
      #expect(unpacked == codes, "\(count) codes of \(bits) bits")
    }
  }

  @Test func `codes follow each other from the lowest bit up`() {
    #expect(PackedCodes.pack([0x1, 0x2, 0xF].span, bits: 4) == [0x21, 0x0F])
    #expect(PackedCodes.pack([1, 2, 3, 4].span, bits: 3) == [0b1101_0001, 0b0000_1000])
  }

  @Test func `codes stand for what rounding in place gives, for every width, group and symmetry`()
    throws
  {
    var random = SeededGenerator(seed: 21)
    for bits in Quantization.allowedBits {
      for group in [GroupSize.inputs(32), .inputs(64), .channel, .inputs(3)] {
        for symmetric in [true, false] {
          for clipping in [true, false] {
            let weight = random.matrix(5, 192)
            let rounding = RoundToNearest(
              Quantization(bits: bits, group: group, symmetric: symmetric, clipping: clipping))
            let quantized = try rounding.quantize(weight)
            #expect(quantized.codes.array.allSatisfy { Int($0) < 1 << bits })
            rounding.apply(to: weight)
            #expect(difference(quantized.dequantized(), weight) == 0, "\(bits) bits, \(group)")
          }
        }
      }
    }
  }

  @Test func `a narrowed range never has a larger squared error, and on outliers a smaller one`()
    throws
  {
    var random = SeededGenerator(seed: 5)
    for bits in [2, 3, 4, 8] {
      let weight = random.matrix(8, 128)
      for row in 0..<8 { weight[row, row * 3] = 8 }
      var quantization = Quantization(bits: bits, group: .inputs(64), symmetric: false)
      let plain = try RoundToNearest(quantization).quantize(weight).dequantized()
      quantization.clipping = true
      let clipped = try RoundToNearest(quantization).quantize(weight).dequantized()
      let (before, after) = (squares(plain.minus(weight)), squares(clipped.minus(weight)))
      #expect(after <= before)
      if bits <= 3 { #expect(after < 0.9 * before, "\(bits) bits") }
    }
  }

  @Test func `what cannot be quantised says why`() {
    let weight = Matrix(rows: 2, columns: 48, repeating: 1)
    #expect(throws: CompressionProblem.groupDoesNotDivide(size: 32, width: 48)) {
      try RoundToNearest(Quantization(bits: 4, group: .inputs(32), symmetric: true))
        .quantize(weight)
    }
    for bad in [Float.nan, .infinity] {
      weight[1, 5] = bad
      for method in QuantizationMethod.allCases {
        let statistics = InputStatistics(width: 48)
        statistics.add(Matrix(rows: 3, columns: 48, repeating: 1))
        #expect(throws: CompressionProblem.weightNotFinite) {
          try Quantizer(
            Quantization(bits: 4, group: .channel, symmetric: true, method: method)
          ).quantize([weight], inputs: statistics)
        }
      }
    }
  }

  private func squares(_ matrix: Matrix) -> Float { matrix.array.reduce(0) { $0 + $1 * $1 } }
}
