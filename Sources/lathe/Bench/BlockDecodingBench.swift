import Numerics

/// How fast blocks of GGUF files become floats, on one thread.
struct BlockDecodingBench {
  private typealias Decoder = (RawSpan, inout MutableSpan<Float>) -> Void

  private static let (rows, columns) = (1408, 2048)
  private let result = Matrix(rows: rows, columns: columns)

  /// Gigabytes of floats a second, by type.
  func run() -> [(name: String, speed: Double)] {
    [
      measure("q8_0", 34, 32) { GGUFBlocks.decodeQ8($0, into: &$1) },
      measure("q5_0", 22, 32) { GGUFBlocks.decodeQ5($0, into: &$1) },
      measure("q5_1", 24, 32) { GGUFBlocks.decodeQ5WithMinimum($0, into: &$1) },
      measure("q4_0", 18, 32) { GGUFBlocks.decodeQ4($0, into: &$1) },
      measure("q4_1", 20, 32) { GGUFBlocks.decodeQ4WithMinimum($0, into: &$1) },
      measure("q4_K", 144, 256) { GGUFBlocks.decodeQ4K($0, into: &$1) },
      measure("q5_K", 176, 256) { GGUFBlocks.decodeQ5K($0, into: &$1) },
      measure("q6_K", 210, 256) { GGUFBlocks.decodeQ6K($0, into: &$1) },
      measure("mxfp4 in blocks", 17, 32) { GGUFBlocks.decodeMXFP4($0, into: &$1) },
    ]
  }

  /// The median of several rounds over a matrix of an expert's size, row by row.
  private func measure(
    _ name: String, _ size: Int, _ elements: Int, _ decode: Decoder
  ) -> (name: String, speed: Double) {
    let rowBytes = Self.columns / elements * size
    // As float16, 0.04: scales are neither subnormal nor special.
    let bytes = [UInt8](repeating: 0x2A, count: rowBytes * Self.rows)
    let times = Stopwatch.seconds(rounds: 9) {
      // The bytes are all initialised.
      let span = unsafe bytes.span.bytes
      for row in 0..<Self.rows {
        var target = result.mutableRow(row)
        decode(span.extracting(row * rowBytes..<(row + 1) * rowBytes), &target)
      }
    }
    return (name, Double(result.bytes) / Stopwatch.median(times) / 1e9)
  }
}
