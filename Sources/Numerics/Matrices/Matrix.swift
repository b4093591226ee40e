/// A float32 matrix `[rows, columns]`, row-major, or a view of some rows or columns of one.
///
/// A reference: copies and views share the memory, and writing through one shows in all. Several
/// threads may read a matrix, or write it when each writes other rows (or columns); nobody may read
/// what another thread is writing. That is what `Workers.forEach` over tiles keeps.
public struct Matrix: Sendable {
  @usableFromInline let storage: MatrixStorage
  @usableFromInline let offset: Int
  /// Number of rows.
  public let rows: Int
  /// Elements of a row.
  public let columns: Int
  /// Elements from the start of a row to the start of the next.
  public let stride: Int

  /// A matrix `[rows, columns]` with arbitrary contents, in memory of its own.
  public init(uninitialized rows: Int, _ columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative sizes")
    self.init(
      storage: MatrixStorage(capacity: rows * columns), rows: rows, columns: columns)
  }

  /// A matrix `[rows, columns]` of one value.
  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.init(uninitialized: rows, columns)
    fill(value)
  }

  /// A matrix `[rows, columns]` of the given elements, row after row.
  public init(rows: Int, columns: Int, _ elements: [Float]) {
    precondition(elements.count == rows * columns, "elements do not fill the matrix")
    self.init(uninitialized: rows, columns)
    for row in 0..<rows {
      var target = mutableRow(row)
      for column in 0..<columns { target[column] = elements[row * columns + column] }
    }
  }

  init(storage: MatrixStorage, rows: Int, columns: Int) {
    self.storage = storage
    self.offset = 0
    self.rows = rows
    self.columns = columns
    self.stride = columns
  }

  private init(_ whole: Matrix, offset: Int, rows: Int, columns: Int) {
    storage = whole.storage
    self.offset = offset
    self.rows = rows
    self.columns = columns
    stride = whole.stride
  }

  /// The given rows, as a view.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows out of range")
    return Matrix(
      self, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns)
  }

  /// The given columns, as a view.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns out of range")
    return Matrix(self, offset: offset + range.lowerBound, rows: rows, columns: range.count)
  }

  /// Number of elements.
  public var count: Int { rows * columns }

  /// Bytes of its elements.
  public var bytes: Int { count * MemoryLayout<Float>.stride }

  /// Bytes of the memory behind it, which may be more than its elements take.
  public var storageBytes: Int { storage.capacity * MemoryLayout<Float>.stride }

  /// Whether rows follow each other without gaps.
  public var isContiguous: Bool { stride == columns || rows <= 1 }
}

// MARK: - Elements

extension Matrix {
  /// Where the view starts.
  ///
  /// Valid while `self` is alive, because it holds the storage; the view's
  /// rows lie inside the storage, because every initialiser and view checks that.
  @inlinable var base: UnsafeMutablePointer<Float> { unsafe storage.base + offset }

  /// One row `[columns]`, for reading.
  @inlinable @_lifetime(borrow self)
  public func row(_ index: Int) -> Span<Float> {
    precondition(index >= 0 && index < rows, "row out of range")
    // Inside the storage (checked above), which lives as long as `self` is borrowed.
    let span = unsafe Span(_unsafeStart: base + index * stride, count: columns)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// One row `[columns]`, for writing; see the type's rule about threads.
  @inlinable @_lifetime(borrow self)
  public func mutableRow(_ index: Int) -> MutableSpan<Float> {
    precondition(index >= 0 && index < rows, "row out of range")
    // Inside the storage (checked above), which lives as long as `self` is borrowed.
    let span = unsafe MutableSpan(_unsafeStart: base + index * stride, count: columns)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// All elements, row after row; the matrix must be contiguous.
  @inlinable @_lifetime(borrow self)
  public func elements() -> Span<Float> {
    precondition(isContiguous, "the view has gaps between its rows")
    // `count` elements lie in the storage without gaps; it lives as long as `self` is borrowed.
    let span = unsafe Span(_unsafeStart: base, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// All elements, row after row, for writing; the matrix must be contiguous.
  @inlinable @_lifetime(borrow self)
  public func mutableElements() -> MutableSpan<Float> {
    precondition(isContiguous, "the view has gaps between its rows")
    // `count` elements lie in the storage without gaps; it lives as long as `self` is borrowed.
    let span = unsafe MutableSpan(_unsafeStart: base, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// One element; for tests and small loops, a loop over a row takes `row(_:)`.
  @inlinable public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "out of range")
      return unsafe base[row * stride + column]
    }
    nonmutating set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "out of range")
      unsafe base[row * stride + column] = newValue
    }
  }

  /// Sets every element.
  public func fill(_ value: Float) {
    for index in 0..<rows {
      var row = mutableRow(index)
      row.update(repeating: value)
    }
  }

  /// Copies the elements of a matrix of the same shape.
  public func copy(from other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "shapes differ")
    withExtendedLifetime((self, other)) {
      for index in 0..<rows {
        // Both rows hold `columns` elements; `update` allows overlap.
        unsafe (base + index * stride).update(
          from: other.base + index * other.stride, count: columns)
      }
    }
  }

  /// The elements, row after row, as an array.
  public var array: [Float] {
    var elements: [Float] = []
    elements.reserveCapacity(count)
    for index in 0..<rows {
      let row = row(index)
      for column in row.indices { elements.append(row[column]) }
    }
    return elements
  }
}
