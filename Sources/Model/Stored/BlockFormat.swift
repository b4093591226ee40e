/// One of GGUF's formats that store consecutive weights of a row as a block with its own scales,
/// named as llama.cpp names it.
public enum BlockFormat: String, CaseIterable, Codable, Sendable, Hashable {
  case q8_0, q5_0, q5_1, q4_0, q4_1
  case q4K = "q4_K"
  case q5K = "q5_K"
  case q6K = "q6_K"
  /// OCP's MXFP4 in blocks of its own order, unlike `StoredEncoding.mxfp4`.
  case mxfp4

  /// Weights of a block.
  public var length: Int {
    switch self {
    case .q8_0, .q5_0, .q5_1, .q4_0, .q4_1, .mxfp4: 32
    case .q4K, .q5K, .q6K: 256
    }
  }

  /// Bytes of a block.
  public var byteCount: Int {
    switch self {
    case .q8_0: 34
    case .q5_0: 22
    case .q5_1: 24
    case .q4_0: 18
    case .q4_1: 20
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    case .mxfp4: 17
    }
  }

  /// Bits of one weight's code.
  public var bits: Int {
    switch self {
    case .q8_0: 8
    case .q4_0, .q4_1, .q4K, .mxfp4: 4
    case .q5_0, .q5_1, .q5K: 5
    case .q6K: 6
    }
  }
}
