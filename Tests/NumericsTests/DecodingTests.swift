import Numerics
import TestSupport
import Testing

/// Decoders against codes packed by a writer that works bit by bit, and straight from the formulas.
struct DecodingTests {
  // Spans of byte arrays are lent as bytes below: they are all initialised.

  private func halves(_ scales: [Float]) -> [UInt8] {
    scales.flatMap { scale in
      let bits = Float16(scale).bitPattern
      return [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)]
    }
  }

  private func scales(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    (0..<count).map { _ in Float(Float16(Float.random(in: -0.25...0.25, using: &generator))) }
  }

  private func codes(
    _ count: Int, _ bits: Int, _ generator: inout SeededGenerator
  ) -> [Int] {
    (0..<count).map { _ in Int.random(in: 0..<1 << bits, using: &generator) }
  }

  /// A value of a tiny float format without infinities, from its definition.
  private func tinyFloat(_ code: Int, exponentBits: Int, mantissaBits: Int) -> Float {
    let bias = (1 << (exponentBits - 1)) - 1
    let mantissa = Float(code & ((1 << mantissaBits) - 1)) / Float(1 << mantissaBits)
    let exponent = code >> mantissaBits & ((1 << exponentBits) - 1)
    let isNegative = code >> (mantissaBits + exponentBits) == 1
    var value = exponent == 0 ? mantissa : 1 + mantissa
    let power = max(exponent, 1) - bias
    for _ in 0..<abs(power) { value *= power > 0 ? 2 : 0.5 }
    return isNegative ? -value : value
  }

  @Test func `all 256 codes of E4M3 decode as the format defines them`() {
    let bytes = (0...255).map { UInt8($0) }
    let scale: [UInt8] = [0, 0, 0, 0x40]  // 2
    let result = Matrix(rows: 1, columns: 256)
    var row = result.mutableRow(0)
    unsafe Float8Decoding(blockRows: 1, blockColumns: 256, scales: .float32)
      .decode(row: 0, codes: bytes.span.bytes, scales: scale.span.bytes, into: &row)
    for code in 0...255 {
      let found = result[0, code]
      if code & 0x7F == 0x7F {
        #expect(found.isNaN, "\(code)")
      } else {
        let expected = 2 * tinyFloat(code, exponentBits: 4, mantissaBits: 3)
        #expect(found.bitPattern == expected.bitPattern, "\(code): \(found), not \(expected)")
      }
    }
  }

  @Test func `each block of 8-bit floats has its own scale, those at the edges too`() {
    var generator = SeededGenerator(seed: 3)
    for (rows, columns) in [(5, 7), (16, 16), (33, 50), (1, 129)] {
      let codes = codes(rows * columns, 7, &generator).map { UInt8(min($0, 0x7E)) }
      let perRow = (columns + 15) / 16
      let scales = scales((rows + 2) / 3 * perRow, &generator)
      let bytes = halves(scales)
      let decoding = Float8Decoding(blockRows: 3, blockColumns: 16, scales: .float16)
      let result = Matrix(rows: rows, columns: columns)
      for row in 0..<rows {
        var target = result.mutableRow(row)
        unsafe decoding.decode(
          row: row, codes: codes.span.bytes, scales: bytes.span.bytes, into: &target)
        for column in 0..<columns {
          let code = Int(codes[row * columns + column])
          let value = tinyFloat(code, exponentBits: 4, mantissaBits: 3)
          #expect(target[column] == value * scales[row / 3 * perRow + column / 16])
        }
      }
    }
  }

  @Test func `all codes and powers of MXFP4 decode as the format defines them`() {
    // Block `b` holds each code twice, under the power 2^(b - 127).
    let codes = (0..<256).flatMap { _ in (0..<16).map { UInt8($0 | (15 - $0) << 4) } }
    let powers = (0...255).map { UInt8($0) }
    let result = Matrix(rows: 2, columns: 128 * 32)
    for row in 0..<2 {
      var target = result.mutableRow(row)
      unsafe MXFP4Decoding.decode(
        row: row, codes: codes.span.bytes, scales: powers.span.bytes, into: &target)
    }
    for power in 0...255 {
      for place in 0..<32 {
        let code = place % 2 == 0 ? place / 2 : 15 - place / 2
        let found = result[power / 128, power % 128 * 32 + place]
        if power == 255 {
          #expect(found.isNaN)
        } else {
          let value = tinyFloat(code, exponentBits: 2, mantissaBits: 1)
          let expected = value * Float(sign: .plus, exponent: power - 127, significand: 1)
          #expect(found.bitPattern == expected.bitPattern, "2^\(power - 127), code \(code)")
        }
      }
    }
  }

  @Test(arguments: 2...8)
  func `rows of packed codes decode, with and without zero points`(_ bits: Int) {
    for seed in 0..<6 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let (rows, columns, size) = [(3, 64, 32), (5, 77, 11), (4, 33, 33), (2, 100, 16)][
        Int(seed % 4)]
      let groups = (columns + size - 1) / size
      let values = codes(rows * columns, bits, &generator)
      let zeros = codes(rows * groups, bits, &generator)
      let scales = scales(rows * groups, &generator)
      let packed = (0..<rows).flatMap { row in
        BitStream.pack(values[row * columns..<(row + 1) * columns], bits)
      }
      // Down the columns: the words of a group lie `groups` words apart.
      let columnsOfZeros = (0..<groups).map { group in
        BitStream.words((0..<rows).map { zeros[$0 * groups + group] }, bits)
      }
      let zeroBytes = (0..<columnsOfZeros[0].count).flatMap { word in
        columnsOfZeros.flatMap { BitStream.bytes(of: [$0[word]]) }
      }
      for hasZeros in [false, true] {
        let found = decodeRows(
          .init(layout: .packed, bits: bits, groupSize: size, scales: .float16), rows, columns,
          packed, halves(scales), hasZeros ? zeroBytes : [])
        for row in 0..<rows {
          for column in 0..<columns {
            let group = row * groups + column / size
            let zero = hasZeros ? zeros[group] : 1 << (bits - 1)
            let expected = Float(values[row * columns + column] - zero) * scales[group]
            #expect(found[row, column] == expected, "seed \(seed), row \(row), column \(column)")
          }
        }
      }
    }
  }

  @Test func `signed bytes decode, with and without zero points`() {
    var generator = SeededGenerator(seed: 8)
    let (rows, columns) = (3, 53)
    let values = (0..<rows * columns).map { _ in Int8.random(in: -128...127, using: &generator) }
    let zeros = (0..<rows).map { _ in Int8.random(in: -128...127, using: &generator) }
    let scales = scales(rows, &generator)
    for hasZeros in [false, true] {
      let found = decodeRows(
        .init(layout: .bytes, bits: 8, groupSize: columns, scales: .float16), rows, columns,
        values.map { UInt8(bitPattern: $0) }, halves(scales),
        hasZeros ? zeros.map { UInt8(bitPattern: $0) } : [])
      for row in 0..<rows {
        for column in 0..<columns {
          let zero = hasZeros ? Float(zeros[row]) : 0
          let expected = (Float(values[row * columns + column]) - zero) * scales[row]
          #expect(found[row, column] == expected)
        }
      }
    }
  }

  @Test func `inputs may belong to any group`() {
    var generator = SeededGenerator(seed: 5)
    let (rows, columns, size) = (4, 48, 16)
    let values = codes(rows * columns, 4, &generator)
    let scales = scales(rows * 3, &generator)
    let inputGroups = (0..<columns).map { _ in Int.random(in: 0..<3, using: &generator) }
    let packed = (0..<rows).flatMap { row in
      BitStream.pack(values[row * columns..<(row + 1) * columns], 4)
    }
    let found = decodeRows(
      .init(layout: .packed, bits: 4, groupSize: size, scales: .float16), rows, columns, packed,
      halves(scales), [], BitStream.bytes(of: inputGroups.map { UInt32($0) }))
    for row in 0..<rows {
      for column in 0..<columns {
        let expected =
          Float(values[row * columns + column] - 8) * scales[row * 3 + inputGroups[column]]
        #expect(found[row, column] == expected)
      }
    }
  }

  private func decodeRows(
    _ decoding: RowCodeDecoding, _ rows: Int, _ columns: Int, _ codes: [UInt8],
    _ scales: [UInt8], _ zeros: [UInt8], _ inputGroups: [UInt8] = []
  ) -> Matrix {
    let result = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      var target = result.mutableRow(row)
      unsafe decoding.decode(
        row: row, codes: codes.span.bytes, scales: scales.span.bytes,
        zeroPoints: zeros.span.bytes, inputGroups: inputGroups.span.bytes, into: &target)
    }
    return result
  }

  // MARK: - Transposed codes

  @Test(arguments: [2, 3, 4, 8])
  func `GPTQ's codes decode from any row on, in groups of any order`(_ bits: Int) {
    for seed in 0..<8 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let (rows, columns, size) =
        [(32, 64, 32), (40, 96, 96), (8, 32, 16), (72, 50, 20)][Int(seed % 4)]
      let sample = ColumnSample(rows, columns, size, bits, ordered: seed < 4, &generator)
      let scaleBytes = halves(sample.scales)
      let zeroBytes = (0..<sample.groups).flatMap { group in
        BitStream.pack(
          (0..<rows).map { sample.zeros[group * rows + $0] }[...], bits)
      }
      let columnsOfCodes = (0..<rows).map { row in
        BitStream.words((0..<columns).map { sample.codes[row * columns + $0] }, bits)
      }
      let packed = (0..<columnsOfCodes[0].count).flatMap { word in
        columnsOfCodes.flatMap { BitStream.bytes(of: [$0[word]]) }
      }
      let inputGroups =
        seed < 4 ? [] : BitStream.bytes(of: sample.inputGroups.map { UInt32($0) })
      let decoding = ColumnCodeDecoding(
        packing: .inputs, bits: bits, groupSize: size, zeroOffset: 1, scales: .float16)
      for range in [0..<rows, 0..<1, 5..<rows, rows - 1..<rows] {
        let found = Matrix(rows: range.count, columns: columns, repeating: .nan)
        unsafe decoding.decode(
          first: range.lowerBound, of: rows, codes: packed.span.bytes,
          scales: scaleBytes.span.bytes, zeroPoints: zeroBytes.span.bytes,
          inputGroups: inputGroups.span.bytes, into: found)
        #expect(found.array == sample.decoded(range, zeroOffset: 1), "seed \(seed), \(range)")
      }
    }
  }

  @Test func `AWQ's codes decode from any row on`() {
    // The place in a word of each of eight outputs.
    let places = [0, 4, 1, 5, 2, 6, 3, 7]
    let none: [UInt8] = []
    for seed in 0..<4 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let (rows, columns, size) =
        [(32, 64, 32), (24, 48, 48), (8, 20, 10), (72, 32, 16)][Int(seed)]
      let sample = ColumnSample(rows, columns, size, 4, ordered: true, &generator)
      func words(_ count: Int, _ code: (Int, Int) -> Int) -> [UInt8] {
        (0..<count).flatMap { line in
          stride(from: 0, to: rows, by: 8).flatMap { first in
            let word = (0..<8).reduce(UInt32(0)) {
              $0 | UInt32(code(line, first + $1)) << (4 * places[$1])
            }
            return BitStream.bytes(of: [word])
          }
        }
      }
      let packed = words(columns) { sample.codes[$1 * columns + $0] }
      let zeroBytes = words(sample.groups) { sample.zeros[$0 * rows + $1] }
      let scaleBytes = halves(sample.scales)
      let decoding = ColumnCodeDecoding(
        packing: .outputs, bits: 4, groupSize: size, scales: .float16)
      for range in [0..<rows, 3..<rows, rows - 1..<rows] {
        let found = Matrix(rows: range.count, columns: columns, repeating: .nan)
        unsafe decoding.decode(
          first: range.lowerBound, of: rows, codes: packed.span.bytes,
          scales: scaleBytes.span.bytes, zeroPoints: zeroBytes.span.bytes,
          inputGroups: none.span.bytes, into: found)
        #expect(found.array == sample.decoded(range, zeroOffset: 0), "seed \(seed), \(range)")
      }
    }
  }
}

