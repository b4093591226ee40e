internal import COpenBLAS
import Synchronization

/// A fixed set of threads that share out the indices of a loop.
///
/// The calling thread takes part, so `count` workers are `count - 1` threads of their own, which
/// sleep while there is nothing to do. Loops started from several threads run one after another; a
/// loop started inside another one runs on its own thread alone.
public final class Workers: Sendable {
  /// As many workers as the process has cores.
  public static let shared = Workers()

  /// Threads that work on a loop, the calling one included.
  public let count: Int
  private let pool: ThreadPool
  /// Held by the thread whose loop runs.
  private let turn = Mutex<Void>(())

  /// Starts `count - 1` threads.
  public init(count: Int = Workers.availableCores) {
    precondition(count >= 1, "a loop needs at least one worker")
    self.count = count
    pool = ThreadPool(threads: count - 1)
  }

  deinit { pool.stop() }

  /// Calls `body` with every index below `count`, each once, in no particular order and on several
  /// threads; returns when all calls have.
  ///
  /// Indices are handed out one by one, so uneven ones balance. Once a call throws, no new ones are
  /// started.
  ///
  /// - Throws: The first error a call threw.
  public func forEach<Failure: Error>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard count > 1, self.count > 1, !ThreadPool.isInsideLoop else {
      for index in 0..<max(count, 0) { try body(index) }
      return
    }
    let failure = FirstFailure<Failure>()
    let loop = Loop(count: count) { index in
      guard !failure.happened else { return }
      do throws(Failure) { try body(index) } catch { failure.record(error) }
    }
    turn.withLock { _ in pool.run(loop) }
    if let error = failure.error { throw error }
  }

  /// The results of `body` for every index below `count`, in order; works as `forEach`.
  ///
  /// - Throws: The first error a call threw.
  public func map<Element: Sendable, Failure: Error>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Element
  ) throws(Failure) -> [Element] {
    let results = Results<Element>(count: count)
    try forEach(count) { (index) throws(Failure) in results.set(try body(index), at: index) }
    return results.elements
  }

  /// Calls `body` with consecutive ranges of up to `size` indices that cover all below `count`.
  ///
  /// Works as `forEach`; the ranges do not depend on the number of workers.
  ///
  /// - Throws: The first error a call threw.
  public func forEachTile<Failure: Error>(
    of count: Int, size: Int, _ body: @escaping @Sendable (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    try forEach((count + size - 1) / size) { (tile) throws(Failure) in
      try body(tile * size..<min(count, (tile + 1) * size))
    }
  }

  /// Cores this process may run on.
  public static var availableCores: Int { max(1, Int(lathe_available_cores())) }
}

/// The indices of one loop, handed out one by one.
final class Loop: Sendable {
  private let count: Int
  private let next = Atomic<Int>(0)
  private let body: @Sendable (Int) -> Void

  init(count: Int, body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Works until no index is left.
  func work() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }
}

/// The first error of a loop's calls.
private final class FirstFailure<Failure: Error>: Sendable {
  private let flag = Atomic<Bool>(false)
  private let first = Mutex<Failure?>(nil)

  var happened: Bool { flag.load(ordering: .relaxed) }
  var error: Failure? { first.withLock { $0 } }

  func record(_ error: Failure) {
    first.withLock { $0 = $0 ?? error }
    flag.store(true, ordering: .relaxed)
  }
}

/// Results that arrive in any order.
private final class Results<Element: Sendable>: Sendable {
  private let slots: Mutex<[Element?]>

  init(count: Int) { slots = Mutex(Array(repeating: nil, count: count)) }

  /// The results; complete once every index was set.
  var elements: [Element] { slots.withLock { $0.compactMap(\.self) } }

  func set(_ element: Element, at index: Int) { slots.withLock { $0[index] = element } }
}
