import Checkpoint
import Model

/// What a data file gives: a text, or the ids of one that was encoded elsewhere.
public enum DomainData: Sendable {
  case text(DomainText)
  case ids(name: String, TokenFile)

  /// Reads a data file: ids from `.npy` and `.safetensors`, else a UTF-8 text.
  ///
  /// - Throws: `CheckpointError` or `MeasurementError.unreadable`.
  public init(file: String) throws {
    guard TokenFile.holdsIDs(file) else {
      self = .text(try DomainText(file: file))
      return
    }
    self = .ids(name: DomainText.name(ofFile: file), try TokenFile(path: file))
  }
}

extension [DomainData] {
  /// Whether a tokenizer is needed.
  public var hasTexts: Bool {
    contains { if case .text = $0 { true } else { false } }
  }

  /// Identity of the data, as files.
  public var fingerprint: Fingerprint {
    reduce(into: Fingerprint()) { fingerprint, data in
      switch data {
      case .text(let text):
        fingerprint.combine(text.name)
        fingerprint.combine(text.text)
      case .ids(let name, let file):
        fingerprint.combine(name)
        for row in file.rows {
          fingerprint.combine(row.count)
          for id in row { fingerprint.combine(id) }
        }
      }
    }
  }
}

extension TokenWindows {
  /// Cuts data files into windows.
  ///
  /// Texts and lists of ids are cut into consecutive windows of `windowLength` tokens; each row of a
  /// table is a window of its own, cut to that length.
  ///
  /// - Throws: `MeasurementError` as for texts, `CheckpointError` for ids outside `vocabulary`, and
  ///   what `tokenizer` throws, which is called only if there are texts.
  public init(
    _ data: [DomainData], vocabulary: Int, windowLength: Int, tokenizer: () throws -> Tokenizer
  ) throws {
    guard !data.isEmpty else { throw MeasurementError.noTexts }
    let encoder = data.hasTexts ? try tokenizer() : nil
    domains = []
    for data in data {
      switch data {
      case .text(let text):
        let ids = encoder?.indices(of: text.text) ?? []
        domains.append(try DomainWindows(name: text.name, ids: ids, windowLength: windowLength))
      case .ids(let name, let file):
        try file.check(vocabulary: vocabulary)
        domains.append(
          file.isTable
            ? try DomainWindows(name: name, rows: file.rows, windowLength: windowLength)
            : try DomainWindows(name: name, ids: file.rows[0], windowLength: windowLength))
      }
    }
  }
}

extension DomainWindows {
  /// Consecutive windows; what is left at the end is dropped.
  init(name: String, ids: [Int], windowLength: Int) throws(MeasurementError) {
    guard ids.count >= 2 else { throw .textTooShort(domain: name, tokens: ids.count) }
    let length = min(windowLength, ids.count)
    let windows = stride(from: 0, through: ids.count - length, by: length).map {
      Array(ids[$0..<$0 + length])
    }
    self.init(name: name, windows: windows)
  }

  fileprivate init(name: String, rows: [[Int]], windowLength: Int) throws(MeasurementError) {
    let length = rows.first?.count ?? 0
    guard length >= 2 else { throw .textTooShort(domain: name, tokens: length) }
    self.init(name: name, windows: rows.map { Array($0.prefix(windowLength)) })
  }
}
