@testable import Measurement
import Model
import TestSupport
import Testing
import Transformer

struct IterativeTrimTests {
  /// The part's importance in every block, with some already dropped, by float64 sums.
  private func importances(
    _ part: BlockPart, without dropped: [Int], _ model: LoadedModel, _ windows: TokenWindows
  ) throws -> [Int: Double] {
    var structure = Structure(model.spec)
    for block in dropped {
      if part != .moe { structure.blocks[block].attention = false }
      if part != .attention { structure.blocks[block].feedForward = false }
    }
    let recorder = ResidualRecorder()
    let pass = ForwardPass(
      spec: model.spec, weights: model.originalPass.weights, structure: structure)
    _ = try pass.hiddenStates(
      of: TokenBatch(windows.domains.flatMap(\.windows)), observer: recorder)
    let record = recorder.record
    return Dictionary(
      uniqueKeysWithValues: model.spec.blocks.indices.filter { !dropped.contains($0) }.compactMap {
        block in
        switch part {
        case .attention: record.attention[block].map { (block, naiveImportance($0, $1)) }
        case .moe: record.feedForward[block].map { (block, naiveImportance($0, $1)) }
        case .block:
          record.inputs[block].flatMap { input in
            record.feedForward[block].map { (block, naiveImportance(input, $0.after)) }
          }
        }
      })
  }

  @Test(arguments: BlockPart.allCases)
  func `each drop is the least important part once the earlier ones are gone`(
    _ part: BlockPart
  ) throws {
    let model = try DemoModel.model.get()
    let windows = try DemoModel.windows("calibration", ["prose", "code"])
      .sample(tokens: 512, seed: 4)
    let steps = try IterativeTrim(model, windows: windows, part: part, count: 3).run()
    #expect(steps.count == 3)
    var dropped: [Int] = []
    for step in steps {
      let importances = try importances(part, without: dropped, model, windows)
      let least = try #require(importances.min { $0.value < $1.value })
      #expect(step.unit == part.unit(least.key), "after \(dropped)")
      #expect(abs(step.score - least.value) < 1e-5, "after \(dropped)")
      #expect(step.tokens == windows.tokens)
      dropped.append(least.key)
    }
  }

  @Test func `the last block stays`() throws {
    let model = try DemoModel.model.get()
    let windows = try DemoModel.windows("calibration", ["code"]).sample(tokens: 256, seed: 4)
    let count = model.spec.blocks.count
    #expect(throws: TrimError.tooMany(part: .block, asked: count, possible: count - 1)) {
      try IterativeTrim(model, windows: windows, part: .block, count: count).run()
    }
  }
}
