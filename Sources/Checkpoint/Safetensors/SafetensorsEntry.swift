import Model

/// One tensor of a safetensors file: where its bytes lie and what they are.
public struct SafetensorsEntry: Hashable, Sendable {
  /// Its name in the file.
  public var name: String
  /// The type of its elements.
  public var type: StoredType
  /// Its shape, outermost dimension first; empty for a single number.
  public var shape: [Int]
  /// Its bytes' place in the file, counted from the start of the file.
  public var range: Range<Int>

  /// Number of elements.
  public var elements: Int { range.count / type.byteCount }
}
