import Model
import Workbench

/// How far propagated costs are from measured ones, for reading.
enum PropagationText {
  /// A row for all probes and one for each kind.
  static func text(_ record: PropagationRecord) -> String {
    var table = TextTable(
      "propagated", "probes", "rank correlation", "median factor", "sd of ln ratio",
      "mean of ln ratio")
    for part in record.parts {
      table.add([
        part.name, "\(part.probes)", Figure.fixed(part.rankCorrelation, 3),
        "\(Figure.fixed(part.medianFactor, 2))x", Figure.fixed(part.deviation, 3),
        Figure.fixed(part.bias, 3),
      ])
    }
    return """
      \(table.text)
      \(record.propagated) propagated, \(record.measured) measured; \
      \(Figure.fixed(record.propagatedSeconds, 1)) s against \(Figure.fixed(record.fullSeconds, 1)) s
      """
  }
}
