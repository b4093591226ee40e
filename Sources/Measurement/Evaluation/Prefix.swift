import Compression

/// The halves of blocks that a residual stream has gone through, in order: together with the tokens,
/// what decides its every bit.
///
/// A dropped half adds nothing, as the stream passes it by.
final class Prefix: Sendable {
  /// What went before the last half; `nil` where that was only the embedding.
  let earlier: Prefix?
  /// The last half.
  let half: HalfIdentity
  private let hash: Int

  private init(_ half: HalfIdentity, after earlier: Prefix?) {
    self.earlier = earlier
    self.half = half
    var hasher = Hasher()
    hasher.combine(earlier?.hash)
    hasher.combine(half)
    hash = hasher.finalize()
  }

  /// What a stream has gone through before each half, and after the last one; `nil` is the embedding.
  static func chain(_ halves: [HalfIdentity?]) -> [Prefix?] {
    halves.reduce(into: [nil]) { chain, half in
      let earlier = chain[chain.count - 1]
      chain.append(half.map { Prefix($0, after: earlier) } ?? earlier)
    }
  }

  /// The last position at which two chains have gone through the same.
  static func shared(_ first: [Prefix?], _ second: [Prefix?]) -> Int {
    // Once they differ, they do to the end.
    zip(first, second).count { $0 == $1 } - 1
  }
}

extension Prefix: Hashable {
  /// Equal where all halves are; the hash only tells most of the others apart quickly.
  static func == (first: Prefix, second: Prefix) -> Bool {
    first === second
      || (first.hash == second.hash && first.half == second.half
        && first.earlier == second.earlier)
  }

  func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
