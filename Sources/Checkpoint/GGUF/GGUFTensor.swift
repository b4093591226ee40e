/// One tensor of a GGUF file: where its bytes lie and what they are.
struct GGUFTensor: Hashable, Sendable {
  /// Its name in the file.
  var name: String
  /// The type of its elements.
  var type: GGUFTensorType
  /// Its shape, outermost dimension first: the file lists them the other way round.
  var shape: [Int]
  /// Its bytes' place in the file, counted from the start of the file.
  var range: Range<Int>
}
