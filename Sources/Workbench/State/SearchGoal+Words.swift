import EngineProtocol

extension SearchGoal {
  /// What it asks for, as a clause.
  var words: String {
    switch self {
    case .memory(let bytes): "at most \(Figure.bytes(bytes))"
    case .averageBits(let bits): "at most \(Figure.significant(bits)) bits a weight"
    case .storedBits(let bits): "at most \(Figure.significant(bits)) bits a weight with scales"
    case .speed(let factor): "a token reads \(Figure.significant(factor))× fewer bytes of weights"
    case .divergence(let kl): "KL of at most \(Figure.significant(kl)) nats"
    }
  }
}
