import Numerics

/// What the experts of an MoE layer answered to their tokens.
public struct ExpertOutputs: Sendable {
  let dispatch: ExpertDispatch
  /// `[entries of the dispatch, hidden]`, not yet multiplied with the tokens' weights.
  public let outputs: Matrix
  /// Neurons of each expert; 0 for those without tokens.
  let widths: [Int]
  /// How many of the rows were computed; the others were known.
  public let computedRows: Int

  /// The experts that answered.
  public var experts: Set<Int> {
    Set(dispatch.ranges.indices.filter { !dispatch.ranges[$0].isEmpty })
  }

  /// Bytes it takes.
  public var bytes: Int {
    let entry = MemoryLayout<Int>.stride + MemoryLayout<Float>.stride
    return outputs.storageBytes + dispatch.tokens.count * entry
  }
}

/// Lets the experts of an MoE layer answer again only where something changed.
public struct ExpertMemory: Sendable {
  /// What was answered before, to the same inputs.
  let known: ExpertOutputs?
  /// Experts whose weights have not changed since.
  let unchanged: Set<Int>
  /// What was answered this time; `nil` before that, and where there are no experts.
  public internal(set) var outputs: ExpertOutputs?

  /// Starts from what was answered before.
  ///
  /// - Parameters:
  ///   - known: outputs for the same normed inputs; `nil` computes all
  ///   - unchanged: experts whose weights are those that made `known`
  public init(known: ExpertOutputs? = nil, unchanged: Set<Int> = []) {
    self.known = known
    self.unchanged = unchanged
  }
}

/// The entries of one expert's tokens, by where their outputs come from.
struct RecalledEntries: Sendable {
  /// Entries whose outputs are known, and the rows where they are.
  var known: (entries: [Int], rows: [Int]) = ([], [])
  /// Entries to compute.
  var new: [Int] = []
}

extension ExpertMemory {
  /// Which entries of an expert are known; `nil` where all have to be computed together.
  ///
  /// A row of a product can only be told apart from the others where its bits do not depend on them;
  /// elsewhere an expert is known if all its tokens are the same.
  func entries(of expert: Int, in dispatch: ExpertDispatch) -> RecalledEntries? {
    guard let known, unchanged.contains(expert) else { return nil }
    let (range, earlier) = (dispatch.ranges[expert], known.dispatch.ranges[expert])
    let sharesRows =
      min(range.count, earlier.count) >= Matrix.fewestRowsAlone
      && Matrix.rowsStandAlone(columns: known.widths[expert])
      && Matrix.rowsStandAlone(columns: known.outputs.columns)
    guard sharesRows || dispatch.tokens[range] == known.dispatch.tokens[earlier] else { return nil }
    var result = RecalledEntries()
    var row = earlier.lowerBound
    for entry in range {
      let token = dispatch.tokens[entry]
      while row < earlier.upperBound, known.dispatch.tokens[row] < token { row += 1 }
      // Stays there for a token that is in the list twice.
      if row < earlier.upperBound, known.dispatch.tokens[row] == token {
        result.known.entries.append(entry)
        result.known.rows.append(row)
      } else {
        result.new.append(entry)
      }
    }
    return result
  }
}
