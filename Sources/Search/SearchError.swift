import EngineProtocol
import Model

/// Why a search cannot begin.
public enum SearchError: Error, Hashable, Sendable {
  /// Every legal plan takes more than the goal allows.
  case outOfReach(SearchGoal, least: Least)
  /// Something that was to be locked cannot be.
  case lock(EditError)
  /// A plan it made does not apply.
  case plan(EditError)

  /// The least that a legal plan comes to.
  public enum Least: Hashable, Sendable {
    case bytes(Int)
    case averageBits(Double)
    case storedBits(Double)
    case speed(Double)
  }
}

extension SearchError: CustomStringConvertible {
  /// The reason and what to do.
  public var description: String {
    switch self {
    case .outOfReach(_, let least):
      "\(least) within what the search may change; ask for no less, or allow or unlock more"
    case .lock(let error): "what is to be locked: \(error)"
    case .plan(let error): "\(error)"
    }
  }
}

extension SearchError.Least: CustomStringConvertible {
  /// The least, as a clause.
  public var description: String {
    switch self {
    case .bytes(let bytes): "the smallest legal plan takes \(bytes) bytes"
    case .averageBits(let bits): "the fewest average bits of a legal plan are \(bits)"
    case .storedBits(let bits): "the fewest stored bits of a legal plan are \(bits)"
    case .speed(let factor): "the fastest legal plan is \(factor)x as fast"
    }
  }
}
