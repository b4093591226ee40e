/// How much consecutive blocks matter together, for every window of blocks.
///
/// The importance of the blocks `l ..< l + n` is `1 - mean over tokens of cos(x_l, x_{l+n})`, where
/// `x_l` is the residual stream that enters block `l` ("Demystifying the Compression of MoE", arXiv
/// 2406.02500, §3: Block Drop of consecutive blocks).
public struct WindowImportances: Hashable, Codable, Sendable {
  /// Tokens behind them: a sample of the calibration tokens.
  public var tokens: Int
  /// `importances[l][n - 1]`: a triangle, `blocks - l` numbers for each first block `l`.
  public var importances: [[Double]]

  /// Puts the triangle together; nothing is known by default.
  public init(tokens: Int = 0, importances: [[Double]] = []) {
    self.tokens = tokens
    self.importances = importances
  }

  /// The importance of consecutive blocks; `nil` where it is not known.
  public func importance(of blocks: Range<Int>) -> Double? {
    guard importances.indices.contains(blocks.lowerBound),
      importances[blocks.lowerBound].indices.contains(blocks.count - 1)
    else { return nil }
    return importances[blocks.lowerBound][blocks.count - 1]
  }
}
