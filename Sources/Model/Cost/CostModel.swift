/// Predicts what plans of a model cost on machines.
public struct CostModel: Sendable {
  private let spec: ModelSpec
  private let table: LedgerTable
  /// Router loads of each block, `[experts]`; uniform without a profile.
  private let loads: [[Double]]
  private let head: StoredSize

  /// Looks up a model's sizes; `profile` says which experts are asked more than others.
  public init(_ spec: ModelSpec, profile: Profile? = nil) {
    self.spec = spec
    table = LedgerTable(spec)
    loads = spec.blocks.enumerated().map { index, block in
      let measured = profile?.blocks[index].experts.map(\.load) ?? []
      return measured.count == block.expertCount
        ? measured : Array(repeating: 1, count: block.expertCount)
    }
    let tensor = spec.tensor(spec.tiedHead ? .embedding : .head)
    head = StoredSize(bytes: tensor.bytes, weights: tensor.elements)
  }

  /// What a plan costs on a machine.
  public func estimate(
    of choices: Choices, _ workload: Workload, on hardware: HardwareProfile
  ) -> CostEstimate {
    let ledger = table.ledger(of: choices)
    let parts = table.parts(of: choices)
    let decode = Pass(
      tokens: workload.batch, sequences: workload.batch, seen: workload.context,
      hardware: hardware, elementBytes: elementBytes(workload, hardware))
    let prefill = Pass(
      tokens: workload.batch * workload.prompt, sequences: workload.batch, seen: workload.prompt,
      hardware: hardware, elementBytes: elementBytes(workload, hardware))
    let cache = cacheBytes(choices, workload, on: hardware)
    let peak = residentBytes(ledger, hardware) + cache + activationBytes(workload, hardware)
    return CostEstimate(
      hardware: hardware.name, workload: workload, weightBytes: ledger.bytes, cacheBytes: cache,
      peakBytes: peak, fits: peak <= hardware.memory,
      distinctExperts: distinctExperts(choices, parts, tokens: workload.batch),
      prefill: time(of: prefill, choices, parts).phase(tokens: prefill.tokens),
      decode: time(of: decode, choices, parts).phase(tokens: decode.tokens))
  }

  /// Bytes of keys and values of all sequences at the full context.
  ///
  /// Each kept attention half keeps keys and values of its key heads, or with latent attention the
  /// latent vector and the shared rotated key; with a sliding window, only as many tokens.
  public func cacheBytes(
    _ choices: Choices, _ workload: Workload, on hardware: HardwareProfile
  ) -> Int {
    let elements = zip(spec.blocks, choices.blocks).reduce(0) { sum, block in
      guard block.1.keepsAttention else { return sum }
      let attention = block.0.attention
      return sum + attention.cachedWidth(hardware.execution) * attention.seen(workload.context)
    }
    return elements * workload.batch * elementBytes(workload, hardware)
  }

  private func elementBytes(_ workload: Workload, _ hardware: HardwareProfile) -> Int {
    hardware.execution == .float32 ? MemoryLayout<Float>.stride : workload.cacheElementBytes
  }

  /// Weights as they are held; Lathe's engine keeps the mapped file beside the floats.
  private func residentBytes(_ ledger: Ledger, _ hardware: HardwareProfile) -> Int {
    switch hardware.execution {
    case .stored: ledger.bytes
    case .float32: ledger.baselineBytes + ledger.parameters * MemoryLayout<Float>.stride
    }
  }

  /// Activations of the tokens that are passed at once, at most 8192, in the widest block, and the
  /// logits of each sequence's next token.
  private func activationBytes(_ workload: Workload, _ hardware: HardwareProfile) -> Int {
    let widest = spec.blocks.map { block -> Int in
      let attention = block.attention
      let heads =
        attention.queryWidth + attention.keyWidth + attention.valueWidth + attention.mixedWidth
      let network =
        switch block.feedForward {
        case .dense(let width): 2 * width
        case .moe(let moe):
          moe.router.expertsPerToken * (2 * spec.hidden + 2 * moe.expertWidth)
            + 2 * (moe.shared?.width ?? 0)
        }
      return 4 * spec.hidden + max(heads, network)
    }
    let tokens = min(8192, workload.batch * workload.prompt)
    let elementBytes = hardware.execution == .float32 ? 4 : 2
    return tokens * (widest.max() ?? 0) * elementBytes
      + workload.batch * spec.vocabulary * MemoryLayout<Float>.stride
  }
}

// MARK: - Time

extension CostModel {
  /// Tokens that pass through the model together.
  private struct Pass {
    /// All new tokens.
    var tokens: Int
    /// Sequences they belong to.
    var sequences: Int
    /// Tokens that the last of each sequence sees.
    var seen: Int
    var hardware: HardwareProfile
    var elementBytes: Int

    func bytes(_ size: StoredSize) -> Double {
      Double(hardware.execution == .float32 ? size.weights * 4 : size.bytes)
    }

