import Numerics

/// How fast weights stored as codes become floats, on one thread.
///
/// The codes are random bits; no decoder's speed depends on what they stand for.
struct DecodingBench {
  /// A decoder and what it needs, as bytes.
  private struct Sample {
    var name: String
    var codes: [UInt8]
    var scales: [UInt8]
    var zeroPoints: [UInt8] = []
    var inputGroups: [UInt8] = []
    var decode: (Sample, Matrix) -> Void
  }

  private static let (rows, columns, group) = (1408, 2048, 128)
  private let result = Matrix(rows: rows, columns: columns)

  /// Gigabytes of floats a second, by decoder.
  func run() -> [(name: String, speed: Double)] {
    Self.samples.map { sample in
      let times = Stopwatch.seconds(rounds: 9) { sample.decode(sample, result) }
      return (sample.name, Double(result.bytes) / Stopwatch.median(times) / 1e9)
    }
  }

  /// Bytes that are 0.5 as floats of 2 bytes, close to it as others.
  private static func scales(_ count: Int) -> [UInt8] {
    (0..<count).map { $0 % 2 == 0 ? 0 : 0x38 }
  }

  private static func bits(_ count: Int) -> [UInt8] {
    var state: UInt64 = 88_172_645_463_325_252
    return (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  private static var samples: [Sample] {
    [float8, mxfp4, packed(3), packed(4), packed(8), gptq(3), gptq(4), orderedGPTQ, awq]
  }

  private static var float8: Sample {
    let blocks = (rows + 127) / 128 * columns / 128
    return Sample(
      name: "f8, blocks of 128 × 128", codes: bits(rows * columns), scales: scales(4 * blocks)
    ) { sample, result in
      let decoding = Float8Decoding(blockRows: 128, blockColumns: 128, scales: .float32)
      for row in 0..<result.rows {
        var target = result.mutableRow(row)
        // Arrays of bytes are all initialised, here and below.
        unsafe decoding.decode(
          row: row, codes: sample.codes.span.bytes, scales: sample.scales.span.bytes,
          into: &target)
      }
    }
  }

  private static var mxfp4: Sample {
    Sample(
      name: "mxfp4", codes: bits(rows * columns / 2),
      scales: [UInt8](repeating: 120, count: rows * columns / 32)
    ) { sample, result in
      for row in 0..<result.rows {
        var target = result.mutableRow(row)
        unsafe MXFP4Decoding.decode(
          row: row, codes: sample.codes.span.bytes, scales: sample.scales.span.bytes,
          into: &target)
      }
    }
  }

  private static func packed(_ bits: Int) -> Sample {
    let groups = rows * columns / group
    return Sample(
      name: "int\(bits) g128, compressed-tensors", codes: self.bits(rows * columns * bits / 8),
      scales: scales(2 * groups), zeroPoints: self.bits(groups * bits / 8)
    ) { sample, result in
      let decoding = RowCodeDecoding(
        layout: .packed, bits: bits, groupSize: group, scales: .float16)
      for row in 0..<result.rows {
        var target = result.mutableRow(row)
        unsafe decoding.decode(
          row: row, codes: sample.codes.span.bytes, scales: sample.scales.span.bytes,
          zeroPoints: sample.zeroPoints.span.bytes, inputGroups: sample.inputGroups.span.bytes,
          into: &target)
      }
    }
  }

  private static func gptq(_ bits: Int) -> Sample {
    columnSample(
      "int\(bits) g128, GPTQ",
      ColumnCodeDecoding(
        packing: .inputs, bits: bits, groupSize: group, zeroOffset: 1, scales: .float16))
  }

  /// Neighbouring inputs in different groups: the worst that an activation order can do.
  private static var orderedGPTQ: Sample {
    var sample = gptq(4)
    sample.name += ", activation order"
    let groups = columns / group
    sample.inputGroups = (0..<columns).flatMap { [UInt8($0 % groups), 0, 0, 0] }
    return sample
  }

  private static var awq: Sample {
    columnSample(
      "int4 g128, AWQ",
      ColumnCodeDecoding(packing: .outputs, bits: 4, groupSize: group, scales: .float16))
  }

  private static func columnSample(_ name: String, _ decoding: ColumnCodeDecoding) -> Sample {
    let groups = rows * columns / group
    return Sample(
      name: name, codes: bits(rows * columns * decoding.bits / 8), scales: scales(2 * groups),
      zeroPoints: bits(groups * decoding.bits / 8)
    ) { sample, result in
      // As many rows at once as when a weight is read.
      for first in stride(from: 0, to: rows, by: 128) {
        let part = result.rows(first..<min(first + 128, rows))
        unsafe decoding.decode(
          first: first, of: rows, codes: sample.codes.span.bytes,
          scales: sample.scales.span.bytes, zeroPoints: sample.zeroPoints.span.bytes,
          inputGroups: sample.inputGroups.span.bytes, into: part)
      }
    }
  }
}
