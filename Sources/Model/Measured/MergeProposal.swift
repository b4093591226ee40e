/// How experts that are to become one are found.
public enum MergeGrouping: String, CaseIterable, Codable, Sendable, Hashable {
  /// Average linkage over the cosine distance of mean un-gated outputs (HC-SMoE, arXiv 2410.08589).
  case cosine
  /// The same over the Euclidean distance.
  case euclidean
  /// The most frequent experts stay, each other one joins the one whose router row is most like its
  /// own (M-SMoE, arXiv 2310.01334).
  case dominant
}

/// Which experts a search proposes to merge.
public struct MergeProposal: Hashable, Codable, Sendable {
  /// The groups of one MoE layer.
  public struct Layer: Hashable, Codable, Sendable {
    /// The block.
    public var block: Int
    /// The experts of each group, ascending; groups of one stay as they are.
    public var groups: [[Int]]

    /// The groups of a layer.
    public init(block: Int, groups: [[Int]]) {
      self.block = block
      self.groups = groups
    }

    /// The groups that become one expert each.
    public func merges(_ method: MergeMethod) -> [ExpertMerge] {
      groups.filter { $0.count > 1 }.map { ExpertMerge($0, method) }
    }
  }

  /// The model it was measured on.
  public var model: Fingerprint
  /// The calibration texts.
  public var data: Fingerprint
  /// How the groups were found.
  public var grouping: MergeGrouping
  /// Layers that lose experts, in order.
  public var layers: [Layer]
  /// Calibration tokens behind it; every expert saw all of them.
  public var tokens: Int
  /// Seconds it took.
  public var seconds: Double
  /// Version of Lathe that measured it.
  public var version: String

  /// Puts a proposal together.
  public init(
    model: Fingerprint, data: Fingerprint, grouping: MergeGrouping, layers: [Layer], tokens: Int,
    seconds: Double, version: String
  ) {
    self.model = model
    self.data = data
    self.grouping = grouping
    self.layers = layers
    self.tokens = tokens
    self.seconds = seconds
    self.version = version
  }
}
