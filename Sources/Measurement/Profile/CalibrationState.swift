import Checkpoint
import FoundationEssentials
import Numerics

/// How far a calibration pass has come: enough to go on after an interruption.
public struct CalibrationState: Sendable {
  /// What is known beside the activations.
  struct Sums: Hashable, Codable, Sendable {
    /// The batch that is under way.
    var round: Int
    /// The next block of that batch.
    var block: Int
    /// What was summed so far.
    var blocks: [ScoreObserver.BlockSums]
  }

  var sums: Sums
  /// The residual stream that enters `sums.block`, `[tokens, hidden]`.
  var hidden: Matrix

  init(sums: Sums, hidden: Matrix) {
    self.sums = sums
    self.hidden = hidden
  }

  /// Reads a state that `write` left; `nil` where there is none or it cannot be used.
  public init?(file: String) {
    guard let stored = try? SafetensorsFile(path: file),
      let text = stored.metadata["calibration"],
      let sums = try? JSONDecoder().decode(Sums.self, from: Data(text.utf8)),
      let entry = stored.entry(named: "hidden"), entry.shape.count == 2,
      let floats = try? stored.floats(named: "hidden")
    else { return nil }
    self.sums = sums
    hidden = Matrix(rows: entry.shape[0], columns: entry.shape[1], floats)
  }

  /// Writes the state; the file appears only when it is complete.
  ///
  /// - Throws: what writing throws.
  public func write(to file: String) throws {
    let text = String(decoding: try JSONEncoder().encode(sums), as: UTF8.self)
    try SafetensorsWriter.write(
      [.init(name: "hidden", shape: [hidden.rows, hidden.columns], floats: hidden.array)],
      metadata: ["calibration": text], to: file)
  }
}
