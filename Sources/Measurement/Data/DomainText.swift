import FoundationEssentials

/// A text of one domain.
public struct DomainText: Hashable, Sendable {
  /// The domain's name: the file's name up to its first dot.
  public var name: String
  /// The text.
  public var text: String

  /// A text of one domain.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// Reads a UTF-8 text file.
  ///
  /// - Throws: `MeasurementError.unreadable`.
  public init(file: String) throws(MeasurementError) {
    let url = URL(filePath: file)
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadable(file: file, reason: "it cannot be read")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .unreadable(file: file, reason: "it is not UTF-8")
    }
    self.init(name: Self.name(ofFile: file), text: text)
  }

  /// The domain that a file's name says: up to the first dot.
  static func name(ofFile file: String) -> String {
    let name = URL(filePath: file).lastPathComponent
    return name.split(separator: ".").first.map(String.init) ?? name
  }
}
