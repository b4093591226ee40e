import Checkpoint
import Foundation
import Measurement
import TestSupport
import Testing

@Suite struct DomainDataTests {
  private func data(_ shape: [Int], _ ids: [Int], in folder: URL) throws -> DomainData {
    let path = folder.appending(path: "web.ids.safetensors").path
    try SafetensorsWriter.write([.init(name: "input_ids", shape: shape, integers: ids)], to: path)
    return try DomainData(file: path)
  }

  private func noTokenizer() throws -> Tokenizer {
    Issue.record("the tokenizer was asked for")
    throw MeasurementError.noTexts
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = try TestFolders.temporary()
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func `a list of ids is cut into windows, without a tokenizer`() throws {
    try withFolder { folder in
      let data = try data([7], [1, 2, 3, 4, 5, 6, 7], in: folder)
      let windows = try TokenWindows([data], vocabulary: 8, windowLength: 3, tokenizer: noTokenizer)
      #expect(windows.domains.map(\.name) == ["web"])
      #expect(windows.domains[0].windows == [[1, 2, 3], [4, 5, 6]])
    }
  }

  @Test func `each row of a table is a window, cut to the window's length`() throws {
    try withFolder { folder in
      let data = try data([2, 3], [1, 2, 3, 4, 5, 6], in: folder)
      let windows = try TokenWindows([data], vocabulary: 8, windowLength: 2, tokenizer: noTokenizer)
      #expect(windows.domains[0].windows == [[1, 2], [4, 5]])
    }
  }

  @Test func `an id outside the vocabulary is refused`() throws {
    try withFolder { folder in
      let data = try data([3], [1, 9, 3], in: folder)
      #expect {
        try TokenWindows([data], vocabulary: 8, windowLength: 2, tokenizer: noTokenizer)
      } throws: { error in
        "\(error)".hasSuffix(
          "web.ids.safetensors: has the id 9, the model's vocabulary has 8 tokens; "
            + "encode the text with the model's own tokenizer")
      }
    }
  }
}
