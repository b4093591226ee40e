import Model
import Numerics

/// Looks for the experts of one layer whose going costs least.
struct SubsetSearch: Sendable {
  /// Experts of the layer.
  let experts: Int
  /// What its router needs.
  let room: ExpertRoom
  /// The threads that try sets.
  let workers: Workers
  /// What it costs when only the given experts (ascending) are kept.
  let loss: @Sendable (_ kept: [Int]) -> Double

  /// A set of dropped experts, ascending, and its loss.
  struct Candidate: Sendable {
    var dropped: [Int]
    var loss: Double
  }

  /// The search that will be used for `count` experts.
  ///
  /// - Throws: `TrimError` when there are too many sets to try all, or the router needs them.
  func resolved(_ search: DropSearch, count: Int, block: Int) throws(TrimError) -> DropSearch {
    guard count > 0 else { throw .nothingAsked(count: count) }
    guard count <= room.most else {
      throw .tooManyExperts(block: block, asked: count, possible: room.most)
    }
    let sets = DropSearch.sets(of: count, outOf: experts)
    switch search {
    case .automatic: return sets <= DropSearch.mostSets ? .exhaustive : .greedy
    case .exhaustive:
      guard sets <= Self.mostExhaustive else {
        throw .tooManySubsets(block: block, subsets: sets, limit: Self.mostExhaustive)
      }
      return .exhaustive
    case .greedy: return .greedy
    case .beam(let width): return .beam(width: max(1, width))
    }
  }

  /// Sets that can be tried where someone insists.
  static let mostExhaustive = 200_000

  /// The experts to drop, in the order in which each next one costs least, with the loss after each.
  ///
  /// - Throws: `CancellationError`.
  func run(
    _ search: DropSearch, count: Int, cancellation: Cancellation? = nil
  ) throws -> [(expert: Int, loss: Double)] {
    let best: Candidate
    switch search {
    case .exhaustive: best = try exhaustive(count, cancellation)
    case .beam(let width): best = try beam(width, count, cancellation)
    case .automatic, .greedy: best = try beam(1, count, cancellation)
    }
    return try ordered(best.dropped, cancellation)
  }

  private func exhaustive(_ count: Int, _ cancellation: Cancellation?) throws -> Candidate {
    var sets: [[Int]] = []
    func extend(_ dropped: [Int], _ room: ExpertRoom) {
      guard dropped.count < count else { return sets.append(dropped) }
      for expert in (dropped.last ?? -1) + 1..<experts {
        var room = room
        if room.drop(expert) { extend(dropped + [expert], room) }
      }
    }
    extend([], room)
    return try evaluated(sets, cancellation).min { $0.loss < $1.loss }
      ?? Candidate(dropped: [], loss: 0)
  }

  /// The best sets of each size grow by one expert; the greedy set always stays among them, so that a
  /// wider beam is never worse than a narrow one of width 1.
  private func beam(
    _ width: Int, _ count: Int, _ cancellation: Cancellation?
  ) throws -> Candidate {
    var greedy = Candidate(dropped: [], loss: 0)
    var beam = [greedy]
    for _ in 0..<count {
      var sets = Set<[Int]>()
      for candidate in beam + [greedy] { sets.formUnion(successors(of: candidate.dropped)) }
      // In a fixed order, so that ties always fall alike.
      let ranked = try evaluated(sets.sorted { $0.lexicographicallyPrecedes($1) }, cancellation)
        .enumerated().sorted { ($0.element.loss, $0.offset) < ($1.element.loss, $1.offset) }
        .map(\.element)
      let next = Set(successors(of: greedy.dropped))
      greedy = ranked.first { next.contains($0.dropped) } ?? greedy
      beam = Array(ranked.prefix(width))
    }
    return ([greedy] + beam).min { $0.loss < $1.loss } ?? greedy
  }

  /// The sets with one expert more that the router allows.
  private func successors(of dropped: [Int]) -> [[Int]] {
    var room = room
    for expert in dropped { _ = room.drop(expert) }
    return (0..<experts).filter { !dropped.contains($0) && room.canDrop($0) }
      .map { (dropped + [$0]).sorted() }
  }

  /// The members of a set, one by one, each time the one whose going costs least.
  private func ordered(
    _ dropped: [Int], _ cancellation: Cancellation?
  ) throws -> [(expert: Int, loss: Double)] {
    var left = dropped
    var gone: [Int] = []
    var order: [(expert: Int, loss: Double)] = []
    while !left.isEmpty {
      let sets = left.map { (gone + [$0]).sorted() }
      let next = try evaluated(sets, cancellation).enumerated()
        .min { $0.element.loss < $1.element.loss }
      guard let next else { break }
      order.append((left.remove(at: next.offset), next.element.loss))
      gone = next.element.dropped
    }
    return order
  }

  private func evaluated(
    _ sets: [[Int]], _ cancellation: Cancellation?
  ) throws -> [Candidate] {
    let (experts, loss) = (experts, loss)
    return try workers.map(sets.count) { index in
      try cancellation?.check()
      let kept = (0..<experts).filter { !sets[index].contains($0) }
      return Candidate(dropped: sets[index], loss: loss(kept))
    }
  }
}
