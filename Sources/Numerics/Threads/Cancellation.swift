import Synchronization

/// A request to stop, checked by long computations once per block, expert or small chunk.
public final class Cancellation: Sendable {
  private let requested = Atomic<Bool>(false)

  /// A computation nobody has asked to stop yet.
  public init() {}

  /// Asks the computation to stop; may be called from any thread, and more than once.
  public func cancel() { requested.store(true, ordering: .relaxed) }

  /// Whether `cancel` was called.
  public var isCancelled: Bool { requested.load(ordering: .relaxed) }

  /// Stops the caller by throwing once `cancel` was called.
  ///
  /// - Throws: `CancellationError`.
  public func check() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }
}
