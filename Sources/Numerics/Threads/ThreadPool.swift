import Glibc

/// Sleeping threads that help with one loop at a time.
///
/// Unchecked `Sendable`: every field below the lock is read and written under it only.
@safe
final class ThreadPool: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let loopStarted: UnsafeMutablePointer<pthread_cond_t>
  private let helperFinished: UnsafeMutablePointer<pthread_cond_t>
  private var threads: [pthread_t] = []

  // Under the lock.
  private var loop: Loop?
  /// Counts loops, so that a helper takes each one up once.
  private var generation = 0
  /// Helpers at work on the current loop.
  private var helpers = 0
  private var stopping = false

  init(threads count: Int) {
    // Allocated once and freed in `deinit`; pthread objects must not move.
    unsafe lock = .allocate(capacity: 1)
    unsafe loopStarted = .allocate(capacity: 1)
    unsafe helperFinished = .allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(loopStarted, nil)
    unsafe pthread_cond_init(helperFinished, nil)
    for _ in 0..<count { start() }
  }

  deinit {
    // No thread holds a reference any more, so nobody uses them.
    unsafe pthread_cond_destroy(helperFinished)
    unsafe pthread_cond_destroy(loopStarted)
    unsafe pthread_mutex_destroy(lock)
    unsafe helperFinished.deallocate()
    unsafe loopStarted.deallocate()
    unsafe lock.deallocate()
  }

  /// Runs one loop to its end with the help of the threads; callers take turns.
  func run(_ loop: Loop) {
    withLock {
      self.loop = loop
      generation += 1
      // Initialised in `init`, destroyed in `deinit` only.
      unsafe pthread_cond_broadcast(loopStarted)
    }
    Self.insideLoop { loop.work() }
    withLock {
      // No helper that has not started yet may start: all indices are handed out.
      self.loop = nil
      while helpers > 0 {
        // The lock is held, as the call demands.
        unsafe pthread_cond_wait(helperFinished, lock)
      }
    }
  }

  /// Ends the threads and waits for them.
  func stop() {
    withLock {
      stopping = true
      unsafe pthread_cond_broadcast(loopStarted)
    }
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private func start() {
    var thread = pthread_t()
    // The thread owns one reference to the pool and gives it up when it ends.
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let status = unsafe pthread_create(&thread, nil, helperMain, context)
    if status == 0 {
      threads.append(thread)
    } else {
      // No thread took the reference; the loop works with fewer helpers.
      unsafe Unmanaged<ThreadPool>.fromOpaque(context).release()
    }
  }

  fileprivate func help() {
    var seen = 0
    while let (loop, generation) = nextLoop(after: seen) {
      seen = generation
      Self.insideLoop { loop.work() }
      withLock {
        helpers -= 1
        if helpers == 0 { unsafe pthread_cond_signal(helperFinished) }
      }
    }
  }

  /// Sleeps until there is a loop newer than `seen`; `nil` when the pool stops.
  private func nextLoop(after seen: Int) -> (Loop, generation: Int)? {
    withLock {
      while true {
        if stopping { return nil }
        if let loop, generation != seen {
          helpers += 1
          return (loop, generation)
        }
        // The lock is held, as the call demands.
        unsafe pthread_cond_wait(loopStarted, lock)
      }
    }
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    // Initialised in `init`, destroyed in `deinit` only.
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return body()
  }
}

// MARK: - Which threads are inside a loop

extension ThreadPool {
  private static let loopKey: pthread_key_t = {
    var key = pthread_key_t()
    unsafe pthread_key_create(&key, nil)
    return key
  }()

  /// Whether the calling thread is working on a loop, of this pool or another one.
  static var isInsideLoop: Bool { unsafe pthread_getspecific(loopKey) != nil }

  private static func insideLoop(_ body: () -> Void) {
    // Any address that is not null marks the thread; it is never read through.
    unsafe pthread_setspecific(loopKey, UnsafeRawPointer(bitPattern: 1))
    body()
    pthread_setspecific(loopKey, nil)
  }
}

private func helperMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  // `start` passed a retained pool, which this thread now owns.
  unsafe Unmanaged<ThreadPool>.fromOpaque(context).takeRetainedValue().help()
  return nil
}
