import EngineProtocol
import Foundation
import GRDB
import Model
import Numerics
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// Files that cannot be used: one sentence, and the work goes on in memory.
struct HistoryProblemTests {
  private final class Warnings: Sendable {
    private let texts = Mutex<[String]>([])
    func append(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
  }

  private let model = ModelSpec.sample().fingerprint

  /// Keeps two measurements where the file cannot be used, and looks for them; the sentence.
  private func sentence(
    _ sample: HistorySample, known: Int = 0, prepare: (HistoryStore) throws -> Void = { _ in }
  ) throws -> String {
    let warnings = Warnings()
    let store = sample.store { warnings.append($0) }
    try prepare(store)
    store.keep(try HistorySample.run("drop moe 1"))
    store.keep(try HistorySample.run("drop moe 2"))
    let list = try store.list(ListHistory(model: model))
    #expect(list.total == known + 2 && list.runs.count == known + 2)
    #expect(list.problem == warnings.all.first)
    let sentence = try #require(warnings.all.first)
    #expect(warnings.all.count == 1 && !sentence.contains("\n") && sentence.contains("; "))
    #expect(sentence.hasPrefix(sample.file.path) && sentence.hasSuffix("are kept in memory"))
    return sentence
  }

  /// Makes the file with one measurement in it, then changes it by hand.
  private func damage(_ sample: HistorySample, _ statements: String) throws {
    let store = sample.store()
    store.keep(try HistorySample.run())
    try store.transaction { try $0.execute(sql: statements) }
  }

  /// Makes the file with twenty measurements in it; it is closed then, and its log empty.
  private func fill(_ sample: HistorySample) throws {
    let store = sample.store()
    for number in 1...20 { store.keep(try HistorySample.run("drop experts 1.\(number % 8)")) }
  }

  @Test func `a file of a newer format is told and left as it is`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    try damage(sample, "PRAGMA user_version = 99; DROP INDEX run_of_model")
    let before = try Data(contentsOf: sample.file)
    let said = try sentence(sample)
    #expect(said.contains("its format is 99 and this Lathe knows 1") && said.contains("update"))
    #expect(try Data(contentsOf: sample.file) == before)
  }

  @Test func `a database of another program is told and left as it is`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    try damage(sample, "PRAGMA application_id = 7")
    let before = try Data(contentsOf: sample.file)
    #expect(try sentence(sample).contains("it is a database of another program"))
    #expect(try Data(contentsOf: sample.file) == before)
  }

  @Test func `a file that is no database is told and left as it is`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    try FileManager.default.createDirectory(
      at: sample.file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let text = Data(String(repeating: "these are not the pages you look for\n", count: 200).utf8)
    try text.write(to: sample.file)
    #expect(try sentence(sample).contains("it is damaged or no SQLite database"))
    #expect(try Data(contentsOf: sample.file) == text)
  }

  @Test(arguments: 1...25)
  func `damaged bytes never end the process, and the history still answers`(
    _ seed: UInt64
  ) throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    try fill(sample)
    var bytes = try Data(contentsOf: sample.file)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<Int.random(in: 1...40, using: &random) {
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
    }
    let other = try HistorySample()
    defer { other.remove() }
    try FileManager.default.createDirectory(
      at: other.file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: other.file)
    let store = other.store()
    #expect(throws: Never.self, "seed \(seed)") {
      for isFront in [false, true] {
        _ = try store.list(ListHistory(model: model, isFront: isFront, limit: 100))
      }
      _ = try store.models()
      _ = try store.recall(model, conditions: [HistorySample.conditions], limit: 100)
      store.keep(try HistorySample.run("drop moe 3"))
      _ = try store.list(ListHistory(model: model))
    }
  }

  @Test func `a folder that cannot be made is told`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    try Data().write(to: sample.file.deletingLastPathComponent())
    #expect(try sentence(sample).contains("the history cannot be written there"))
  }

  @Test func `a full disk is told, and what was kept before is still known`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    sample.store().keep(try HistorySample.run())
    let said = try sentence(sample, known: 1) { store in
      try store.transaction { try $0.execute(sql: "PRAGMA max_page_count = 1") }
      // Fills what is left of the pages that the file has already.
      while store.problem == nil { store.keep(try HistorySample.run(of: Self.filler)) }
    }
    #expect(said.contains("the disk is full; make room"))
    #expect(try sample.store().list(ListHistory(model: model)).total == 1)
  }

  private static var filler: ModelSpec {
    var spec = ModelSpec.sample()
    spec.fingerprint = Fingerprint(of: "filler")
    return spec
  }

  @Test func `without a file, a history lives as long as its store`() throws {
    let store = HistoryStore(file: nil) { Issue.record("\($0)") }
    store.keep(try HistorySample.run())
    let list = try store.list(ListHistory(model: model))
    #expect(list.total == 1 && list.file == nil && list.problem == nil)
  }
}
