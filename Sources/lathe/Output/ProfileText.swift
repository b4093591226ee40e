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

      \(experts(profile))
      """
  }

  /// One line a block: importance is 1 - cosine of the residual stream before and after the part.
  static func blocks(_ profile: Profile) -> String {
    var table = TextTable(
      "block", "importance", "attention", "MoE layer", "busiest", "load", "idlest", "load",
      "outlier q/k/v/o")
    for block in profile.blocks {
      let busiest = block.experts.max { $0.load < $1.load }
      let idlest = block.experts.min { $0.load < $1.load }
      func load(_ expert: ExpertProfile?) -> String {
        expert.map { "\(Figure.fixed($0.load * Double(block.experts.count), 2))x" } ?? "-"
      }
      table.add(
        "\(block.index)", Figure.fixed(block.blockImportance, 4),
        Figure.fixed(block.attentionImportance, 4), Figure.fixed(block.moeImportance, 4),
        busiest.map { "\(block.index).\($0.index)" } ?? "-", load(busiest),
        idlest.map { "\(block.index).\($0.index)" } ?? "-", load(idlest),
        block.attentionOutliers.map { Figure.fixed($0, 1) }.joined(separator: "/"))
    }
    return table.text
  }

  /// One line an expert; loads count in multiples of the uniform share.
  static func experts(_ profile: Profile) -> String {
    let domains = profile.domains.map(\.name)
    var table = TextTable("expert", "load", "mass", "weight", "REAP", "EAN", "outlier", "tokens")
    table.addHeadings(domains)
    for block in profile.blocks {
      let count = Double(block.experts.count)
      for expert in block.experts {
        table.add(
          [
            "\(block.index).\(expert.index)", Figure.fixed(expert.load * count, 2) + "x",
            Figure.fixed(expert.mass * count, 2) + "x", Figure.fixed(expert.meanWeight, 3),
            Figure.fixed(expert.reap, 3), Figure.fixed(expert.ean, 3),
            Figure.fixed(expert.outlier, 1), Figure.grouped(expert.tokens),
          ]
            + domains.map {
              Figure.fixed(expert.loadByDomain[$0, default: 0] * count, 2) + "x"
            })
      }
    }
    return table.text
  }
}
