import Model

/// A safetensors file: its header read and checked, its data mapped.
public struct SafetensorsFile: Sendable {
  /// The mapped bytes.
  public let mapped: MappedFile
  /// The tensors, in the order of their bytes.
  public let entries: [SafetensorsEntry]
  /// What the writer noted about the file.
  public let metadata: [String: String]
  private let indices: [String: Int]

  /// Opens the file at `path` and checks its header; no tensor is read.
  public init(path: String) throws(CheckpointError) {
    mapped = try MappedFile(path: path)
    let header = try SafetensorsHeader(of: mapped)
    entries = header.entries
    metadata = header.metadata
    var indices: [String: Int] = [:]
    indices.reserveCapacity(entries.count)
    for (index, entry) in entries.enumerated() { indices[entry.name] = index }
    self.indices = indices
  }

  /// The path it was opened by.
  public var path: String { mapped.path }

  /// The tensor called `name`, or `nil`.
  public func entry(named name: String) -> SafetensorsEntry? {
    indices[name].map { entries[$0] }
  }

  /// Lends a tensor's bytes, which may start at any address: load values unaligned.
  public func withBytes<Result, Failure: Error>(
    of entry: SafetensorsEntry, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try mapped.withBytes(in: entry.range, body)
  }
}
