import Model
import Workbench

/// A profile on paper.
enum ProfileText {
  /// Provenance, the blocks' importance, and every expert's scores.
  static func text(_ profile: Profile, of spec: ModelSpec) -> String {
    let domains = profile.domains.map { "\($0.name) \(Figure.grouped($0.tokens))" }
    return """
      calibrated on \(Figure.grouped(profile.tokens)) tokens (\(domains.joined(separator: ", "))), \
      seed \(profile.seed), in \(Figure.fixed(profile.seconds, 1)) s, data \(profile.data.short)

      \(blocks(profile))

      \(windows(profile))

      \(experts(profile))\(warning(profile))
      """
  }

  /// The least important window of each length.
  static func windows(_ profile: Profile) -> String {
    let count = profile.blocks.count
    var table = TextTable("blocks together", "least important", "importance")
    for length in 2..<max(3, count) {
      let best = (0...max(0, count - length)).compactMap { start -> (Int, Double)? in
        profile.windows.importance(of: start..<start + length).map { (start, $0) }
      }.min { $0.1 < $1.1 }
      guard let (start, importance) = best else { continue }
      table.add(
        "\(length)", "\(start)..\(start + length - 1)", Figure.fixed(importance, 4))
    }
    return table.text + "\n(on \(Figure.grouped(profile.windows.tokens)) of the tokens)"
  }

  /// Names experts whose scores rest on too few tokens.
  static func warning(_ profile: Profile) -> String {
    let few = profile.blocks.flatMap { block in
      block.unreliableExperts.map { ExpertID(block: block.index, expert: $0) }
    }
    guard !few.isEmpty else { return "" }
    let named = ExpertRange.compact(few).map(\.description)
    let shown = named.prefix(12).joined(separator: ", ") + (named.count > 12 ? " …" : "")
    return """


      \(few.count == 1 ? "1 expert has" : "\(few.count) experts have") fewer than \
      \(ExpertProfile.leastTokens) tokens, too few for reliable scores: \(shown); \
      calibrate with more --tokens
      """
  }

  /// `1.05..1.34`, or nothing where the interval is not known.
  private static func text(_ interval: Interval?, times factor: Double = 1, _ places: Int) -> String
  {
    interval.map {
      "\(Figure.fixed($0.low * factor, places))..\(Figure.fixed($0.high * factor, places))"
    } ?? "-"
  }

  /// One line a block: importance is 1 - cosine of the residual stream before and after the part.
  static func blocks(_ profile: Profile) -> String {
    var table = TextTable(
      "block", "importance", "95 %", "attention", "95 %", "MoE layer", "95 %", "busiest", "load",
      "idlest", "load",
      "outlier q/k/v/o")
    for block in profile.blocks {
      let busiest = block.experts.max { $0.load < $1.load }
      let idlest = block.experts.min { $0.load < $1.load }
      func load(_ expert: ExpertProfile?) -> String {
        expert.map { "\(Figure.fixed($0.load * Double(block.experts.count), 2))x" } ?? "-"
      }
      table.add(
        "\(block.index)", Figure.fixed(block.blockImportance, 4),
        text(block.intervals?.block, 4), Figure.fixed(block.attentionImportance, 4),
        text(block.intervals?.attention, 4), Figure.fixed(block.moeImportance, 4),
        text(block.intervals?.moe, 4),
        busiest.map { "\(block.index).\($0.index)" } ?? "-", load(busiest),
        idlest.map { "\(block.index).\($0.index)" } ?? "-", load(idlest),
        block.attentionOutliers.map { Figure.fixed($0, 1) }.joined(separator: "/"))
    }
    return table.text
  }

  /// One line an expert; loads count in multiples of the uniform share.
  static func experts(_ profile: Profile) -> String {
    let domains = profile.domains.map(\.name)
    var table = TextTable(
      "expert", "load", "95 %", "mass", "weight", "REAP", "95 %", "EAN", "outlier", "tokens")
    table.addHeadings(domains)
    for block in profile.blocks {
      let count = Double(block.experts.count)
      for expert in block.experts {
        table.add(
          [
            "\(block.index).\(expert.index)", Figure.fixed(expert.load * count, 2) + "x",
            text(expert.intervals?.load, times: count, 2),
            Figure.fixed(expert.mass * count, 2) + "x", Figure.fixed(expert.meanWeight, 3),
            Figure.fixed(expert.reap, 3), text(expert.intervals?.reap, 3),
            Figure.fixed(expert.ean, 3),
            Figure.fixed(expert.outlier, 1),
            Figure.grouped(expert.tokens) + (expert.isReliable ? "" : " (few)"),
          ]
            + domains.map {
              Figure.fixed(expert.loadByDomain[$0, default: 0] * count, 2) + "x"
            })
      }
    }
    return table.text
  }
}
