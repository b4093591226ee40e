import Checkpoint
import Foundation
import Model
import Numerics
import Testing
import Transformer

struct StructureTests {
  @Test(arguments: Fixture.families)
  func `a structure that keeps everything changes no bit`(_ family: String) throws {
    let fixture = try Fixture(family)
    let all = try fixture.logits(Structure(fixture.spec))
    #expect(all.map(\.bitPattern) == (try fixture.logits()).map(\.bitPattern))
  }

  @Test func `a dropped half lets the residual stream pass`() throws {
    let fixture = try Fixture("olmoe")
    var structure = Structure(fixture.spec)
    structure.blocks[1].attention = false
    structure.blocks[2].feedForward = false
    let recorder = Recorder()
    _ = try fixture.pass(structure).hiddenStates(of: fixture.batch, observer: recorder)
    let record = recorder.record
    #expect(record.attention.keys.sorted() == [0, 2])
    #expect(record.feedForward.keys.sorted() == [0, 1])
    #expect(record.feedForward[1]?.before == record.blockInputs[1])
  }

  @Test func `a dropped block is as if it were not there`() throws {
    let fixture = try Fixture("mixtral")
    var structure = Structure(fixture.spec)
    structure.blocks[1].attention = false
    structure.blocks[1].feedForward = false
    let pass = fixture.pass()
    let first = try pass.run(
      blocks: 0..<1, from: pass.embeddings(of: fixture.batch), of: fixture.batch)
    let last = try pass.run(blocks: 2..<3, from: first, of: fixture.batch)
    let expected = try pass.finalNorm(of: last)
    let found = try fixture.pass(structure).hiddenStates(of: fixture.batch)
    #expect(found.array == expected.array)
  }

  @Test(arguments: Fixture.families)
  func `the router picks among the kept experts by the distribution over these`(_ family: String)
    throws
  {
    let fixture = try Fixture(family)
    let kept = [1, 2, 5, 7]
    var structure = Structure(fixture.spec)
    for block in fixture.spec.moeBlocks { structure.blocks[block].experts = kept }
    let recorder = Recorder()
    _ = try fixture.pass(structure).hiddenStates(of: fixture.batch, observer: recorder)
    for block in fixture.spec.moeBlocks {
      let logits = try #require(recorder.record.routerLogits[block])
      let routing = try #require(recorder.record.routings[block])
      #expect(Set(routing.experts).isSubset(of: kept))
      for token in 0..<fixture.batch.count {
        let row = Matrix(
          rows: 1, columns: kept.count,
          kept.map { logits[token * fixture.spec.maximumExperts + $0] })
        var span = row.mutableRow(0)
        if fixture.spec.blocks[block].moe?.router.hasCorrection == true {
          for index in span.indices { span[index] = 1 / (1 + exp(-span[index])) }
          let sum = row.array.reduce(0, +)
          for index in span.indices { span[index] /= sum }
        } else {
          Softmax.apply(&span)
        }
        let found = kept.map { routing.probabilities[token, $0] }
        #expect(largestDifference(found, row.array) < 1e-6)
      }
    }
    #expect(recorder.record.experts.keys.allSatisfy { kept.contains($0.expert) })
  }

  @Test
  func `an expert that no token goes to can be dropped without a trace in the others' choice`()
    throws
  {
    let logits = Matrix(rows: 2, columns: 4, [3, 1, 2, -9, 1, 3, 2, -9])
    let router = RouterSpec(kind: .softmaxThenTopK(renormalized: true), expertsPerToken: 2)
    let all = Routing(logits: logits, router: router, kept: [0, 1, 2, 3])
    let kept = Routing(logits: logits, router: router, kept: [0, 1, 2])
    #expect(all.experts == kept.experts)
    #expect(largestDifference(all.weights, kept.weights) < 1e-6)
  }
}
