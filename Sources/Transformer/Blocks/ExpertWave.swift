import Numerics

/// An expert of a wave.
struct WaveMember: Sendable {
  let expert: Int
  /// Its entries in the dispatch.
  let entries: Range<Int>
  /// Which of them are known; `nil` computes all.
  var recalled: RecalledEntries?
}

/// Experts that run at once, with their weights and activations.
struct ExpertWave: Sendable {
  /// Consecutive among those that have tokens.
  let members: [WaveMember]
  /// `nil` where all outputs are known.
  let networks: [GatedNetwork?]
  /// The dispatch entry of the first row.
  let first: Int
  /// `[rows, hidden]`, a row for each entry of the dispatch.
  let inputs: Matrix
  /// `[rows, width]` of the widest expert, only where someone observes.
  private let intermediates: Matrix?
  /// `[rows, hidden]`, like the inputs.
  let outputs: Matrix
  private let known: ExpertOutputs?

  /// A wave that computes all its outputs.
  init(_ mixture: ExpertMixture, _ members: [WaveMember], hidden: Int, isObserved: Bool) throws {
    let scratch = mixture.pass.scratch
    networks = try Self.networks(mixture, members)
    self.members = members
    let entries = Self.entries(of: members)
    first = entries.lowerBound
    inputs = scratch.matrix(rows: entries.count, columns: hidden)
    outputs = scratch.matrix(rows: entries.count, columns: hidden)
    let width = networks.reduce(0) { max($0, $1?.width ?? 0) }
    intermediates = isObserved ? scratch.matrix(rows: entries.count, columns: width) : nil
    known = nil
  }

  /// A wave that takes over what is known, and writes to its rows of `kept` `[entries, hidden]`.
  init(
    _ mixture: ExpertMixture, _ members: [WaveMember], keptIn kept: Matrix, known: ExpertOutputs?
  ) throws {
    networks = try Self.networks(mixture, members)
    self.members = members
    let entries = Self.entries(of: members)
    first = entries.lowerBound
    inputs = mixture.pass.scratch.matrix(rows: entries.count, columns: kept.columns)
    outputs = kept.rows(entries)
    intermediates = nil
    self.known = known
  }

  private static func networks(
    _ mixture: ExpertMixture, _ members: [WaveMember]
  ) throws -> [GatedNetwork?] {
    try mixture.pass.workers.map(members.count) { index in
      let member = members[index]
      if let recalled = member.recalled, recalled.new.isEmpty { return nil }
      return try mixture.network(of: member.expert)
    }
  }

  private static func entries(of members: [WaveMember]) -> Range<Int> {
    let start = members.first?.entries.lowerBound ?? 0
    return start..<(members.last?.entries.upperBound ?? start)
  }

  /// Where an expert's intermediate activations of some rows go; `nil` where nobody observes.
  func intermediate(of member: Int, _ rows: Range<Int>) -> Matrix? {
    guard let network = networks[member] else { return nil }
    return intermediates?.rows(rows).columns(0..<network.width)
  }
}

// MARK: - Running

extension ExpertWave {
  /// What one worker does at a time; `member` counts within the wave.
  private enum Task: Sendable {
    /// Computes consecutive entries.
    case entries(member: Int, Range<Int>)
    /// Computes some of the new ones of an expert of which others are known.
    case new(member: Int, Range<Int>)
    /// Copies an expert's known outputs.
    case known(member: Int)
  }

  /// Writes the outputs for `inputs` `[tokens, hidden]`.
  func run(_ mixture: ExpertMixture, _ inputs: Matrix) throws {
    let tasks = tasks(atMost: ForwardPass.largestTile)
    try mixture.pass.workers.forEach(tasks.count) { index in
      try mixture.cancellation?.check()
      switch tasks[index] {
      case .entries(let member, let entries): try compute(entries, of: member, mixture, inputs)
      case .new(let member, let places): try computeNew(places, of: member, mixture, inputs)
      case .known(let member): copyKnown(of: member)
      }
    }
  }

  private func tasks(atMost limit: Int) -> [Task] {
    members.indices.flatMap { member -> [Task] in
      guard let recalled = members[member].recalled else {
        return Self.tiles(of: members[member].entries, atMost: limit).map {
          .entries(member: member, $0)
        }
      }
      return [.known(member: member)]
        + Self.tiles(of: recalled.new.indices, atMost: limit).map { .new(member: member, $0) }
    }
  }

  /// An expert's tiles are of about the same size, as a small one would be slow.
  private static func tiles(of range: Range<Int>, atMost limit: Int) -> [Range<Int>] {
    guard !range.isEmpty else { return [] }
    let count = (range.count + limit - 1) / limit
    let size = (range.count + count - 1) / count
    return stride(from: range.lowerBound, to: range.upperBound, by: size).map { start in
      start..<min(range.upperBound, start + size)
    }
  }

  private func compute(
    _ entries: Range<Int>, of member: Int, _ mixture: ExpertMixture, _ inputs: Matrix
  ) throws {
    let rows = entries.lowerBound - first..<entries.upperBound - first
    self.inputs.rows(rows).gather(mixture.dispatch.tokens[entries], from: inputs)
    try networks[member]?.apply(
      self.inputs.rows(rows), into: outputs.rows(rows),
      intermediate: intermediate(of: member, rows), scratch: mixture.pass.scratch,
      cancellation: mixture.cancellation)
  }

  /// Computes entries out of their row; so few that the product would be another are filled up.
  private func computeNew(
    _ places: Range<Int>, of member: Int, _ mixture: ExpertMixture, _ inputs: Matrix
  ) throws {
    guard let new = members[member].recalled?.new[places] else { return }
    var tokens = new.map { mixture.dispatch.tokens[$0] }
    while tokens.count < Matrix.fewestRowsAlone { tokens.append(tokens[0]) }
    let scratch = mixture.pass.scratch
    let gathered = scratch.matrix(rows: tokens.count, columns: inputs.columns)
    let computed = scratch.matrix(rows: tokens.count, columns: inputs.columns)
    gathered.gather(tokens[...], from: inputs)
    try networks[member]?.apply(
      gathered, into: computed, intermediate: nil, scratch: scratch,
      cancellation: mixture.cancellation)
    outputs.setRows(new.map { $0 - first }, to: Array(0..<new.count), of: computed)
  }

  private func copyKnown(of member: Int) {
    guard let known, let recalled = members[member].recalled else { return }
    outputs.setRows(
      recalled.known.entries.map { $0 - first }, to: recalled.known.rows, of: known.outputs)
  }
}
