/// One of GGUF's formats that store consecutive weights of a row as a block with its own scales,
/// named as llama.cpp names it.
public enum BlockFormat: String, CaseIterable, Codable, Sendable, Hashable {
  case q8_0, q4_0
  case q4K = "q4_K"
  case q5K = "q5_K"
  case q6K = "q6_K"

  /// Weights of a block.
  public var length: Int {
    switch self {
    case .q8_0, .q4_0: 32
    case .q4K, .q5K, .q6K: 256
    }
  }

  /// Bytes of a block.
  public var byteCount: Int {
    switch self {
    case .q8_0: 34
    case .q4_0: 18
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    }
  }

  /// Bits of one weight's code.
  public var bits: Int {
    switch self {
    case .q8_0: 8
    case .q4_0, .q4K: 4
    case .q5K: 5
    case .q6K: 6
    }
  }
}
