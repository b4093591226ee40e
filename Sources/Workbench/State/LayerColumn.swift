import Model

/// A part of a block that the layers view has a column for.
enum LayerColumn: Int, CaseIterable, Sendable {
  case block, attention, query, key, value, output, moe, gate, up, down, shared

  /// Its name above the column.
  var title: String {
    switch self {
    case .block: "block"
    case .attention: "attn"
    case .query: "q"
    case .key: "k"
    case .value: "v"
    case .output: "o"
    case .moe: "MoE"
    case .gate: "gate"
    case .up: "up"
    case .down: "down"
    case .shared: "shared"
    }
  }

  /// Its name in a sentence.
  var name: String {
    switch self {
    case .block: "whole block"
    case .attention: "attention"
    case .query: "attention q"
    case .key: "attention k"
    case .value: "attention v"
    case .output: "attention o"
    case .moe: "MoE layer"
    case .gate: "gate of all experts"
    case .up: "up of all experts"
    case .down: "down of all experts"
    case .shared: "shared experts"
    }
  }

  /// What `space` drops here, as the edit language calls it.
  var unit: Subject {
    switch self {
    case .block: .block
    case .attention, .query, .key, .value, .output: .attention
    case .moe, .gate, .up, .down, .shared: .moe
    }
  }

  /// The projection, where it is one of the feed-forward half.
  var feedForward: FeedForwardLinear? {
    switch self {
    case .gate: .gate
    case .up: .up
    case .down: .down
    default: nil
    }
  }

  /// The linears it stands for in a block; none where the block has no such part.
  func linears(ofBlock block: Int, _ spec: ModelSpec) -> [LinearID] {
    spec.linears(ofBlock: block).filter { linear in
      switch (self, linear) {
      case (.block, _), (.attention, .attention), (.query, .attention(_, .query)),
        (.key, .attention(_, .key)), (.value, .attention(_, .value)),
        (.output, .attention(_, .output)), (.moe, .expert), (.moe, .shared), (.moe, .dense),
        (.shared, .shared):
        true
      case (.gate, .expert(_, let kind)), (.up, .expert(_, let kind)),
        (.down, .expert(_, let kind)), (.gate, .dense(_, let kind)), (.up, .dense(_, let kind)),
        (.down, .dense(_, let kind)):
        kind == feedForward
      default: false
      }
    }
  }
}
