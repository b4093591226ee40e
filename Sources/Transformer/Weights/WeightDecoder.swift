import Checkpoint
import Model
import Numerics

/// Decodes rows of a weight that is stored as codes.
struct WeightDecoder: Sendable {
  let checkpoint: Checkpoint
  /// The stored tensor.
  let tensor: TensorRole
  /// Rows of it: all experts' of a stacked one.
  let rows: Int

  private let encoding: StoredEncoding

  /// Reads the stored tensor with the given role.
  init(_ checkpoint: Checkpoint, _ tensor: TensorRole) {
    self.checkpoint = checkpoint
    self.tensor = tensor
    let shape = checkpoint.spec.tensor(tensor).shape
    rows = shape.dropLast().reduce(1, *)
    encoding = checkpoint.encoding(of: tensor)
  }

  /// Outputs that are decoded together cost less than one by one, in some layouts.
  static let tile = 64

  /// Decodes rows `first`, `first + step`, … into `result`, `[rows to decode, in]`.
  func decode(first: Int, step: Int, into result: Matrix) {
    switch encoding {
    case .elements(let type): widen(first, step, Widening.Source(type), into: result)
    case .blocks(let format): decode(format, first, step, into: result)
    case .float8(let float8): decode(float8, first, step, into: result)
    case .mxfp4: decodeMXFP4(first, step, into: result)
    case .integers(let integers): decode(integers, first, step, into: result)
    }
  }

  private func widen(_ first: Int, _ step: Int, _ source: Widening.Source, into result: Matrix) {
    let rowBytes = result.columns * source.byteCount
    checkpoint.withBytes(of: tensor) { bytes in
      for row in 0..<result.rows {
        var target = result.mutableRow(row)
        let start = (first + row * step) * rowBytes
        Widening.widen(bytes.extracting(start..<start + rowBytes), from: source, into: &target)
      }
    }
  }

  private func decode(_ format: BlockFormat, _ first: Int, _ step: Int, into result: Matrix) {
    let rowBytes = result.columns / format.length * format.byteCount
    checkpoint.withBytes(of: tensor) { bytes in
      for row in 0..<result.rows {
        var target = result.mutableRow(row)
        let start = (first + row * step) * rowBytes
        format.decode(bytes.extracting(start..<start + rowBytes), into: &target)
      }
    }
  }

  private func decode(
    _ float8: Float8Encoding, _ first: Int, _ step: Int, into result: Matrix
  ) {
    let (blockRows, blockColumns) =
      switch float8.scales {
      case .tensor: (rows, result.columns)
      case .row: (1, result.columns)
      case .blocks(let rows, let columns): (rows, columns)
      }
    let decoding = Float8Decoding(
      blockRows: blockRows, blockColumns: blockColumns, scales: .init(float8.scaleType))
    checkpoint.withBytes(of: tensor) { codes in
      checkpoint.withBytes(of: tensor, .scales) { scales in
        for row in 0..<result.rows {
          var target = result.mutableRow(row)
          decoding.decode(
            row: first + row * step, codes: codes, scales: scales, into: &target)
        }
      }
    }
  }

  private func decodeMXFP4(_ first: Int, _ step: Int, into result: Matrix) {
    checkpoint.withBytes(of: tensor) { codes in
      checkpoint.withBytes(of: tensor, .scales) { scales in
        for row in 0..<result.rows {
          var target = result.mutableRow(row)
          MXFP4Decoding.decode(
            row: first + row * step, codes: codes, scales: scales, into: &target)
        }
      }
    }
  }
}

// MARK: - Integers

extension WeightDecoder {
  private func decode(
    _ integers: IntegerEncoding, _ first: Int, _ step: Int, into result: Matrix
  ) {
    let hasZeros = !(integers.isSymmetric && [.packed, .bytes].contains(integers.layout))
    checkpoint.withBytes(of: tensor) { codes in
      checkpoint.withBytes(of: tensor, .scales) { scales in
        withBytes(of: hasZeros ? .zeroPoints : nil) { zeroPoints in
          withBytes(of: integers.hasInputGroups ? .inputGroups : nil) { inputGroups in
            decode(
              integers, first, step, codes, scales, zeroPoints, inputGroups, into: result)
          }
        }
      }
    }
  }

  private func withBytes(of part: StoredPart.Kind?, _ body: (RawSpan) -> Void) {
    guard let part else { return body(RawSpan()) }
    checkpoint.withBytes(of: tensor, part, body)
  }

  private func decode(
    _ integers: IntegerEncoding, _ first: Int, _ step: Int, _ codes: RawSpan, _ scales: RawSpan,
    _ zeroPoints: RawSpan, _ inputGroups: RawSpan, into result: Matrix
  ) {
    let groupSize: Int =
      if case .inputs(let size) = integers.group { size } else { result.columns }
    let source = Widening.Source(integers.scaleType)
    if let layout = RowCodeDecoding.Layout(integers.layout) {
      let decoding = RowCodeDecoding(
        layout: layout, bits: integers.bits, groupSize: groupSize, scales: source)
      for row in 0..<result.rows {
        var target = result.mutableRow(row)
        decoding.decode(
          row: first + row * step, codes: codes, scales: scales,
          zeroPoints: zeroPoints, inputGroups: inputGroups, into: &target)
      }
      return
    }
    let decoding = ColumnCodeDecoding(
      packing: integers.layout == .awq ? .outputs : .inputs, bits: integers.bits,
      groupSize: groupSize, zeroOffset: integers.layout == .gptq ? 1 : 0, scales: source)
    // These layouts hold one matrix each: neighbouring rows are decoded together.
    for row in stride(from: 0, to: result.rows, by: step == 1 ? result.rows : 1) {
      decoding.decode(
        first: first + row * step, of: rows, codes: codes, scales: scales,
        zeroPoints: zeroPoints, inputGroups: inputGroups,
        into: step == 1 ? result : result.rows(row..<row + 1))
    }
  }
}

extension RowCodeDecoding.Layout {
  /// The layout, if it lies row by row.
  fileprivate init?(_ layout: IntegerEncoding.Layout) {
    switch layout {
    case .packed: self = .packed
    case .bytes: self = .bytes
    case .gptq, .gptqV2, .awq: return nil
    }
  }
}
