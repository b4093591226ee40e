import Model
import Numerics

/// A weight `[out, in]` as integer codes: `w ≈ (code - zero) · scale`, by groups of inputs of a row.
///
/// Inputs are always in the order of the model, whatever order they were rounded in.
public struct QuantizedWeight: Sendable {
  /// Bits of a code.
  public let bits: Int
  /// Inputs that share a scale.
  public let groupSize: Int
  /// The codes, `[out, in]`.
  public let codes: CodeMatrix
  /// The steps, `[out, groups]`.
  public let scales: Matrix
  /// Codes that stand for 0, integers, `[out, groups]`.
  public let zeros: Matrix
  /// The group of each input where groups are not runs of consecutive inputs (GPTQ's `g_idx`, which
  /// costs an index for every input when stored); else `nil`.
  public var groupOfInput: [Int]?
  /// What each input's weights were multiplied with before rounding (AWQ), `[in]`; `nil` for nothing.
  ///
  /// Codes, scales and zeros stand for the multiplied weight. Whoever divides what produces the inputs
  /// by these, and so keeps the multiplied weight, sets this to `nil`.
  public var inputScales: [Float]?

  /// A weight of zeros, to be filled.
  init(rows: Int, columns: Int, bits: Int, groupSize: Int) {
    self.bits = bits
    self.groupSize = groupSize
    codes = CodeMatrix(rows: rows, columns: columns)
    scales = Matrix(rows: rows, columns: columns / groupSize)
    zeros = Matrix(rows: rows, columns: columns / groupSize)
  }

  /// Output rows.
  public var rows: Int { codes.rows }
  /// Inputs.
  public var columns: Int { codes.columns }

  /// The grid of one group of one row.
  public func grid(row: Int, group: Int) -> RoundingGrid {
    RoundingGrid(scale: scales[row, group], zero: zeros[row, group])
  }

  func setGrid(_ grid: RoundingGrid, row: Int, group: Int) {
    scales[row, group] = grid.scale
    zeros[row, group] = grid.zero
  }

  /// The codes, row after row without gaps, as the ledger counts them: `⌈out · in · bits / 8⌉` bytes.
  public func packedCodes() -> [UInt8] { PackedCodes.pack(codes.elements(), bits: bits) }

  /// What the codes stand for, `[out, in]`.
  public func dequantized() -> Matrix {
    let weight = Matrix(uninitialized: rows, columns)
    dequantize(into: weight)
    return weight
  }

  /// Writes what the codes stand for to `weight` `[out, in]`, on the calling thread.
  public func dequantize(into weight: Matrix) {
    precondition(weight.rows == rows && weight.columns == columns, "shapes differ")
    let inverse = inputScales.map { Matrix(rows: 1, columns: columns, $0.map { 1 / $0 }) }
    for row in 0..<rows {
      var target = weight.mutableRow(row)
      if let groupOfInput {
        decode(row, by: groupOfInput, into: &target)
      } else {
        decode(row, into: &target)
      }
      if let inverse { multiply(&target, by: inverse.row(0)) }
    }
  }

  private func decode(_ row: Int, into target: inout MutableSpan<Float>) {
    let codes = codes.row(row)
    for group in 0..<scales.columns {
      let inputs = group * groupSize..<(group + 1) * groupSize
      grid(row: row, group: group).decode(codes, in: inputs, into: &target)
    }
  }

  private func decode(_ row: Int, by group: [Int], into target: inout MutableSpan<Float>) {
    let codes = codes.row(row)
    let (scales, zeros) = (scales.row(row), zeros.row(row))
    for input in codes.indices {
      target[input] = (Float(codes[input]) - zeros[group[input]]) * scales[group[input]]
    }
  }
}

/// A quantised weight and how it came about.
public struct QuantizationResult: Sendable {
  /// The weight.
  public var weight: QuantizedWeight
  /// What found its codes; differs from what was asked for where that could not be used.
  public var method: QuantizationMethod
  /// Why the method that was asked for could not be used; `nil` where it was.
  public var fallback: CompressionProblem?

  init(
    _ weight: QuantizedWeight, method: QuantizationMethod, fallback: CompressionProblem? = nil
  ) {
    self.weight = weight
    self.method = method
    self.fallback = fallback
  }
}