    /// Operations a second of linears with such choices.
    func peak(_ linears: some Sequence<LinearChoice>) -> Double {
      let isInt8 =
        linears.contains { _ in true }
        && linears.allSatisfy { choice in
          guard case .quantized(let quantization) = choice.precision else { return false }
          return (quantization.activationBits ?? 16) <= 8 && quantization.bits <= 8
        }
      let peak =
        hardware.execution == .float32
        ? hardware.float32 : isInt8 ? hardware.int8 : hardware.half
      return peak * hardware.computeShare
    }
  }

  /// A part that is read and computed by itself.
  private struct Part {
    var bytes: Double
    /// Matrices that are read side by side.
    var matrices = 1.0
    var operations: Double
    /// Operations a second.
    var peak: Double
  }

  private func time(of pass: Pass, _ choices: Choices, _ blocks: [BlockParts]) -> RooflineTime {
    var parts: [Part] = []
    var halves = 0
    for (index, block) in blocks.enumerated() {
      if let attention = block.attention {
        parts += self.attention(attention, index, choices.blocks[index], pass)
        halves += 1
      }
      if let always = block.always {
        parts += feedForward(always, block.experts, index, choices.blocks[index], pass)
        halves += 1
      }
    }
    // Of a prompt, only the last token's logits are asked for.
    parts.append(
      Part(
        bytes: pass.bytes(head), operations: 2 * Double(pass.sequences * head.weights),
        peak: pass.peak([LinearChoice()])))
    let all = parts.reduce(0) { $0 + $1.bytes }
    var time = RooflineTime(overhead: Double(halves) * pass.hardware.overhead)
    for part in parts {
      let speed = pass.hardware.reachedBandwidth(matrices: part.matrices, passBytes: all)
      time.add(bytes: part.bytes, at: speed, operations: part.operations, at: part.peak)
    }
    return time
  }

  /// The projections, and attention over the cached keys and values.
  private func attention(
    _ size: StoredSize, _ index: Int, _ choice: BlockChoices, _ pass: Pass
  ) -> [Part] {
    let attention = spec.blocks[index].attention
    let peak = pass.peak(choice.attention)
    let seen = attention.seen(pass.seen)
    let cached = attention.cachedWidth(pass.hardware.execution) * pass.elementBytes
    let widths = attention.queryWidth + attention.mixedWidth
    return [
      Part(
        bytes: pass.bytes(size), operations: 2 * Double(pass.tokens * size.weights), peak: peak),
      Part(
        bytes: Double(pass.sequences * seen * cached),
        matrices: Double(pass.sequences * attention.keyValueHeads),
        operations: 2 * Double(pass.tokens) * Double(seen * widths), peak: peak),
    ]
  }

  /// What every token passes through, and the experts that some of them pick.
  private func feedForward(
    _ always: StoredSize, _ experts: [BlockParts.ExpertPart], _ index: Int,
    _ choice: BlockChoices, _ pass: Pass
  ) -> [Part] {
    let dense = spec.blocks[index].moe == nil ? choice.feedForward : choice.shared
    let common = Part(
      bytes: pass.bytes(always), operations: 2 * Double(pass.tokens * always.weights),
      peak: pass.peak(dense))
    guard !experts.isEmpty else { return [common] }
    let reading = reading(index, choice)
    var picked = Part(bytes: 0, matrices: 0, operations: 0, peak: pass.peak(choice.feedForward))
    for expert in experts {
      let need = reading.isNeeded(expert.experts, byTokens: pass.tokens)
      let picks = expert.experts.reduce(0) { $0 + reading.picks[$1] }
      picked.matrices += need
      picked.bytes += need * pass.bytes(expert.size)
      picked.operations += 2 * Double(pass.tokens) * picks * Double(expert.size.weights)
    }
    return [common, picked]
  }

  private func reading(_ index: Int, _ choice: BlockChoices) -> ExpertReading {
    ExpertReading(
      shares: loads[index], dropped: choice.expertDropped,
      expertsPerToken: spec.blocks[index].moe?.router.expertsPerToken ?? 0)
  }

  /// The mean over the MoE layers that are kept.
  private func distinctExperts(
    _ choices: Choices, _ parts: [BlockParts], tokens: Int
  ) -> Double {
    let layers = parts.indices.filter { !parts[$0].experts.isEmpty }
    guard !layers.isEmpty else { return 0 }
    return layers.reduce(0) { sum, index in
      let reading = reading(index, choices.blocks[index])
      return sum
        + parts[index].experts.reduce(0) {
          $0 + reading.isNeeded($1.experts, byTokens: tokens)
        }
    } / Double(layers.count)
  }
}

extension AttentionSpec {
  /// Elements that are kept of each token.
  func cachedWidth(_ execution: HardwareProfile.Execution) -> Int {
    guard let latent, execution == .stored else { return keyWidth + valueWidth }
    return latent.keyValueRank + rotaryWidth
  }

  /// Tokens of a sequence of `length` that its last token sees.
  func seen(_ length: Int) -> Int { min(length, slidingWindow ?? length) }
}
