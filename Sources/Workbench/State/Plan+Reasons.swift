import Model

/// A part of a block that is gone.
enum DroppedPart: CustomStringConvertible {
  case block, attention, moe

  var description: String {
    switch self {
    case .block: "block"
    case .attention: "attention"
    case .moe: "MoE layer"
    }
  }

  var subject: Subject {
    switch self {
    case .block: .block
    case .attention: .attention
    case .moe: .moe
    }
  }
}

extension BlockChoices {
  /// What is dropped that a column of the layers view belongs to.
  func droppedPart(for column: LayerColumn) -> DroppedPart? {
    if blockDropped { return .block }
    switch column.unit {
    case .attention: return attentionDropped ? .attention : nil
    case .moe: return moeDropped ? .moe : nil
    default: return nil
    }
  }
}

extension Plan {
  /// The edit, as it was said, by which an expert is gone.
  func reason(forDropping id: ExpertID) -> Edit? {
    let choice = choices.blocks[id.block]
    if choice.blockDropped { return reason(forDropping: .block, ofBlock: id.block) }
    if choice.moeDropped { return reason(forDropping: .moe, ofBlock: id.block) }
    guard choice.expertDropped[id.expert] else { return nil }
    return steps.last { $0.resolved.drops(.experts) && $0.resolved.selection.contains(id) }?.said
  }

  /// The edit, as it was said, by which a MoE layer, attention half or block is gone.
  func reason(forDropping subject: Subject, ofBlock block: Int) -> Edit? {
    steps.last { $0.resolved.drops(subject) && $0.resolved.selection.contains(block: block) }?.said
  }
}

extension Edit {
  fileprivate func drops(_ subject: Subject) -> Bool { action == .drop && self.subject == subject }
}

extension Selection {
  fileprivate func contains(_ id: ExpertID) -> Bool {
    switch self {
    case .everything: true
    case .experts(let ranges):
      ranges.contains { $0.block == id.block && ($0.experts?.contains(id.expert) ?? true) }
    default: false
    }
  }

  fileprivate func contains(block: Int) -> Bool {
    switch self {
    case .everything: true
    case .blocks(let ranges): ranges.contains { $0.contains(block) }
    default: false
    }
  }
}

extension Precision {
  /// Bits, in as few characters as possible.
  var text: String { bits.map { "\($0)" } ?? "as stored" }

  /// Bits, group and symmetry.
  var longText: String {
    guard case .quantized(let quantization) = self else { return "as stored" }
    let group =
      quantization.group == .channel ? "one scale per row" : "groups of \(quantization.group)"
    var words = ["\(quantization.bits) bits", group]
    if quantization.symmetric { words.append("symmetric") }
    if quantization.method != .roundToNearest { words.append(quantization.method.rawValue) }
    if quantization.actOrder { words.append("act-order") }
    if quantization.clipping { words.append("clipped") }
    if let bits = quantization.activationBits { words.append("\(bits)-bit inputs") }
    return words.joined(separator: ", ")
  }
}
