import Checkpoint

extension Tokenizer {
  /// The ids of a text, as the forward pass counts them.
  public func indices(of text: String) -> [Int] { encode(text).map { Int($0) } }

  /// The text of ids.
  public func text(of indices: [Int]) -> String { decode(indices.map { Int32($0) }) }
}
