import Synchronization
import TerminalUI
import Workbench

/// Events from other threads on their way to the loop.
final class Mailbox: Sendable {
  private let events = Mutex<[Event]>([])

  /// Adds an event and wakes the loop; for any thread.
  func post(_ event: Event) {
    events.withLock { $0.append(event) }
    Terminal.wake()
  }

  /// Takes all events, in the order they came.
  func drain() -> [Event] {
    events.withLock { events in
      defer { events.removeAll(keepingCapacity: true) }
      return events
    }
  }

  /// Whether nothing waits.
  var isEmpty: Bool { events.withLock(\.isEmpty) }
}
