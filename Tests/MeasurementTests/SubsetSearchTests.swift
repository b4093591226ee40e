@testable import Measurement
import Model
import Numerics
import TestSupport
import Testing

struct SubsetSearchTests {
  /// A loss without any structure: a number for every set, drawn from a seed.
  private func search(_ experts: Int, seed: UInt64, groups: ExpertGroups? = nil) -> SubsetSearch {
    let kind: RouterKind =
      groups.map { .scaledSoftmax(groups: $0, scale: 1) } ?? .topKThenSoftmax
    let moe = MoESpec(
      experts: experts, expertWidth: 1, router: RouterSpec(kind: kind, expertsPerToken: 2))
    return SubsetSearch(experts: experts, room: ExpertRoom(moe), workers: .shared) { kept in
      let key = kept.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
      var random = SeededGenerator(seed: seed ^ (key &* 0x9E37_79B9_7F4A_7C15))
      return Double.random(in: 0..<1, using: &random)
    }
  }

  @Test func `trying all sets is never worse than a beam, and a beam never worse than greed`()
    throws
  {
    for seed in 0..<40 {
      let search = search(7, seed: UInt64(seed))
      for count in 1...5 {
        func loss(_ kind: DropSearch) throws -> Double {
          try #require(search.run(kind, count: count).last?.loss)
        }
        let (all, greedy) = (try loss(.exhaustive), try loss(.greedy))
        let beam = try loss(.beam(width: 3))
        #expect(all <= beam && beam <= greedy, "seed \(seed), \(count) of 7")
        #expect(try loss(.beam(width: 1)) == greedy, "seed \(seed), \(count) of 7")
        #expect(try loss(.beam(width: 1000)) == all, "seed \(seed), \(count) of 7")
      }
    }
  }

  @Test func `a beam of width 1 takes the same experts as greed, in the same order`() throws {
    for seed in 0..<20 {
      let search = search(9, seed: UInt64(seed))
      let greedy = try search.run(.greedy, count: 4)
      #expect(try search.run(.beam(width: 1), count: 4).map(\.expert) == greedy.map(\.expert))
      #expect(Set(greedy.map(\.expert)).count == 4)
    }
  }

  @Test func `every group of experts keeps what its router needs`() throws {
    // Two per token out of one picked group: each of the four keeps two.
    let groups = ExpertGroups(count: 4, picked: 1)
    for seed in 0..<10 {
      let search = search(12, seed: UInt64(seed), groups: groups)
      for kind in [DropSearch.exhaustive, .greedy, .beam(width: 4)] {
        let dropped = try search.run(kind, count: 4).map { $0.expert / 3 }
        #expect(dropped.sorted() == [0, 1, 2, 3], "seed \(seed), \(kind)")
      }
      #expect(throws: TrimError.tooManyExperts(block: 3, asked: 5, possible: 4)) {
        try search.resolved(.greedy, count: 5, block: 3)
      }
    }
  }

  @Test func `few sets are all tried, many greedily unless someone insists`() throws {
    #expect(try search(8, seed: 0).resolved(.automatic, count: 4, block: 0) == .exhaustive)
    #expect(try search(40, seed: 0).resolved(.automatic, count: 20, block: 0) == .greedy)
    #expect(throws: TrimError.self) {
      try search(40, seed: 0).resolved(.exhaustive, count: 20, block: 0)
    }
    #expect(DropSearch.sets(of: 2, outOf: 8) == 28 && DropSearch.sets(of: 0, outOf: 8) == 1)
    #expect(DropSearch.sets(of: 128, outOf: 256) == .max)
  }
}
