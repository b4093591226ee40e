/// A matrix of bytes `[rows, columns]`, row-major: the codes of a quantised weight, or a mask.
///
/// A reference, as `Matrix` is, with the same rule about threads: several may write it when each
/// writes other rows (or columns).
public struct CodeMatrix: Sendable {
  @usableFromInline let storage: CodeStorage
  /// Number of rows.
  public let rows: Int
  /// Bytes of a row.
  public let columns: Int

  /// A matrix `[rows, columns]` of zeros, in memory of its own.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative sizes")
    storage = CodeStorage(capacity: rows * columns)
    self.rows = rows
    self.columns = columns
  }

  /// Where the first row starts; valid while `self` is alive, because it holds the storage.
  @inlinable var base: UnsafeMutablePointer<UInt8> { unsafe storage.base }

  /// Number of elements.
  public var count: Int { rows * columns }

  /// One row `[columns]`, for reading.
  @inlinable @_lifetime(borrow self)
  public func row(_ index: Int) -> Span<UInt8> {
    precondition(index >= 0 && index < rows, "row out of range")
    // Inside the storage (checked above), which lives as long as `self` is borrowed.
    let span = unsafe Span(_unsafeStart: base + index * columns, count: columns)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// One row `[columns]`, for writing; see the type's rule about threads.
  @inlinable @_lifetime(borrow self)
  public func mutableRow(_ index: Int) -> MutableSpan<UInt8> {
    precondition(index >= 0 && index < rows, "row out of range")
    // Inside the storage (checked above), which lives as long as `self` is borrowed.
    let span = unsafe MutableSpan(_unsafeStart: base + index * columns, count: columns)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// All elements, row after row.
  @inlinable @_lifetime(borrow self)
  public func elements() -> Span<UInt8> {
    // The storage holds `count` bytes and lives as long as `self` is borrowed.
    let span = unsafe Span(_unsafeStart: base, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// All elements, row after row, for writing.
  @inlinable @_lifetime(borrow self)
  public func mutableElements() -> MutableSpan<UInt8> {
    // The storage holds `count` bytes and lives as long as `self` is borrowed.
    let span = unsafe MutableSpan(_unsafeStart: base, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// One element; for tests and small loops, a loop over a row takes `row(_:)`.
  public subscript(row: Int, column: Int) -> UInt8 {
    get { self.row(row)[column] }
    nonmutating set {
      var target = mutableRow(row)
      target[column] = newValue
    }
  }

  /// The elements, row after row, as an array.
  public var array: [UInt8] {
    let elements = elements()
    return elements.indices.map { elements[$0] }
  }
}

/// The memory behind a matrix of bytes.
///
/// Unchecked `Sendable`: written through from several threads at once, and it is the callers' duty
/// (see `CodeMatrix`) that they write disjoint elements.
@safe @usableFromInline
final class CodeStorage: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<UInt8>

  init(capacity: Int) {
    // At least one byte, so that the pointer is never null; freed in `deinit`.
    unsafe base = .allocate(capacity: max(capacity, 1))
    unsafe base.initialize(repeating: 0, count: max(capacity, 1))
  }

  deinit { unsafe base.deallocate() }
}
