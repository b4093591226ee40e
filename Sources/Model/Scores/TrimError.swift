/// Why nothing can be proposed for dropping.
public enum TrimError: Error, Hashable, Sendable {
  /// Zero or fewer were asked for.
  case nothingAsked(count: Int)
  /// A share is so small that nothing would go.
  case shareTooSmall(ratio: Double, units: Int)
  /// A share is not between 0 and 1.
  case noShare(ratio: Double)
  /// More blocks, MoE layers or attention halves than can go.
  case tooMany(part: BlockPart, asked: Int, possible: Int)
  /// More experts of a layer than its router can do without.
  case tooManyExperts(block: Int, asked: Int, possible: Int)
  /// More experts of all layers than their routers can do without.
  case tooManyOfAll(asked: Int, possible: Int)
  /// No kept MoE layer to drop experts from.
  case noExperts
  /// So many subsets that trying all of them takes too long.
  case tooManySubsets(block: Int, subsets: Int, limit: Int)
  /// The profile says nothing about windows of blocks of this length.
  case noWindow(count: Int)
  /// As many experts as there are, or none, are to remain after merging.
  case mergesNothing(kept: Int, experts: Int)
}

extension TrimError: CustomStringConvertible {
  /// The reason and what to do.
  public var description: String {
    switch self {
    case .nothingAsked(let count):
      return "dropping \(count) changes nothing; name at least 1"
    case .shareTooSmall(let ratio, let units):
      return "\(ratio) of \(units) is less than one, so nothing would go; name a larger share"
    case .noShare(let ratio):
      return "\(ratio) is not a share; name one above 0 and below 1"
    case .tooMany(let part, let asked, let possible):
      return "\(asked) \(part.plural) cannot go, only \(possible) can; name at most \(possible)"
    case .tooManyExperts(let block, let asked, let possible):
      return "block \(block) cannot lose \(asked) experts, its router can do without \(possible);"
        + " name at most \(possible), or drop its MoE layer"
    case .tooManyOfAll(let asked, let possible):
      return "\(asked) experts cannot go, the routers can do without \(possible);"
        + " name at most \(possible), or drop MoE layers"
    case .noExperts: return "there is no MoE layer left to drop experts from; keep one"
    case .tooManySubsets(let block, let subsets, let limit):
      return "block \(block) has \(subsets == Int.max ? "countless" : "\(subsets)") sets of experts"
        + " to try, more than \(limit); search greedily or with a beam"
    case .noWindow(let count):
      return "the profile has no figure for \(count) kept blocks in a row; name fewer"
    case .mergesNothing(let kept, let experts):
      return "\(kept) of \(experts) experts cannot remain after merging;"
        + " keep between 1 and \(experts - 1)"
    }
  }
}
