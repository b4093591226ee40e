import Foundation
import Numerics
import Synchronization
import Testing

struct WorkersTests {
  private struct Refusal: Error, Equatable { var index: Int }

  @Test func `every index is visited exactly once`() {
    for count in 1...4 {
      let workers = Workers(count: count)
      for indices in [0, 1, 2, 3, 5, 100] {
        let visits = Mutex([Int](repeating: 0, count: indices))
        workers.forEach(indices) { index in visits.withLock { $0[index] += 1 } }
        #expect(visits.withLock { $0 } == [Int](repeating: 1, count: indices))
      }
    }
  }

  @Test func `results come in the order of their indices`() {
    let squares = Workers(count: 3).map(50) { $0 * $0 }
    #expect(squares == (0..<50).map { $0 * $0 })
  }

  @Test func `tiles cover everything once and do not depend on the workers`() {
    for count in 0...10 {
      let tiles = [1, 3].map { workers in
        let tiles = Mutex<[Range<Int>]>([])
        Workers(count: workers).forEachTile(of: count, size: 4) { tile in
          tiles.withLock { $0.append(tile) }
        }
        return tiles.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
      }
      #expect(tiles[0] == tiles[1])
      #expect(tiles[0].flatMap(Array.init) == Array(0..<count))
    }
  }

  @Test func `an error ends the loop and reaches the caller`() {
    for count in 1...3 {
      let started = Atomic<Int>(0)
      #expect(throws: Refusal.self) {
        try Workers(count: count).forEach(10_000) { (index) throws(Refusal) in
          started.add(1, ordering: .relaxed)
          if index == 3 { throw Refusal(index: index) }
        }
      }
      #expect(started.load(ordering: .relaxed) < 10_000)
    }
  }

  @Test func `a loop inside a loop runs to its end`() {
    let outer = Workers(count: 3)
    let inner = Workers(count: 2)
    let visits = Atomic<Int>(0)
    outer.forEach(10) { _ in
      outer.forEach(10) { _ in visits.add(1, ordering: .relaxed) }
      inner.forEach(10) { _ in
        outer.forEach(2) { _ in visits.add(1, ordering: .relaxed) }
      }
    }
    #expect(visits.load(ordering: .relaxed) == 10 * (10 + 20))
  }

  @Test func `loops from several threads take turns`() async {
    let workers = Workers(count: 2)
    let visits = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let visits = Atomic<Int>(0)
          for _ in 0..<200 { workers.forEach(7) { _ in visits.add(1, ordering: .relaxed) } }
          return visits.load(ordering: .relaxed)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(visits == [1400, 1400, 1400, 1400])
  }

  @Test func `there is at least one worker and no more than cores`() {
    #expect(Workers.availableCores >= 1)
    #expect(Workers.availableCores <= ProcessInfo.processInfo.processorCount)
  }

  @Test func `a cancelled computation stops`() throws {
    let cancellation = Cancellation()
    try cancellation.check()
    cancellation.cancel()
    #expect(cancellation.isCancelled)
    #expect(throws: CancellationError.self) { try cancellation.check() }
  }
}
