import Model
import Testing

@testable import Workbench

/// A model whose weights are stored in 4 bits is shown as one.
struct StoredBitsTests {
  private static let int4 = StoredEncoding.integers(
    IntegerEncoding(
      layout: .packed, bits: 4, group: .inputs(32), isSymmetric: true, scaleType: .bfloat16))

  /// Experts in 4 bits, attention in bfloat16.
  private static var spec: ModelSpec {
    var spec = Sample.spec(encoding: int4)
    for block in spec.blocks.indices {
      for kind in spec.blocks[block].attention.linears {
        let name = spec.names.name(of: .linear(.attention(block: block, kind)))
        spec.encodingExceptions[name] = .elements(.bfloat16)
      }
    }
    return spec
  }

  private func lines(_ bench: Bench) -> [String] {
    Golden.text(of: bench.screen()).split(separator: "\n").map(String.init)
  }

  @Test func `the layers view shows the bits of each part`() throws {
    var bench = Bench.ready(Self.spec)
    bench.press("2")
    let text = lines(bench)
    #expect(text.contains { $0.contains("grey 4 = as stored") })
    let row = try #require(text.first { $0.contains("▸ 0") })
    #expect(row.contains("16 16 16 16"), "\(row)")
    #expect(row.contains(" 4    4    4 "), "\(row)")
  }

  @Test func `the details name the encoding`() {
    let bench = Bench.ready(Self.spec)
    #expect(lines(bench).contains { $0.contains("as stored") && $0.contains("int4 g32") })
  }

  @Test func `the average bits are those of the codes`() {
    let spec = Self.spec
    let ledger = spec.ledger(of: Choices(spec))
    #expect(ledger.averageBits > 4)
    #expect(ledger.averageBits < 6)
    // A bfloat16 scale for every 32 codes, and the shape, beside what attention takes.
    #expect(ledger.storedBitsPerWeight - ledger.averageBits < 0.6)
  }

  @Test func `minus goes to fewer bits than are stored, plus back to as stored`() throws {
    var bench = Bench.ready(Self.spec)
    let linear = LinearID.expert(ExpertID(block: 0, expert: 0), .up)
    func bits() throws -> Int? {
      try #require(bench.state.session).choices.precision(of: linear).bits
    }
    for expected in [3, 2] {
      bench.press("-")
      #expect(try bits() == expected)
    }
    bench.press("++")
    #expect(try bits() == nil)
  }

  @Test func `from more bits than are stored, plus goes to as stored`() throws {
    let linear = LinearID.expert(ExpertID(block: 0, expert: 0), .up)
    for (key, expected) in [("+", nil), ("-", 3)] as [(String, Int?)] {
      var bench = Bench.ready(Self.spec)
      bench.press(":bits 8 experts 0.0<enter>")
      #expect(try #require(bench.state.session).choices.precision(of: linear).bits == 8)
      bench.press(key)
      #expect(try #require(bench.state.session).choices.precision(of: linear).bits == expected)
    }
  }
}
