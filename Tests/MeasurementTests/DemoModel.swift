import Checkpoint
import FoundationEssentials
import Measurement
import TestSupport

/// The bundled model, opened once for all tests of this target.
enum DemoModel {
  static let model = Result { LoadedModel(try Checkpoint.open(folder: folder, name: "demo")) }
  static let tokenizer = Result { try Tokenizer(folder: folder) }

  static var folder: String { TestFolders.demo.appending(path: "checkpoint").path }

  static func texts(_ ending: String, _ domains: [String]) throws -> [DomainText] {
    try domains.map {
      try DomainText(file: TestFolders.demo.appending(path: "texts/\($0).\(ending).txt").path)
    }
  }

  static func windows(_ ending: String, _ domains: [String]) throws -> TokenWindows {
    try TokenWindows(
      texts(ending, domains), tokenizer: tokenizer.get(), windowLength: model.get().windowLength)
  }
}
