import EngineProtocol
import Foundation
import GRDB
import Model
import TestSupport
import Testing

@testable import Engine

/// What is kept, found again and weighed.
struct HistoryStoreTests {
  private let model = ModelSpec.sample().fingerprint

  @Test func `a measurement comes back as it was kept, from another store too`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    var run = try HistorySample.run("drop experts 1.2", "bits 4 experts")
    sample.store().keep(run)
    run.id = 1
    let other = sample.store()
    #expect(try other.list(ListHistory(model: model)).runs == [run])
    #expect(try other.run(1) == run)
    #expect(try other.run(2) == nil)
    #expect(try run.plan.plan(for: .sample()).digest == run.evaluation.plan)
  }

  @Test func `the newest come first, up to the limit, and the total is told`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let store = sample.store()
    for kl in [0.1, 0.2, 0.3] { store.keep(try HistorySample.run("drop moe 1", kl: kl)) }
    let list = try store.list(ListHistory(model: model, limit: 2))
    #expect(list.runs.map(\.evaluation.overall.kl) == [0.3, 0.2])
    #expect(list.total == 3 && list.problem == nil && list.file == sample.file.path)
    #expect(try store.list(ListHistory(model: Fingerprint(of: "other"))).total == 0)
  }

  @Test func `the front has a plan once, with its newest figures, all on the same data`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let store = sample.store()
    store.keep(try HistorySample.run(bytes: 1000, kl: 0))
    store.keep(try HistorySample.run("drop moe 1", bytes: 600, kl: 0.01))
    store.keep(try HistorySample.run("drop moe 1", bytes: 600, kl: 0.05))
    store.keep(try HistorySample.run("drop moe 2", bytes: 600, kl: 0.06))
    store.keep(try HistorySample.run("drop moe 3", bytes: 10, kl: 0.001, data: "others"))
    let front = try store.list(ListHistory(model: model, isFront: true))
    #expect(front.runs.map(\.id) == [3, 1] && front.total == 2)
    let other = ListHistory(
      model: model, data: Fingerprint(of: "others").short, isFront: true)
    #expect(try store.list(other).runs.map(\.id) == [5])
  }

  @Test func `models are listed with how often and when they were measured last`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let store = sample.store()
    var other = ModelSpec.sample()
    (other.name, other.fingerprint) = ("other", Fingerprint(of: "other"))
    store.keep(try HistorySample.run(of: other, finished: 5))
    store.keep(try HistorySample.run(finished: 9))
    store.keep(try HistorySample.run("drop moe 1", finished: 7))
    #expect(
      try store.models().models == [
        HistoryModel(fingerprint: model, name: "sample", runs: 2, latest: 9),
        HistoryModel(fingerprint: other.fingerprint, name: "other", runs: 1, latest: 5),
      ])
  }

  @Test func `what is recalled is the newest of each plan under the same conditions`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let store = sample.store()
    for kl in [0.1, 0.2] { store.keep(try HistorySample.run("drop moe 1", kl: kl)) }
    store.keep(try HistorySample.run("drop moe 2", kl: 0.3))
    let elsewhere = Fingerprint(of: "elsewhere")
    store.record(try HistorySample.run("drop moe 1", kl: 0.4), conditions: elsewhere)
    let known = try store.recall(model, conditions: [HistorySample.conditions], limit: 9)
    #expect(known.map(\.evaluation.overall.kl) == [0.2, 0.3])
    let latest = try store.recall(model, conditions: [HistorySample.conditions], limit: 1)
    #expect(latest.map(\.evaluation.overall.kl) == [0.3])
    #expect(
      try store.recall(model, conditions: [elsewhere], limit: 9).map(\.evaluation.overall.kl)
        == [0.4])
  }

  @Test func `a run that another version wrote otherwise is left out and counted`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let store = sample.store()
    for _ in 0..<2 { store.keep(try HistorySample.run()) }
    try store.transaction {
      try $0.execute(sql: "UPDATE run SET evaluation = '{}' WHERE id = 1")
    }
    let list = try store.list(ListHistory(model: model))
    #expect(list.runs.map(\.id) == [2] && list.total == 2)
    #expect(list.problem?.contains("1 of these measurements cannot be read") == true)
  }

  @Test func `values of another type than their column's are left out and end nothing`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let store = sample.store()
    for part in 1...3 { store.keep(try HistorySample.run("drop moe \(part)")) }
    // What a damaged page may look like: the types of a strict table are checked when it is written.
    try store.transaction {
      try $0.execute(
        sql: """
          PRAGMA writable_schema = ON;
          UPDATE sqlite_master SET sql = replace(sql, ') STRICT', ')') WHERE name = 'run';
          PRAGMA writable_schema = OFF
          """)
    }
    let other = sample.store()
    try other.transaction {
      try $0.execute(sql: "UPDATE run SET bytes = 'many', kl = 'much' WHERE id = 2")
    }
    #expect(try other.list(ListHistory(model: model)).runs.map(\.id) == [3, 1])
    #expect(try other.list(ListHistory(model: model, isFront: true)).runs.map(\.id) == [3])
    #expect(throws: (any Error).self) { try other.run(2) }
    #expect(try other.recall(model, conditions: [HistorySample.conditions], limit: 9).count == 2)
  }

  @Test func `two stores that write at once lose nothing`() throws {
    let sample = try HistorySample()
    defer { sample.remove() }
    let run = try HistorySample.run("drop moe 1")
    // Each opens the file anew, so that making it happens at once too.
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let store = sample.store { Issue.record("\($0)") }
      for _ in 0..<25 { store.keep(run) }
    }
    let store = sample.store()
    #expect(
      try store.list(ListHistory(model: model, limit: 1000)).runs.map(\.id) == (1...100).reversed())
    #expect(
      try store.transaction { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    #expect(try store.transaction { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
  }
}

/// When measurements may stand for each other.
struct MeasuringConditionsTests {
  private func conditions(
    _ change: (inout EvaluationRequest) -> Void = { _ in }, data: String = "data",
    texts: String = "texts", version: String = "1", withCalibration: Bool = false
  ) -> Fingerprint {
    var request = EvaluationRequest()
    change(&request)
    return MeasuringConditions(
      request, data: Fingerprint(of: data), texts: Fingerprint(of: texts), version: version
    ).fingerprint(withCalibration: withCalibration)
  }

  @Test func `other data, tasks or versions are other conditions, other plans are not`() {
    let usual = conditions()
    #expect(conditions { $0.tasks = false } != usual)
    #expect(conditions(data: "other") != usual && conditions(version: "2") != usual)
    #expect(conditions { $0.origin = .search } == usual)
  }

  @Test func `calibration tokens matter to plans whose methods look at them, and to no other`() {
    #expect(conditions(texts: "other") == conditions())
    let usual = conditions(withCalibration: true)
    #expect(usual != conditions())
    #expect(conditions(texts: "other", withCalibration: true) != usual)
    func asking(_ calibration: ProfileRequest) -> Fingerprint {
      conditions({ $0.calibration = calibration }, withCalibration: true)
    }
    #expect(asking(ProfileRequest()) == usual)
    #expect(asking(ProfileRequest(seed: 1)) != usual)
    #expect(asking(ProfileRequest(tokens: 1)) != usual)
  }
}
