/// Why an edit was refused; nothing changes when one is.
public enum EditError: Error, Hashable, Sendable {
  /// The text is not an edit.
  case syntax(edit: String, found: String?, expected: String)
  /// It names a block, expert or linear that the model does not have.
  case unknown(address: String, exists: String)
  /// It needs scores, and no profile has been made yet.
  case needsProfile(field: String)
  /// Its rule matches nothing.
  case selectsNothing(rule: String)
  /// Everything it asks for is so already.
  case changesNothing(edit: String)
  /// A MoE layer would keep fewer experts than its router picks per token.
  case tooFewExperts(block: Int, kept: Int, needed: Int)
  /// A group of experts would keep fewer than its router needs in every group.
  case tooFewExpertsInGroup(block: Int, experts: ClosedRange<Int>, kept: Int, needed: Int)
  /// Nothing but embedding and head would be left.
  case everythingDropped
  /// The group does not divide the linear's inputs.
  case groupDoesNotDivide(linear: String, group: Int, columns: Int)
  /// A semi-structured pattern does not divide the linear's inputs.
  case patternDoesNotDivide(linear: String, pattern: String, columns: Int)
  /// No neuron would be left, or more than there are.
  case neurons(network: String, kept: Int, width: Int)
  /// Weights that lie in the checkpoint as codes would have to change.
  case storedCodes(linear: String, encoding: String)
  /// Fewer than two kept experts of a block were named to be merged.
  case nothingToMerge(block: Int)
  /// A share is so small that no weight of the linear would become zero.
  case sharesNothing(linear: String, pattern: String, columns: Int)
}

extension EditError: CustomStringConvertible {
  /// The reason and, where it is not plain, what to do.
  public var description: String {
    switch self {
    case .syntax(let edit, let found, let expected):
      let place = found.map { "found \"\($0)\"" } ?? "it ends too early"
      return "\"\(edit)\" is not an edit: \(place) where \(expected) should stand"
    case .unknown(let address, let exists):
      return "there is no \(address): \(exists); name one of those"
    case .needsProfile(let field):
      return "\"\(field)\" is a score of the calibration profile, which is not there yet"
    case .selectsNothing(let rule):
      return "nothing matches \"\(rule)\", so there is nothing to change"
    case .changesNothing(let edit):
      return "\"\(edit)\" changes nothing: everything it names is so already"
    case .tooFewExperts(let block, let kept, let needed):
      return "block \(block) would keep \(kept) experts but its router picks \(needed) per token;"
        + " drop its MoE layer instead, or keep at least \(needed)"
    case .tooFewExpertsInGroup(let block, let experts, let kept, let needed):
      return "block \(block) would keep \(kept) of experts \(experts.lowerBound) to"
        + " \(experts.upperBound) but its router needs \(needed) in each such group;"
        + " keep at least \(needed), or drop its MoE layer"
    case .everythingDropped:
      return "no block would be left; keep at least one attention half or MoE layer"
    case .groupDoesNotDivide(let linear, let group, let columns):
      return "group \(group) does not divide the \(columns) inputs of \(linear);"
        + " choose a group that does, or \"group channel\""
    case .patternDoesNotDivide(let linear, let pattern, let columns):
      return "\(pattern) does not divide the \(columns) inputs of \(linear);"
        + " choose a share such as 0.5 instead, or another number of neurons"
    case .neurons(let network, let kept, let width):
      return "\(network) has \(width) neurons and cannot keep \(kept);"
        + " keep between 1 and \(width)"
    case .storedCodes(let linear, let encoding):
      return "\(linear) is stored as \(encoding), whose codes cannot be changed;"
        + " choose bits for it first, such as \"bits 4\""
    case .nothingToMerge(let block):
      return "block \(block) has fewer than two kept experts among those named;"
        + " name at least two experts of a block to merge"
    case .sharesNothing(let linear, let pattern, let columns):
      return "\(pattern) of the \(columns) inputs of \(linear) is less than one weight in a row;"
        + " name a larger share"
    }
  }
}
