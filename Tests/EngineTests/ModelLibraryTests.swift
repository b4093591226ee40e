import EngineProtocol
import Foundation
import Measurement
import Model
import TestSupport
import Testing

@testable import Engine

struct ModelLibraryTests {
  /// A copy of a fixture in a folder of its own, which the caller removes.
  private func copy(of fixture: String) throws -> URL {
    let folder = try TestFolders.temporary().appending(path: fixture)
    try FileManager.default.copyItem(
      at: TestFolders.fixtures.appending(path: fixture), to: folder)
    return folder
  }

  @Test func `a model stays open, and another one beside it where both fit`() throws {
    let library = ModelLibrary(memory: .standard)
    let names = ["olmoe", "mixtral"].map { TestFolders.fixtures.appending(path: $0).path }
    let models = try names.map { try library.model($0) }
    #expect(try library.model(names[0]) === models[0])
    #expect(try library.model(names[1]) === models[1])
  }

  @Test func `the model used least recently is closed where the memory does not reach`() throws {
    let memory = MemoryBudget(bytes: MemoryBudget.least)
    let library = ModelLibrary(memory: memory)
    let small = ["olmoe", "mixtral"].map { TestFolders.fixtures.appending(path: $0).path }
    let demo = TestFolders.demo.appending(path: "checkpoint").path
    let first = try library.model(small[0])
    let second = try library.model(small[1])
    #expect(try library.model(small[0]) === first)
    // The three shares exceed the budget, and the two that were used last do not.
    let large = try library.model(demo)
    let shares = [first, second, large].map { memory.share(of: $0.spec) }
    try #require(shares.reduce(0, +) > memory.bytes)
    #expect(try library.model(demo) === large)
    #expect(try library.model(small[1]) !== second)
  }

  @Test func `an evaluator is kept, and closed with its model`() throws {
    let library = ModelLibrary(memory: .standard)
    let folder = try copy(of: "olmoe")
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
    let ids = folder.appending(path: "reference.safetensors").path
    let request = EvaluationRequest(data: [ids])
    let first = try library.evaluator(folder.path, for: request)
    #expect(try library.evaluator(folder.path, for: request) === first)
    let weights = folder.appending(path: "model.safetensors")
    try Data(contentsOf: weights).write(to: weights, options: .atomic)
    #expect(try library.evaluator(folder.path, for: request) !== first)
  }

  @Test func `a checkpoint replaced on disk is opened anew`() throws {
    let library = ModelLibrary(memory: .standard)
    let folder = try copy(of: "olmoe")
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
    let before = try library.model(folder.path)
    let config = folder.appending(path: "config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    try #require(text.contains("rms_norm_eps"))
    try text.replacing("\"rms_norm_eps\": 1e-05", with: "\"rms_norm_eps\": 2e-05")
      .write(to: config, atomically: true, encoding: .utf8)
    let after = try library.model(folder.path)
    #expect(after !== before && after.spec.normEpsilon == 2e-5)
    #expect(after.spec.fingerprint != before.spec.fingerprint)
  }
}
