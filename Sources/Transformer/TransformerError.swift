/// What can be wrong with the inputs of a forward pass.
public enum TransformerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A token id that the vocabulary does not have.
  case unknownToken(Int, vocabulary: Int)

  /// What is wrong, in words.
  public var description: String {
    switch self {
    case .unknownToken(let token, let vocabulary):
      "token \(token) is outside the model's vocabulary of \(vocabulary)"
    }
  }
}
