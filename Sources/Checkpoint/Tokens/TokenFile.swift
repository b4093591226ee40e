import Model

/// Token ids of a text that was encoded elsewhere: an `.npy` array, or the tensor `input_ids` of a
/// safetensors file; a list of ids, or one row for each window.
public struct TokenFile: Sendable {
  /// The path it was read from.
  public let path: String
  /// The ids: one row of a list, all rows of a table.
  public let rows: [[Int]]
  /// Whether the file has rows; their ends are ends of windows.
  public let isTable: Bool

  /// The tensor of a safetensors file.
  private static let tensor = "input_ids"

  /// Whether a file's name says that it holds ids.
  public static func holdsIDs(_ path: String) -> Bool {
    path.hasSuffix(".npy") || path.hasSuffix(".safetensors")
  }

  /// Reads a file of ids, in the format that its name says.
  public init(path: String) throws(CheckpointError) {
    let shape: [Int]
    let ids: [Int]
    if path.hasSuffix(".npy") {
      let array = try NumPyFile(path: path)
      (shape, ids) = (array.shape, array.integers)
    } else {
      let file = try SafetensorsFile(path: path)
      ids = try file.integers(named: Self.tensor)
      shape = file.entry(named: Self.tensor)?.shape ?? []
    }
    guard (1...2).contains(shape.count) else { throw .tokens(file: path, .dimensions(shape)) }
    guard !ids.isEmpty, let length = shape.last else { throw .tokens(file: path, .empty) }
    self.path = path
    isTable = shape.count == 2
    rows = stride(from: 0, to: ids.count, by: length).map { Array(ids[$0..<$0 + length]) }
  }

  /// Refuses ids that a model's vocabulary lacks.
  public func check(vocabulary: Int) throws(CheckpointError) {
    for row in rows {
      guard let id = row.first(where: { $0 < 0 || $0 >= vocabulary }) else { continue }
      throw .tokens(file: path, .outsideVocabulary(id: id, size: vocabulary))
    }
  }
}
