import Numerics
import Testing

struct WideningTests {
  private func widen(_ bytes: [UInt8], _ source: Widening.Source, skipping: Int = 0) -> [Float] {
    let count = (bytes.count - skipping) / source.byteCount
    let result = Matrix(rows: 1, columns: count, repeating: .nan)
    var row = result.mutableRow(0)
    // The bytes are all initialised.
    let span = unsafe bytes.span.bytes
    Widening.widen(
      span.extracting(skipping..<skipping + count * source.byteCount), from: source, into: &row)
    return result.array
  }

  private func bytes(_ words: some Sequence<UInt16>) -> [UInt8] {
    words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }

  @Test func `all 65536 halves widen to what the standard library says`() {
    let widened = widen(bytes(UInt16.min...UInt16.max), .float16)
    for (bits, found) in zip(UInt16.min...UInt16.max, widened) {
      let expected = Float(Float16(bitPattern: bits))
      let isSame = found.bitPattern == expected.bitPattern || (found.isNaN && expected.isNaN)
      if !isSame { Issue.record("\(bits): \(found) instead of \(expected)") }
    }
  }

  @Test func `all 65536 bfloats widen to floats with the same upper bits`() {
    let widened = widen(bytes(UInt16.min...UInt16.max), .bfloat16)
    for (bits, found) in zip(UInt16.min...UInt16.max, widened)
    where found.bitPattern != UInt32(bits) << 16 {
      Issue.record("\(bits): \(found)")
    }
  }

  @Test(arguments: [Widening.Source.float32, .float16, .bfloat16])
  func `every length widens from any address`(_ source: Widening.Source) {
    let raw = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 37 + 5) & 0x3F }
    for count in awkwardLengths where count < 70 {
      for skipping in 0..<4 {
        let bytes = Array(raw[0..<skipping + count * source.byteCount])
        let aligned = Array(bytes[skipping...])
        let found = widen(bytes, source, skipping: skipping)
        #expect(found.count == count)
        #expect(found.map(\.bitPattern) == widen(aligned, source).map(\.bitPattern))
      }
    }
  }

  @Test func `floats are copied bit by bit`() {
    let floats: [Float] = [0, -0.0, 1.5, .infinity, .leastNonzeroMagnitude, -3e38]
    let bytes = floats.flatMap { float in
      (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
    }
    #expect(widen(bytes, .float32).map(\.bitPattern) == floats.map(\.bitPattern))
  }
}
