import EngineProtocol
import Foundation
import Testing

/// How much of a sweep is asked for.
struct SweepRequestTests {
  @Test func `a request of a front end that knows no depths leaves it to the engine`() throws {
    let old = #"{"data": ["a.txt"], "tokens": 512, "seed": 3}"#
    let request = try JSONDecoder().decode(SweepRequest.self, from: Data(old.utf8))
    #expect(
      request == SweepRequest(data: ["a.txt"], tokens: 512, seed: 3, depth: .automatic))
  }

  @Test(arguments: SweepRequest.Depth.allCases)
  func `a depth survives the wire`(_ depth: SweepRequest.Depth) throws {
    let request = JobRequest.sweep(SweepRequest(tokens: 64, depth: depth))
    let read = try JSONDecoder().decode(JobRequest.self, from: JSONEncoder().encode(request))
    #expect(read == request)
  }
}
