import Checkpoint
import Foundation
import Model
import Numerics
import Synchronization
import TestSupport
import Testing
import Transformer

/// The bundled model against the figures that transformers computed, by the protocol stored with them.
struct DemoModelTests {
  private struct Figures: Decodable {
    struct Domain: Decodable {
      var targets: Int
      var nats: Double
    }

    var domains: [String: Domain]
  }

  @Test(arguments: ["prose", "essays", "verse", "code", "arithmetic"])
  func `likelihood of the evaluation texts is the reference's`(_ domain: String) throws {
    let folder = TestFolders.demo.appending(path: "checkpoint").path
    let checkpoint = try Checkpoint.open(folder: folder)
    let text = try String(
      contentsOf: TestFolders.demo.appending(path: "texts/\(domain).evaluation.txt"),
      encoding: .utf8)
    let tokens = try Tokenizer(folder: folder).encode(text).map(Int.init)
    let batch = TokenBatch((0..<8).map { Array(tokens[$0 * 256..<($0 + 1) * 256]) })
    let pass = ForwardPass(spec: checkpoint.spec, weights: CheckpointWeights(checkpoint))

    let nats = Mutex<[Double]>(Array(repeating: 0, count: batch.count))
    try pass.forEachLogitTile(of: pass.hiddenStates(of: batch)) { rows, logits in
      for row in rows where (row + 1) % 256 != 0 {
        let loss = LogitRows.negativeLogLikelihood(
          of: batch.tokens[row + 1], in: logits.row(row - rows.lowerBound))
        nats.withLock { $0[row] = loss }
      }
    }
    let mean = nats.withLock { $0.reduce(0, +) } / Double(8 * 255)

    let figures = try JSONDecoder().decode(
      Figures.self,
      from: Data(contentsOf: TestFolders.demo.appending(path: "reference-evaluation.json")))
    let reference = try #require(figures.domains[domain])
    #expect(reference.targets == 8 * 255)
    #expect(abs(mean - reference.nats) < 1e-5)
  }
}
