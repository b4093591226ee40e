import Compression
import EngineProtocol
import Testing

@testable import Engine

struct EngineFailureTests {
  @Test func `a weight that no method can work on is bad input, named with what to do`() {
    let failure = EngineFailure(CompressionFailure(part: "3.5.gate", problem: .weightNotFinite))
    #expect(failure.kind == .badRequest)
    #expect(failure.message.hasPrefix("3.5.gate: its weight holds values"))
    #expect(failure.message.contains("download or write it again"))
  }
}
