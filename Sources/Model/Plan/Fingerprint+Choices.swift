extension Fingerprint {
  /// Adds choices, so that equal choices give equal fingerprints in every process.
  ///
  /// What a plan leaves alone adds nothing, so that kinds of choices that come later do not change
  /// the fingerprints of plans without them.
  mutating func combine(_ choices: Choices) {
    for block in choices.blocks { combine(block) }
    if choices.calibration != .original { combine(choices.calibration.rawValue) }
  }

  /// Adds the choices of one block.
  public mutating func combine(_ block: BlockChoices) {
    let flags =
      (block.blockDropped ? 1 : 0) + (block.attentionDropped ? 2 : 0) + (block.moeDropped ? 4 : 0)
    combine(bytes: CollectionOfOne(UInt8(flags)))
    combine(bytes: block.expertDropped.lazy.map { $0 ? 1 : 0 })
    for linears in [block.attention, block.shared, block.feedForward] {
      for linear in linears { combine(linear.precision) }
    }
    combineExtras(of: block)
  }

  private mutating func combineExtras(of block: BlockChoices) {
    for merge in block.merges {
      combine(merge.method.rawValue)
      for member in merge.members { combine(member) }
    }
    var index = 0
    for linears in [block.attention, block.shared, block.feedForward] {
      for linear in linears {
        if let sparsity = linear.sparsity {
          combine(index)
          combine("\(sparsity.pattern) \(sparsity.method.rawValue)")
        }
        index += 1
      }
    }
    for (index, slimming) in (block.neurons + [block.sharedNeurons]).enumerated() {
      guard let slimming else { continue }
      combine(index)
      combine("\(slimming.kept) \(slimming.refit)")
    }
  }

  private mutating func combine(_ precision: Precision) {
    guard case .quantized(let quantization) = precision else {
      return combine(bytes: CollectionOfOne(0))
    }
    let group: UInt8 =
      if case .inputs(let size) = quantization.group { UInt8(truncatingIfNeeded: size) } else { 1 }
    combine(bytes: [UInt8(quantization.bits), group, quantization.symmetric ? 1 : 0])
    guard
      quantization.method != .roundToNearest || quantization.clipping
        || quantization.actOrder || quantization.activationBits != nil
    else { return }
    combine(bytes: quantization.method.rawValue.utf8)
    combine(bytes: [
      quantization.clipping ? 1 : 0, quantization.actOrder ? 1 : 0,
      UInt8(quantization.activationBits ?? 0),
    ])
  }
}
