import Checkpoint
import Model
import Numerics

/// The weights of an untouched checkpoint, widened to float32 when asked for and kept while they fit.
public final class CheckpointWeights: WeightSource {
  /// The checkpoint.
  public let checkpoint: Checkpoint
  private let cache: WeightCache<TensorRole>
  private let releasesPages: Bool
  private let scratch: Scratch
  private let workers: Workers

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

  /// The widened weight, kept for the next time if it fits.
  public func weight(_ role: TensorRole) -> Matrix {
    cache.weight(for: role) { widened(role) }
  }

  /// Widens only the rows asked for.
  public func rows(_ indices: [Int], of role: TensorRole) -> Matrix {
    let columns = matrixShape(of: role).columns
    let result = scratch.matrix(rows: indices.count, columns: columns)
    checkpoint.withBytes(of: role) { bytes, type in
      let rowBytes = columns * type.byteCount
      for (row, index) in indices.enumerated() {
        var target = result.mutableRow(row)
        let source = bytes.extracting(index * rowBytes..<(index + 1) * rowBytes)
        Widening.widen(source, from: Widening.Source(type), into: &target)
      }
    }
    return result
  }

  /// Elements one worker widens at a time: enough to be worth it, few enough to share out.
  private static let chunk = 1 << 18

  private func widened(_ role: TensorRole) -> Matrix {
    let (rows, columns) = matrixShape(of: role)
    let matrix = scratch.matrix(rows: rows, columns: columns)
    let checkpoint = checkpoint
    workers.forEachTile(of: rows, size: max(1, Self.chunk / max(columns, 1))) { tile in
      checkpoint.withBytes(of: role) { bytes, type in
        let rowBytes = columns * type.byteCount
        let part = matrix.rows(tile)
        var target = part.mutableElements()
        let source = bytes.extracting(tile.lowerBound * rowBytes..<tile.upperBound * rowBytes)
        Widening.widen(source, from: Widening.Source(type), into: &target)
      }
    }
    if releasesPages { checkpoint.releasePages(of: role) }
    return matrix
  }

  private func matrixShape(of role: TensorRole) -> (rows: Int, columns: Int) {
    let shape = checkpoint.spec.tensor(role).shape
    return shape.count == 1 ? (1, shape[0]) : (shape[0], shape[1])
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
