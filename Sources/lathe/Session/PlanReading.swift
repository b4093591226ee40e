import Checkpoint
import EngineProtocol
import FoundationEssentials
import Model

extension PlanFile {
  /// Reads a saved plan.
  ///
  /// - Throws: `CommandFailure` that names the file.
  init(path: String, what: String) throws(CommandFailure) {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw CommandFailure(
        .request, what, "\(path.sanitized): it cannot be read; give a plan that Lathe saved")
    }
    do { self = try JSONDecoder().decode(PlanFile.self, from: data) } catch {
      throw CommandFailure(
        .request, what,
        "\(path.sanitized): it is not a plan (\(error.jsonReason)); give a plan that Lathe saved")
    }
  }

  /// The plan, if it is one of this model.
  func plan(path: String, for spec: ModelSpec, what: String) throws(CommandFailure) -> Plan {
    do { return try plan(for: spec) } catch {
      throw CommandFailure(.request, what, "\(path.sanitized): \(error)")
    }
  }

  /// The file's bytes, for people and programs.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Writes the file, over another one only if that is forced.
  func write(to path: String, isForced: Bool, what: String) throws(CommandFailure) {
    if FileManager.default.fileExists(atPath: path), !isForced {
      throw CommandFailure(
        .request, what, "\(path): it exists already; name another file or add --force")
    }
    do { try json().write(to: URL(filePath: path), options: .atomic) } catch {
      throw CommandFailure(
        .work, what, "\(path): it cannot be written; name a file in a folder you may write to")
    }
    StandardError.write("wrote \(path)\n")
  }
}

extension Error {
  /// What a JSON decoder found wrong, in a few words.
  var jsonReason: String {
    guard let error = self as? DecodingError else { return "it is not JSON" }
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\"\(place(context))\" has the wrong type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not JSON" : context.debugDescription
    @unknown default: "it cannot be read"
    }
  }
}
