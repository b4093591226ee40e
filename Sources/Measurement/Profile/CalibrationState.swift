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
    var blocks: [BlockSums]
    /// Similarities of boundaries so far.
    var boundaries: BoundarySample.Sums
  }

  var sums: Sums
  /// The residual stream that enters `sums.block`, `[tokens, hidden]`.
  var hidden: Matrix
  /// The sampled rows at the boundaries up to there, one boundary after the other, `[n, hidden]`.
  var sample: [Matrix]

  init(sums: Sums, hidden: Matrix, sample: [Matrix]) {
    self.sums = sums
    self.hidden = hidden
    self.sample = sample
  }

  /// Reads a state that `write` left; `nil` where there is none or it cannot be used.
  public init?(file: String) {
    guard let stored = try? SafetensorsFile(path: file),
      let text = stored.metadata["calibration"],
      let sums = try? JSONDecoder().decode(Sums.self, from: Data(text.utf8)),
      let hidden = Self.matrix("hidden", in: stored),
      let sample = Self.matrix("sample", in: stored),
      let numbers = try? stored.integers(named: "experts")
    else { return nil }
    self.sums = sums
    self.hidden = hidden
    self.sample = [sample]
    guard restoreExperts(numbers.map { Double(bitPattern: UInt64(bitPattern: Int64($0))) })
    else { return nil }
  }

  /// Writes the state; the file appears only when it is complete.
  ///
  /// - Throws: what writing throws.
  public func write(to file: String) throws {
    let text = String(decoding: try JSONEncoder().encode(sums), as: UTF8.self)
    let experts = sums.blocks.flatMap { $0.experts.flatMap(\.numbers) }
    try SafetensorsWriter.write(
      [
        .init(name: "hidden", shape: [hidden.rows, hidden.columns], floats: hidden.array),
        .init(
          name: "sample", shape: [sample.reduce(0) { $0 + $1.rows }, hidden.columns],
          floats: sample.flatMap(\.array)),
        // As bit patterns, so that a pass that goes on gives the same bits.
        .init(
          name: "experts", shape: [experts.count],
          integers: experts.map { Int(Int64(bitPattern: $0.bitPattern)) }),
      ],
      metadata: ["calibration": text], to: file)
  }

  private static func matrix(_ name: String, in file: SafetensorsFile) -> Matrix? {
    guard let entry = file.entry(named: name), entry.shape.count == 2,
      let floats = try? file.floats(named: name)
    else { return nil }
    return Matrix(rows: entry.shape[0], columns: entry.shape[1], floats)
  }

  private mutating func restoreExperts(_ numbers: [Double]) -> Bool {
    let expected = sums.blocks.reduce(0) { $0 + $1.experts.count * ExpertSums.width }
    guard numbers.count == expected else { return false }
    var rest = numbers[...]
    for block in sums.blocks.indices {
      for index in sums.blocks[block].experts.indices {
        sums.blocks[block].experts[index] = ExpertSums(numbers: rest.prefix(ExpertSums.width))
        rest = rest.dropFirst(ExpertSums.width)
      }
    }
    return true
  }
}
