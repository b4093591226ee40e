@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing
import Transformer

struct WindowImportanceTests {
  @Test func `a window of n blocks compares what enters it with what leaves it`() throws {
    let model = try DemoModel.model.get()
    let windows = try DemoModel.windows("calibration", ["prose"]).sample(tokens: 512, seed: 2)
    let profile = try CalibrationPass(model, windows: windows, seed: 2, version: "test").run()
    let recorder = ResidualRecorder()
    let pass = model.originalPass
    let batch = TokenBatch(windows.domains[0].windows)
    _ = try pass.hiddenStates(of: batch, observer: recorder)
    let blocks = model.spec.blocks.count
    let last = try #require(recorder.record.feedForward[blocks - 1]).after
    let boundaries = (0..<blocks).compactMap { recorder.record.inputs[$0] } + [last]
    #expect(profile.windows.tokens == windows.tokens)
    #expect(profile.windows.importances.map(\.count) == Array((1...blocks).reversed()))
    for start in 0..<blocks {
      for end in start + 1...blocks {
        let expected = naiveImportance(boundaries[start], boundaries[end])
        let own = try #require(profile.windows.importance(of: start..<end))
        #expect(abs(own - expected) < 1e-5, "blocks \(start)..<\(end)")
      }
      // A window of one block is the block.
      let single = try #require(profile.windows.importance(of: start..<start + 1))
      #expect(abs(single - profile.blocks[start].blockImportance) < 1e-5)
    }
  }

  @Test func `large texts are sampled evenly, whatever the batches`() throws {
    let spec = ModelSpec.sample(blocks: 2)
    var random = SeededGenerator(seed: 11)
    let hidden = (0..<3).map { _ in
      Matrix(
        rows: 5000, columns: spec.hidden,
        (0..<5000 * spec.hidden).map { _ in Float.random(in: -1...1, using: &random) })
    }
    func importances(_ cuts: [Range<Int>]) -> WindowImportances {
      var sample = BoundarySample(spec, tokens: 5000)
      for cut in cuts {
        sample.begin(cut)
        for boundary in hidden { sample.add(boundary.rows(cut), workers: .shared) }
      }
      return sample.importances
    }
    let whole = importances([0..<5000])
    #expect(whole.tokens == BoundarySample.mostTokens)
    #expect(whole == importances([0..<3, 3..<1200, 1200..<5000]))
  }
}
