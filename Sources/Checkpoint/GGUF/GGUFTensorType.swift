/// A type of ggml's tensors: how many elements a block has, and how many bytes.
struct GGUFTensorType: Hashable, Sendable {
  /// ggml's name, such as `Q4_K`.
  let name: String
  /// Elements in a block; 1 for plain numbers.
  let elements: Int
  /// Bytes of a block.
  let bytes: Int

  private init(_ name: String, _ elements: Int, _ bytes: Int) {
    (self.name, self.elements, self.bytes) = (name, elements, bytes)
  }

  /// The type that files store as `number`; `nil` if there is none.
  init?(number: UInt32) {
    guard let type = Self.byNumber[number] else { return nil }
    self = type
  }

  /// The types, by the number that files store; those whose numbers are missing were withdrawn.
  private static let byNumber: [UInt32: GGUFTensorType] = [
    0: GGUFTensorType("F32", 1, 4), 1: GGUFTensorType("F16", 1, 2),
    2: GGUFTensorType("Q4_0", 32, 18), 3: GGUFTensorType("Q4_1", 32, 20),
    6: GGUFTensorType("Q5_0", 32, 22), 7: GGUFTensorType("Q5_1", 32, 24),
    8: GGUFTensorType("Q8_0", 32, 34), 9: GGUFTensorType("Q8_1", 32, 40),
    10: GGUFTensorType("Q2_K", 256, 84), 11: GGUFTensorType("Q3_K", 256, 110),
    12: GGUFTensorType("Q4_K", 256, 144), 13: GGUFTensorType("Q5_K", 256, 176),
    14: GGUFTensorType("Q6_K", 256, 210), 15: GGUFTensorType("Q8_K", 256, 292),
    16: GGUFTensorType("IQ2_XXS", 256, 66), 17: GGUFTensorType("IQ2_XS", 256, 74),
    18: GGUFTensorType("IQ3_XXS", 256, 98), 19: GGUFTensorType("IQ1_S", 256, 50),
    20: GGUFTensorType("IQ4_NL", 32, 18), 21: GGUFTensorType("IQ3_S", 256, 110),
    22: GGUFTensorType("IQ2_S", 256, 82), 23: GGUFTensorType("IQ4_XS", 256, 136),
    24: GGUFTensorType("I8", 1, 1), 25: GGUFTensorType("I16", 1, 2),
    26: GGUFTensorType("I32", 1, 4), 27: GGUFTensorType("I64", 1, 8),
    28: GGUFTensorType("F64", 1, 8), 29: GGUFTensorType("IQ1_M", 256, 56),
    30: GGUFTensorType("BF16", 1, 2), 34: GGUFTensorType("TQ1_0", 256, 54),
    35: GGUFTensorType("TQ2_0", 256, 66), 39: GGUFTensorType("MXFP4", 32, 17),
    40: GGUFTensorType("NVFP4", 64, 36), 41: GGUFTensorType("Q1_0", 128, 18),
  ]
}
