import Synchronization

/// A store of float memory for temporaries, so that big matrices are not allocated (and their pages
/// not zeroed by the kernel) again for every block.
///
/// `matrix(rows:columns:)` hands out an ordinary `Matrix`; its memory comes back by itself when the
/// last reference to it is gone. Safe to use from several threads.
public final class Scratch: Sendable {
  /// Most bytes kept for reuse; memory that comes back beyond it is freed.
  public let limit: Int
  private let fill: Float?
  private let free = Mutex<FreeList>(FreeList())

  /// A store that keeps up to `limit` bytes; `fill`, for tests, is what fresh matrices hold.
  public init(limit: Int = 1 << 30, fill: Float? = nil) {
    self.limit = limit
    self.fill = fill
  }

  deinit { free.withLock { $0.removeAll() } }

  /// A matrix `[rows, columns]` with arbitrary contents.
  public func matrix(rows: Int, columns: Int) -> Matrix {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative sizes")
    let needed = Self.sizeClass(rows * columns)
    let memory = free.withLock { $0.take(needed) } ?? ScratchMemory(capacity: needed)
    let matrix = Matrix(
      storage: MatrixStorage(reusing: memory, for: self), rows: rows, columns: columns)
    if let fill { matrix.fill(fill) }
    return matrix
  }

  /// Bytes waiting for reuse.
  public var idleBytes: Int { free.withLock { $0.bytes } }

  func giveBack(_ memory: ScratchMemory) {
    let kept = free.withLock { $0.add(memory, limit: limit) }
    if !kept { memory.free() }
  }

  /// Capacities come in steps of an eighth of a power of two, so that sizes that differ a little
  /// (the token counts of experts) share memory.
  static func sizeClass(_ elements: Int) -> Int {
    let smallest = 1024
    guard elements > smallest else { return smallest }
    let step = (1 << (Int.bitWidth - 1 - elements.leadingZeroBitCount)) / 8
    return (elements + step - 1) / step * step
  }
}

/// Memory waiting for reuse, by capacity.
private struct FreeList {
  private var byCapacity: [Int: [ScratchMemory]] = [:]
  private(set) var bytes = 0

  /// Memory of at least `capacity` and at most a quarter more.
  mutating func take(_ capacity: Int) -> ScratchMemory? {
    var candidate = capacity
    while candidate <= capacity + capacity / 4 {
      if let memory = byCapacity[candidate]?.popLast() {
        bytes -= memory.bytes
        return memory
      }
      candidate = Scratch.sizeClass(candidate + 1)
    }
    return nil
  }

  mutating func add(_ memory: ScratchMemory, limit: Int) -> Bool {
    guard bytes + memory.bytes <= limit else { return false }
    byCapacity[memory.capacity, default: []].append(memory)
    bytes += memory.bytes
    return true
  }

  mutating func removeAll() {
    for memory in byCapacity.values.joined() { memory.free() }
    byCapacity = [:]
    bytes = 0
  }
}
