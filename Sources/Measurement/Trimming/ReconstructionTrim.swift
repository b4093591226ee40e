import Model
import Numerics
import Transformer

/// Expert Drop by reconstruction: of every MoE layer, the experts without which the layer's output
/// moves least (Lu et al., arXiv 2402.14800), with inputs from the untouched model.
public struct ReconstructionTrim: Sendable {
  private let model: LoadedModel
  private let count: Int
  private let search: DropSearch
  private let samples: MoELayerSamples

  /// Prepares to drop `count` experts of every MoE layer.
  ///
  /// - Parameters:
  ///   - model: the model
  ///   - windows: calibration windows, of which as many are used as fit the memory
  ///   - count: experts that go, of each layer
  ///   - search: how they are looked for
  public init(_ model: LoadedModel, windows: TokenWindows, count: Int, search: DropSearch) {
    self.model = model
    self.count = count
    self.search = search
    // Products of all experts' outputs, for every token.
    let bytes = model.spec.maximumExperts * model.spec.maximumExperts * MemoryLayout<Float>.stride
    samples = MoELayerSamples(
      model, windows, tokens: min(windows.tokens, model.memory.waves / max(1, bytes)))
  }

  /// Tokens behind the losses.
  public var tokens: Int { samples.batch.count }

  /// Searches every layer.
  ///
  /// - Throws: `TrimError`, what the weights throw, or `CancellationError`.
  /// - Returns: the experts, layer by layer, with the layer's loss after each; and the search used.
  public func run(
    cancellation: Cancellation? = nil, progress: (_ layers: Int) -> Void = { _ in }
  ) throws -> (steps: [TrimStep], search: DropSearch) {
    let used = try resolved()
    var steps: [TrimStep] = []
    var done = 0
    try samples.forEach(cancellation: cancellation) { sample, pass in
      let products = try ReconstructionLoss.outputProducts(
        sample, pass, bytes: model.memory.waves, cancellation: cancellation)
      let loss = ReconstructionLoss(sample, products: products)
      let order = try subsets(sample.moe) { loss(keeping: $0) }
        .run(used[sample.block] ?? .greedy, count: count, cancellation: cancellation)
      steps += order.map { expert, loss in
        TrimStep(
          .expert(ExpertID(block: sample.block, expert: expert)), score: loss, tokens: tokens)
      }
      done += 1
      progress(done)
    }
    return (steps, Set(used.values).count == 1 ? used.values.first ?? search : search)
  }

  /// What each layer's search will be; checked before any work is done.
  private func resolved() throws(TrimError) -> [Int: DropSearch] {
    var used: [Int: DropSearch] = [:]
    for block in model.spec.blocks.indices {
      guard let moe = model.spec.blocks[block].moe else { continue }
      used[block] = try subsets(moe) { _ in 0 }.resolved(search, count: count, block: block)
    }
    guard !used.isEmpty else { throw .noExperts }
    return used
  }

  private func subsets(
    _ moe: MoESpec, _ loss: @escaping @Sendable ([Int]) -> Double
  ) -> SubsetSearch {
    SubsetSearch(
      experts: moe.experts, room: ExpertRoom(moe), workers: model.workers, loss: loss)
  }
}
