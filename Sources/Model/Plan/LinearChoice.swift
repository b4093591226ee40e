/// What a plan chooses for one linear.
public struct LinearChoice: Hashable, Sendable {
  /// How its weights are stored.
  public var precision = Precision.stored
  /// Which of them are zero; `nil` leaves them as they are.
  public var sparsity: Sparsity?

  /// The linear as it lies in the checkpoint.
  public init() {}
}
