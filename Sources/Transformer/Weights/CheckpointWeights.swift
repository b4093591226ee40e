import Checkpoint
import Model
import Numerics
import Synchronization

/// The weights of an untouched checkpoint, widened to float32 when asked for and kept while they fit.
public final class CheckpointWeights: WeightSource {
  /// The checkpoint.
  public let checkpoint: Checkpoint
  private let cache: WeightCache<TensorRole, Matrix>
  let releasesPages: Bool
  let scratch: Scratch
  private let workers: Workers
  private let nanoseconds = Atomic<Int64>(0)

  /// Weights of `checkpoint`, of which up to `budget` bytes stay widened.
  ///
  /// Others are widened again each time, into memory of `scratch`. With `releasesPages`, the mapped
  /// pages of a weight are given back as soon as it is widened, so that they do not count as
  /// resident memory.
  public init(
    _ checkpoint: Checkpoint, budget: Int = 1 << 30, releasesPages: Bool = false,
    scratch: Scratch = Scratch(), workers: Workers = .shared
  ) {
    self.releasesPages = releasesPages
    self.checkpoint = checkpoint
    self.scratch = scratch
    self.workers = workers
    cache = WeightCache(budget: budget)
  }

  /// Time that threads have spent on widening, reading from disk included, added up.
  public var wideningTime: Duration { .nanoseconds(nanoseconds.load(ordering: .relaxed)) }

  /// The widened weight, kept for the next time if it fits.
  ///
  /// - Throws: a `tensor` error where the file says that an input belongs to a group that there is
  ///   not.
  public func weight(_ role: TensorRole) throws(CheckpointError) -> Matrix {
    try cache.weight(for: role) { () throws(CheckpointError) in try widened(role) }
  }

  /// Widens only the rows asked for.
  ///
  /// - Throws: as `weight(_:)`.
  public func rows(_ indices: [Int], of role: TensorRole) throws(CheckpointError) -> Matrix {
    try checkpoint.checkInputGroups(of: role)
    let columns = checkpoint.spec.region(of: role).columns
    let result = scratch.matrix(rows: indices.count, columns: columns)
    let decoder = WeightDecoder(checkpoint, role)
    for (row, index) in indices.enumerated() {
      decoder.decode(first: index, step: 1, into: result.rows(row..<row + 1))
    }
    return result
  }

  /// Elements one worker widens at a time: enough to be worth it, few enough to share out.
  private static let chunk = 1 << 18

  private func widened(_ role: TensorRole) throws(CheckpointError) -> Matrix {
    if case .linear(let linear) = role, checkpoint.spec.storesHeads(of: linear) {
      return latentUp(block: linear.block)
    }
    let region = checkpoint.spec.region(of: role)
    try checkpoint.checkInputGroups(of: region.tensor)
    let matrix = region.hasWholeRows ? wholeRows(region) : scattered(region)
    if releasesPages { checkpoint.releasePages(of: region) }
    return matrix
  }

  /// A matrix whose rows are rows of the stored tensor.
  private func wholeRows(_ region: TensorRegion) -> Matrix {
    let columns = region.columns
    let matrix = scratch.matrix(rows: region.rows, columns: columns)
    let decoder = WeightDecoder(checkpoint, region.tensor)
    let (first, step) = (region.start / columns, region.rowStride / columns)
    let size = Self.chunk / max(columns, 1) / WeightDecoder.tile * WeightDecoder.tile
    workers.forEachTile(of: region.rows, size: max(WeightDecoder.tile, size)) { tile in
      let begin = ContinuousClock.now
      decoder.decode(
        first: first + tile.lowerBound * step, step: step, into: matrix.rows(tile))
      self.count(timeSince: begin)
    }
    return matrix
  }

  private func count(timeSince begin: ContinuousClock.Instant) {
    let (seconds, attoseconds) = (ContinuousClock.now - begin).components
    nanoseconds.wrappingAdd(
      seconds * 1_000_000_000 + attoseconds / 1_000_000_000, ordering: .relaxed)
  }

  /// Stored lines picked from together, so that a row's cache line is filled while it is at hand.
  private static let lines = 16

  /// A matrix of plain numbers stored transposed, or with another one between its elements: stored
  /// lines, one for each column, are widened whole, then picked from.
  private func scattered(_ region: TensorRegion) -> Matrix {
    let matrix = scratch.matrix(rows: region.rows, columns: region.columns)
    let (checkpoint, scratch) = (checkpoint, scratch)
    guard let type = checkpoint.encoding(of: region.tensor).elementType else {
      preconditionFailure("codes of \(region.tensor) do not lie row by row")
    }
    let length = (region.rows - 1) * region.rowStride + 1
    workers.forEachTile(of: region.columns, size: Self.lines) { columns in
      let begin = ContinuousClock.now
      let lines = scratch.matrix(rows: columns.count, columns: length)
      checkpoint.withBytes(of: region.tensor) { bytes in
        for (index, column) in columns.enumerated() {
          var target = lines.mutableRow(index)
          let start = (region.start + column * region.columnStride) * type.byteCount
          let source = bytes.extracting(start..<start + length * type.byteCount)
          Widening.widen(source, from: Widening.Source(type), into: &target)
        }
      }
      let widened = lines.elements()
      for row in 0..<region.rows {
        var target = matrix.mutableRow(row)
        for index in 0..<columns.count {
          target[columns.lowerBound + index] = widened[index * length + row * region.rowStride]
        }
      }
      self.count(timeSince: begin)
    }
    return matrix
  }
}

extension Widening.Source {
  /// The element type of a weight; a checkpoint only opens with types that can be widened.
  public init(_ type: StoredType) {
    switch type {
    case .float32: self = .float32
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    default: preconditionFailure("a checkpoint never opens with \(type.rawValue) weights")
    }
  }
}
