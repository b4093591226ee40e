import Model
import Workbench

/// Predicted costs of a plan, a machine a row.
struct CostTable: Encodable {
  /// A machine's row.
  struct Row: Encodable {
    var estimate: CostEstimate
    /// Decode speed over that of the untouched model.
    var speedup: Double

    func encode(to encoder: any Encoder) throws {
      try estimate.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(speedup, forKey: .speedup)
    }

    private enum CodingKeys: String, CodingKey { case speedup }
  }

  var workload: Workload
  var estimates: [Row]

  /// Estimates `choices` on every machine, against the untouched ones.
  init(
    _ costs: CostModel, _ choices: Choices, _ untouched: Choices, _ workload: Workload,
    _ machines: [HardwareProfile]
  ) {
    self.workload = workload
    estimates = machines.map { machine in
      let estimate = costs.estimate(of: choices, workload, on: machine)
      let before = costs.estimate(of: untouched, workload, on: machine)
      return Row(
        estimate: estimate,
        speedup: estimate.decode.tokensPerSecond / before.decode.tokensPerSecond)
    }
  }

  /// A table for people.
  var text: String {
    var table = TextTable(
      "hardware", "fits", "weights", "KV cache", "peak memory", "prefill, tokens/s",
      "decode, tokens/s", "bound by", "speed-up")
    for row in estimates {
      let estimate = row.estimate
      table.add(
        estimate.hardware, estimate.fits ? "yes" : "no", Figure.bytes(estimate.weightBytes),
        Figure.bytes(estimate.cacheBytes), "~" + Figure.bytes(estimate.peakBytes),
        "~" + Figure.significant(estimate.prefill.tokensPerSecond),
        "~" + Figure.significant(estimate.decode.tokensPerSecond), estimate.decode.bound.rawValue,
        "~" + Figure.fixed(row.speedup, 2) + "×")
    }
    let distinct = estimates.first?.estimate.distinctExperts ?? 0
    return """
      \(table.text)
      context \(Figure.grouped(workload.context)), prompts of \(Figure.grouped(workload.prompt)), \
      \(workload.batch) side by side; a step reads ~\(Figure.significant(distinct)) experts a layer
      """
  }
}