/// A random weight as codes, with scales and zero points of every group and output.
private struct ColumnSample {
  let rows: Int
  let columns: Int
  let groups: Int
  /// `[rows, columns]`.
  let codes: [Int]
  /// `[groups, rows]`.
  let scales: [Float]
  /// `[groups, rows]`.
  let zeros: [Int]
  /// `[columns]`.
  let inputGroups: [Int]

  init(
    _ rows: Int, _ columns: Int, _ size: Int, _ bits: Int, ordered: Bool,
    _ generator: inout SeededGenerator
  ) {
    (self.rows, self.columns) = (rows, columns)
    let groups = (columns + size - 1) / size
    self.groups = groups
    codes = (0..<rows * columns).map { _ in Int.random(in: 0..<1 << bits, using: &generator) }
    zeros = (0..<groups * rows).map { _ in Int.random(in: 0..<1 << bits, using: &generator) }
    scales = (0..<groups * rows).map { _ in
      Float(Float16(Float.random(in: -0.25...0.25, using: &generator)))
    }
    inputGroups = (0..<columns).map {
      ordered ? $0 / size : Int.random(in: 0..<groups, using: &generator)
    }
  }

  func decoded(_ range: Range<Int>, zeroOffset: Int) -> [Float] {
    range.flatMap { row in
      (0..<columns).map { column in
        let place = inputGroups[column] * rows + row
        return Float(codes[row * columns + column] - zeros[place] - zeroOffset) * scales[place]
      }
    }
  }
}

/// Codes one after the other, least significant bits first, in whole 32-bit words.
enum BitStream {
  static func words(_ codes: [Int], _ bits: Int) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: (codes.count * bits + 31) / 32)
    for (index, code) in codes.enumerated() {
      for bit in 0..<bits where code >> bit & 1 == 1 {
        let place = index * bits + bit
        words[place / 32] |= 1 << UInt32(place % 32)
      }
    }
    return words
  }

  static func bytes(of words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  static func pack(_ codes: ArraySlice<Int>, _ bits: Int) -> [UInt8] {
    bytes(of: words(Array(codes), bits))
  }
}
