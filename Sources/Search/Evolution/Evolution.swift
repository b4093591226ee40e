import Numerics

/// (1 + λ) evolution with staged selection (EvoPress, arXiv 2410.14649).
///
/// Every generation proposes many changed copies of the best genome, measures the most promising of
/// them on few tokens, the best of these on more, and the best of all on the most. The best genome
/// only ever gives way to one that measures better on those. All state is in the value, so it can
/// stand still between any two measurements, and equal seeds give equal results.
struct Evolution {
  /// How many are looked at.
  struct Settings: Hashable, Sendable {
    /// Changed copies whose loss is predicted.
    var proposals = 96
    /// Copies that are measured at each stage, fewest tokens first.
    var stages = [10, 3, 1]
    /// Generations without a better genome after which it ends.
    var patience = 12
  }

  private(set) var best: Genome
  /// What the best one measures on the most tokens.
  private(set) var bestLoss: Double
  /// Generations since the best one was found.
  private(set) var stagnation = 0
  private let settings: Settings
  private var random: SeededGenerator

  init(_ best: Genome, loss: Double, settings: Settings = Settings(), seed: UInt64) {
    self.best = best
    bestLoss = loss
    self.settings = settings
    random = SeededGenerator(seed: seed)
  }

  /// Whether more generations are not worth their time.
  var isExhausted: Bool { stagnation >= settings.patience }

  /// One generation.
  ///
  /// - Parameters:
  ///   - mutation: makes changed copies
  ///   - measure: the loss of a genome at a stage; asked again for the best genome every time
  /// - Throws: what `measure` throws; the value is then as before.
  mutating func generation(
    _ mutation: Mutation, measure: (Genome, Int) throws -> Double
  ) rethrows {
    var offspring = propose(mutation).map(\.genome)
    let last = settings.stages.count - 1
    for (stage, count) in settings.stages.enumerated() {
      var measured: [(genome: Genome, loss: Double)] = []
      for genome in offspring.prefix(count) {
        measured.append((genome, try measure(genome, stage)))
      }
      let limit = stage == last ? bestLoss : try measure(best, stage)
      // Ties keep the order in which they were proposed. Fewer tokens may be a little wrong.
      let slack = stage == last ? 1 : 1.02
      measured.sort { $0.loss < $1.loss }
      let survivors = stage == last ? 1 : settings.stages[stage + 1]
      offspring = measured.filter { $0.loss < slack * limit }.prefix(survivors).map(\.genome)
      if stage == last, let winner = measured.first, winner.loss < bestLoss {
        (best, bestLoss) = (winner.genome, winner.loss)
        stagnation = 0
        return
      }
      guard !offspring.isEmpty else { break }
    }
    stagnation += 1
  }

  /// Copies to measure: most of them those that are expected to be best, some by chance.
  private mutating func propose(_ mutation: Mutation) -> [Candidate] {
    let parent = Candidate(best, mutation.loss, mutation.metric)
    var seen: Set<Genome> = [best]
    var proposals: [Candidate] = []
    for _ in 0..<settings.proposals {
      guard let child = mutation.mutated(parent, using: &random), seen.insert(child.genome).inserted
      else { continue }
      proposals.append(child)
    }
    let ranked = proposals.enumerated().sorted {
      ($0.element.predicted, $0.offset) < ($1.element.predicted, $1.offset)
    }.map(\.element)
    let count = settings.stages.first ?? 0
    let sure = ranked.prefix(count - count / 4)
    let lucky = ranked.dropFirst(sure.count).shuffled(using: &random).prefix(count - sure.count)
    return Array(sure) + lucky
  }
}
