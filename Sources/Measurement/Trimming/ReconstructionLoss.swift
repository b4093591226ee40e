import Model
import Numerics
import Transformer

/// How far a MoE layer's output moves when some experts are dropped: `Σ_seq ‖Z − Z_without‖_F`.
///
/// The loss of "Not All Experts are Equal" (Lu et al., arXiv 2402.14800, §3.1).
/// Dropped logits are taken out before the softmax, and the router then does all that the family's
/// does. Per token, `Z − Z_without = Σ_e c_e f_e(x)` with `c` the difference of the mixing weights,
/// so its squared length is `cᵀ G c` with `G` the products of the experts' outputs: once these are
/// known, a set of experts costs no product of the size of `hidden`.
struct ReconstructionLoss: Sendable {
  private let sample: MoELayerSample
  /// `G` of one token after the other, `[tokens · experts, experts]`.
  private let products: Matrix
  /// Mixing weights of the untouched layer, `[tokens, experts]`.
  private let weights: Matrix

  /// Prepares a layer; `products` as `outputProducts` gives them.
  init(_ sample: MoELayerSample, products: Matrix) {
    self.sample = sample
    self.products = products
    weights = Matrix(rows: sample.logits.rows, columns: sample.moe.experts)
    let routing = sample.routing(keeping: Array(0..<sample.moe.experts))
    for token in 0..<routing.tokens {
      for (expert, weight) in zip(routing.experts(of: token), routing.weights(of: token)) {
        weights[token, expert] = weight
      }
    }
  }

  /// The loss when only the given experts (ascending) are kept; 0 for all of them.
  func callAsFunction(keeping kept: [Int]) -> Double {
    let routing = sample.routing(keeping: kept)
    var loss = 0.0
    for sequence in sample.sequences {
      loss += sequence.reduce(0) { $0 + squaredDistance(token: $1, routing) }.squareRoot()
    }
    return loss
  }

  private func squaredDistance(token: Int, _ routing: Routing) -> Double {
    let experts = sample.moe.experts
    var changed: [(expert: Int, by: Double)] = []
    changed.reserveCapacity(2 * routing.slots + 2)
    let before = weights.row(token)
    let slots = zip(routing.experts(of: token), routing.weights(of: token))
    for expert in 0..<experts where before[expert] != 0 {
      changed.append((expert, Double(before[expert])))
    }
    for (expert, weight) in slots {
      if let index = changed.firstIndex(where: { $0.expert == expert }) {
        changed[index].by -= Double(weight)
      } else {
        changed.append((expert, -Double(weight)))
      }
    }
    var sum = 0.0
    for (row, left) in changed where left != 0 {
      let products = products.row(token * experts + row)
      for (column, right) in changed { sum += left * right * Double(products[column]) }
    }
    // Rounding may leave a little less than nothing.
    return max(0, sum)
  }

  /// The products `f_e(x) · f_d(x)` of all experts' outputs for every token of a layer's sample,
  /// `[tokens · experts, experts]`; the outputs that are there at once take up to `bytes`.
  ///
  /// - Throws: what the weights throw, or `CancellationError`.
  static func outputProducts(
    _ sample: MoELayerSample, _ pass: ForwardPass, bytes: Int, cancellation: Cancellation?
  ) throws -> Matrix {
    let (tokens, hidden, experts) = (sample.inputs.rows, sample.inputs.columns, sample.moe.experts)
    let products = Matrix(uninitialized: tokens * experts, experts)
    let chunk = max(1, min(tokens, bytes / (experts * hidden * MemoryLayout<Float>.stride)))
    let outputs = Matrix(uninitialized: chunk * experts, hidden)
    for start in stride(from: 0, to: tokens, by: chunk) {
      let rows = start..<min(tokens, start + chunk)
      try pass.workers.forEach(experts) { expert in
        try cancellation?.check()
        let own = try pass.outputs(
          of: ExpertID(block: sample.block, expert: expert), for: sample.inputs.rows(rows),
          cancellation: cancellation)
        for row in 0..<rows.count {
          let place = row * experts + expert
          outputs.rows(place..<place + 1).copy(from: own.rows(row..<row + 1))
        }
      }
      pass.workers.forEach(rows.count) { row in
        let own = outputs.rows(row * experts..<(row + 1) * experts)
        let token = rows.lowerBound + row
        products.rows(token * experts..<(token + 1) * experts).setProduct(own, transposed: own)
      }
    }
    return products
  }
}
