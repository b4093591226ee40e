/// Where the matrix of a role lies: in a stored tensor, at regular distances.
///
/// Element `[row, column]` is element `start + row * rowStride + column * columnStride` of the
/// stored tensor, counted row-major. Vectors are one row.
public struct TensorRegion: Hashable, Sendable {
  /// The role of the stored tensor.
  public var tensor: TensorRole
  /// The first element.
  public var start = 0
  /// Rows of the matrix.
  public var rows: Int
  /// Columns of the matrix.
  public var columns: Int
  /// Elements between rows.
  public var rowStride: Int
  /// Elements between columns.
  public var columnStride = 1

  /// The elements of the stored tensor from its first to its last.
  public var span: Range<Int> {
    guard rows > 0, columns > 0 else { return start..<start }
    return start..<start + (rows - 1) * rowStride + (columns - 1) * columnStride + 1
  }

  /// Whether each of its rows is a whole row of the stored tensor, when that has `columns` columns:
  /// what weights that are stored as codes need.
  public var hasWholeRows: Bool {
    columnStride == 1 && start.isMultiple(of: columns) && rowStride.isMultiple(of: columns)
  }

  /// Whether its elements follow each other as a matrix's do.
  public var isContiguous: Bool { columnStride == 1 && (rowStride == columns || rows == 1) }
}

extension ModelSpec {
  /// Where the matrix of a role lies: in a tensor of its own, or in one of all experts.
  public func region(of role: TensorRole) -> TensorRegion {
    switch role {
    case .linear(.expert(let id, let kind)):
      if let moe = blocks[id.block].moe, moe.storage != .separate {
        return region(of: id, kind, in: moe)
      }
    case .bias(.expert(let id, let kind)):
      if let moe = blocks[id.block].moe, moe.storage != .separate {
        return biasRegion(of: id, kind, in: moe)
      }
    default: break
    }
    let shape = shape(of: role)
    let columns = shape.last ?? 0
    return TensorRegion(
      tensor: role, rows: shape.count == 1 ? 1 : shape[0], columns: columns, rowStride: columns)
  }

  private func region(
    of id: ExpertID, _ kind: FeedForwardLinear, in moe: MoESpec
  ) -> TensorRegion {
    let width = moe.expertWidth
    let isDown = kind == .down
    let (rows, columns) = isDown ? (hidden, width) : (width, hidden)
    if moe.storage == .stackedApart {
      return TensorRegion(
        tensor: .stacked(block: id.block, kind.stackedWeight), start: id.expert * width * hidden,
        rows: rows, columns: columns, rowStride: columns)
    }
    let tensor = TensorRole.stacked(block: id.block, isDown ? .down : .gateUp)
    let first = id.expert * (isDown ? 1 : 2) * width * hidden
    if moe.storage == .stackedTransposed {
      return TensorRegion(
        tensor: tensor, start: first + (kind == .up ? 1 : 0), rows: rows, columns: columns,
        rowStride: isDown ? 1 : 2, columnStride: isDown ? hidden : 2 * width)
    }
    let alternates = moe.storage == .stackedAlternating
    return TensorRegion(
      tensor: tensor, start: first + (kind == .up ? (alternates ? 1 : width) * hidden : 0),
      rows: rows, columns: columns, rowStride: alternates && !isDown ? 2 * columns : columns)
  }

  private func biasRegion(
    of id: ExpertID, _ kind: FeedForwardLinear, in moe: MoESpec
  ) -> TensorRegion {
    let width = moe.expertWidth
    guard kind != .down else {
      return TensorRegion(
        tensor: .stacked(block: id.block, .downBias), start: id.expert * hidden, rows: 1,
        columns: hidden, rowStride: hidden)
    }
    if moe.storage == .stackedApart {
      return TensorRegion(
        tensor: .stacked(block: id.block, kind == .gate ? .gateBias : .upBias),
        start: id.expert * width, rows: 1, columns: width, rowStride: width)
    }
    let alternates = moe.storage != .stacked
    return TensorRegion(
      tensor: .stacked(block: id.block, .gateUpBias),
      start: id.expert * 2 * width + (kind == .up ? (alternates ? 1 : width) : 0), rows: 1,
      columns: width, rowStride: 2 * width, columnStride: alternates ? 2 : 1)
  }
}

extension FeedForwardLinear {
  /// The tensor that holds this projection of all experts.
  fileprivate var stackedWeight: StackedTensor {
    switch self {
    case .gate: .gate
    case .up: .up
    case .down: .down
    }
  }
}
