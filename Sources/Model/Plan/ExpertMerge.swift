/// How several experts become one.
public enum MergeMethod: String, CaseIterable, Codable, Sendable, Hashable {
  /// The mean of their weights, by how often each is chosen (HC-SMoE, arXiv 2410.08589).
  case average
  /// The same after their neurons are matched with those of the most chosen one (M-SMoE, arXiv
  /// 2310.01334).
  case aligned
}

/// Experts of one block that share one set of weights.
///
/// The router goes on choosing between all of them; whichever is chosen, the shared weights answer.
public struct ExpertMerge: Hashable, Sendable {
  /// The experts, ascending; at least two.
  public var members: [Int]
  /// How their weights become one.
  public var method: MergeMethod

  /// Merges experts of one block.
  public init(_ members: [Int], _ method: MergeMethod) {
    self.members = members.sorted()
    self.method = method
  }
}

/// On whose activations methods that need calibration rely.
public enum CalibrationOrder: String, CaseIterable, Codable, Sendable, Hashable {
  /// The untouched model's: every block is compressed independently of the others.
  case original
  /// Those behind the already compressed earlier blocks, so that later ones make up for them.
  case sequential
}
