/// What a plan costs, exactly: bytes of every tensor it would store, parameters, average bits.
///
/// Integers added up from shapes, stored types and choices; nothing is estimated.
public struct Ledger: Hashable, Sendable {
  /// Bytes of all tensors under the plan, scales and zero points included.
  public var bytes = 0
  /// Bytes of the untouched checkpoint's tensors.
  public var baselineBytes = 0
  /// Bytes of each block under the plan.
  public var blockBytes: [Int] = []
  /// Bytes of all blocks under the plan; embedding, final norm and head are beside them.
  public var allBlockBytes: Int { blockBytes.reduce(0, +) }
  /// Weights kept.
  public var parameters = 0
  /// Weights a token uses: all, less the experts its router does not pick.
  public var activeParameters = 0
  /// Routed experts that take part.
  public var keptExperts = 0
  /// Kept experts whose weights are stored under another expert they were merged with.
  public var mergedExperts = 0
  /// Weights that the plan makes zero; they are stored like the others.
  public var zeroWeights = 0
  /// Routed experts of the untouched checkpoint.
  public var experts = 0
  /// Attention and expert weights kept, the base of the average bits.
  public var linearWeights = 0
  /// Σ bits × weights over them, metadata left out.
  var codeBits = 0
  /// Bytes they take with scales and zero points.
  var linearBytes = 0

  /// Bits per attention and expert weight, scales and zero points left out.
  ///
  /// The figure that "Examining PTQ for MoE" (2406.08155) prints; not a measure of memory.
  public var averageBits: Double {
    linearWeights == 0 ? 0 : Double(codeBits) / Double(linearWeights)
  }

  /// Bits per attention and expert weight with scales and zero points.
  public var storedBitsPerWeight: Double {
    linearWeights == 0 ? 0 : 8 * Double(linearBytes) / Double(linearWeights)
  }

  /// Share of the baseline's bytes that remain, from 0 to 1.
  public var remaining: Double {
    baselineBytes == 0 ? 1 : Double(bytes) / Double(baselineBytes)
  }
}

extension ModelSpec {
  /// Adds up what the choices would store.
  public func ledger(of choices: Choices) -> Ledger { LedgerTable(self).ledger(of: choices) }
}
