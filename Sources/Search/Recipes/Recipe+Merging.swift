import EngineProtocol
import Model

/// Experts that are alike become one.
extension Recipe {
  static let merging: [Recipe] = [
    merge(
      "hc-smoe", .euclidean, .average,
      summary: "merge experts with the nearest mean outputs, by average linkage",
      source: "Retraining-Free Merging of Sparse MoE (arXiv 2410.08589)"),
    merge(
      "m-smoe", .dominant, .aligned,
      summary: "merge experts into the most frequent one whose router row is most like theirs",
      source: "Merge, Then Compress (arXiv 2310.01334)"),
  ]

  private static func merge(
    _ name: String, _ grouping: MergeGrouping, _ method: MergeMethod, summary: String,
    source: String
  ) -> Recipe {
    Recipe(
      name: name, summary: summary, source: source,
      parameters: [
        Parameter(key: "ratio", standard: "25%", explanation: "share of experts merged away"),
        Parameter(
          key: "grouping", standard: grouping.rawValue,
          explanation: MergeGrouping.allCases.map(\.rawValue).joined(separator: ", ")),
        Parameter(
          key: "weights", standard: method.rawValue,
          explanation: "average: as they lie; aligned: neurons matched first"), .seed,
      ],
      need: { spec, arguments throws(RecipeError) in
        let ratio = try arguments.share("ratio")
        guard let experts = spec.blocks.compactMap(\.moe?.experts).min() else {
          throw .nothing(name, what: "experts")
        }
        let merged = Int((ratio * Double(experts) + 1e-9).rounded(.down))
        guard merged > 0 else { throw .nothing(name, what: "experts in so small a share") }
        return .merge(
          MergeRequest(
            kept: experts - merged, grouping: try arguments.choice("grouping"),
            seed: try arguments.seed()))
      },
      edits: { input throws(RecipeError) in
        guard case .merge(let proposal) = input.findings else { return [] }
        let method: MergeMethod = try input.arguments.choice("weights")
        return proposal.layers.flatMap { layer in
          layer.merges(method).map { merge in
            let experts = merge.members.map { ExpertID(block: layer.block, expert: $0) }
            return Edit(.merge(method), .experts, .experts(ExpertRange.compact(experts)))
              .description
          }
        }
      })
  }
}
