import Glibc

/// The memory behind one or more matrices: aligned, uninitialised until written.
///
/// The one place where float memory is allocated and freed. When the last matrix that uses it is
/// gone, the memory goes back to the `Scratch` it came from, or is freed.
///
/// Unchecked `Sendable`: the pointer is written through from several threads at once, and it is the
/// callers' duty (see `Matrix`) that they write disjoint rows.
@safe @usableFromInline
final class MatrixStorage: @unchecked Sendable {
  /// Cache lines, and the widest vector registers, are 64 bytes.
  static let alignment = 64

  @usableFromInline let base: UnsafeMutablePointer<Float>
  let capacity: Int
  private let scratch: Scratch?

  /// Allocates `capacity` floats.
  init(capacity: Int) {
    self.capacity = capacity
    scratch = nil
    unsafe base = Self.allocate(capacity)
  }

  /// Takes over memory that `scratch` gets back.
  init(reusing memory: ScratchMemory, for scratch: Scratch) {
    capacity = memory.capacity
    unsafe base = memory.base
    self.scratch = scratch
  }

  deinit {
    let memory = unsafe ScratchMemory(base: base, capacity: capacity)
    if let scratch { scratch.giveBack(memory) } else { memory.free() }
  }

  /// Floats of a block that comes from the system itself, and goes back there when it is freed.
  ///
  /// The C library would keep large blocks too, once it has seen some freed, and between smaller ones
  /// they add up to a third of a small memory budget.
  static let largeCapacity = 1 << 17

  static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(capacity, 1) * MemoryLayout<Float>.stride
    guard capacity < largeCapacity else { return unsafe map(bytes) }
    // Aligned for any vector register; at least one element, so that the pointer is never null.
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
    // The memory is fresh and every bit pattern is a Float.
    return unsafe raw.bindMemory(to: Float.self, capacity: max(capacity, 1))
  }

  private static func map(_ bytes: Int) -> UnsafeMutablePointer<Float> {
    // A fresh private mapping, aligned to pages; no other memory is involved.
    let start = unsafe mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      preconditionFailure("out of memory")
    }
    return unsafe start.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  /// Gives back what `allocate` gave for `capacity`.
  static func free(_ base: UnsafeMutablePointer<Float>, capacity: Int) {
    if capacity < largeCapacity {
      // From `allocate`, which took the same branch for the same capacity.
      unsafe UnsafeMutableRawPointer(base).deallocate()
    } else {
      // As above; the mapping is ours alone.
      unsafe _ = munmap(base, capacity * MemoryLayout<Float>.stride)
    }
  }
}

/// Float memory that no matrix uses at the moment.
///
/// Unchecked `Sendable`: whoever holds it is its only owner.
@safe
struct ScratchMemory: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let capacity: Int

  init(base: UnsafeMutablePointer<Float>, capacity: Int) {
    unsafe self.base = base
    self.capacity = capacity
  }

  /// Fresh memory.
  init(capacity: Int) {
    unsafe base = MatrixStorage.allocate(capacity)
    self.capacity = capacity
  }

  var bytes: Int { capacity * MemoryLayout<Float>.stride }

  /// Ends the memory's life; nobody may hold it afterwards.
  func free() { unsafe MatrixStorage.free(base, capacity: capacity) }
}
