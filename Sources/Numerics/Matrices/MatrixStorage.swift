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

  static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    // Aligned for any vector register; at least one element, so that the pointer is never null.
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(capacity, 1) * MemoryLayout<Float>.stride, alignment: alignment)
    // The memory is fresh and every bit pattern is a Float.
    return unsafe raw.bindMemory(to: Float.self, capacity: max(capacity, 1))
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
  func free() { unsafe UnsafeMutableRawPointer(base).deallocate() }
}
