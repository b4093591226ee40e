import Compression
import Model
import Numerics

/// Compression methods on random weights in the shapes of published models, for timing.
public struct MethodsBench {
  /// A published model's layer, or a part of one.
  public struct Shape: Sendable {
    /// What to call it.
    public let name: String
    let experts: Int
    let hidden: Int
    let width: Int
    /// Whether gate alone is quantised, instead of gate, up and down.
    let gateAlone: Bool

    /// All 64 experts of an OLMoE-1B-7B layer.
    public static let olmoe = Shape(
      name: "OLMoE-1B-7B layer", experts: 64, hidden: 2048, width: 1024, gateAlone: false)
    /// `w1` of one Mixtral-8x7B expert.
    public static let mixtral = Shape(
      name: "Mixtral-8x7B w1", experts: 1, hidden: 4096, width: 14336, gateAlone: true)
  }

  private let workers = Workers.shared
  private let quantization = Quantization(
    bits: 4, group: .inputs(128), symmetric: false, method: .gptq)

  /// A bench on all cores.
  public init() {}

  /// Prepares GPTQ of a shape, and returns what runs it.
  ///
  /// Random weights and statistics are shared by four experts each, which changes no amount of work.
  public func gptq(_ shape: Shape) -> () throws -> Void {
    var random = SeededGenerator(seed: 1)
    let kinds = min(4, shape.experts)
    let hidden = (0..<kinds).map { _ in statistics(width: shape.hidden, &random) }
    let gates = (0..<kinds).map { _ in weight(shape.width, shape.hidden, &random) }
    let method = GPTQ(quantization)
    let workers = workers
    guard !shape.gateAlone else {
      return { _ = try method.quantize([gates[0]], inputs: hidden[0], workers: workers) }
    }
    let inner = (0..<kinds).map { _ in statistics(width: shape.width, &random) }
    let downs = (0..<kinds).map { _ in weight(shape.hidden, shape.width, &random) }
    return {
      try workers.forEach(shape.experts) { (expert) throws(CompressionProblem) in
        let kind = expert % kinds
        let pair = [gates[kind], gates[(kind + 1) % kinds]]
        _ = try method.quantize(pair, inputs: hidden[kind], workers: workers)
        _ = try method.quantize([downs[kind]], inputs: inner[kind], workers: workers)
      }
    }
  }

  /// What else runs on one OLMoE-1B-7B expert, or for AWQ's search on 64: names and what runs them.
  public func others() -> [(name: String, run: () throws -> Void)] {
    var random = SeededGenerator(seed: 3)
    let (hidden, width) = (Shape.olmoe.hidden, Shape.olmoe.width)
    let inputs = statistics(width: hidden, &random)
    let gate = weight(width, hidden, &random)
    let expert = GatedExpert(
      gate: gate, up: weight(width, hidden, &random), down: weight(hidden, width, &random))
    let other = expert.taking((0..<width).map { ($0 * 7 + 3) % width })
    let workers = workers
    var halfQuadratic = quantization
    halfQuadratic.method = .halfQuadratic
    let targets = (0..<64).map { _ in AWQ.Target(weight: gate, inputs: inputs) }
    let sparsity = Sparsity(.unstructured(0.5), .sparseGPT)
    return [
      (
        "AWQ's search, 64 experts' gates",
        { _ = try AWQ(quantization).inputScales(for: targets, workers: workers) }
      ),
      (
        "HQQ, one gate",
        { _ = try Quantizer(halfQuadratic).quantize([gate], inputs: nil, workers: workers) }
      ),
      (
        "SparseGPT, one gate",
        { try Sparsifier(sparsity).apply(to: [gate], inputs: inputs, workers: workers) }
      ),
      (
        "matching 1,024 permuted neurons",
        { _ = ExpertMerging.aligned(other, to: expert) }
      ),
    ]
  }

  /// Prepares reading codes of a weight back to float32 on one thread, and returns what does it and
  /// how many bytes of float32 it gives.
  ///
  /// - Throws: nothing for the shapes it uses.
  public func dequantization(
    bits: Int, packed: Bool
  ) throws -> (bytes: Int, run: () -> Void) {
    var random = SeededGenerator(seed: 2)
    let source = weight(1024, 2048, &random)
    let quantized = try RoundToNearest(
      Quantization(bits: bits, group: .inputs(128), symmetric: false)
    ).quantize(source)
    let target = Matrix(rows: 1024, columns: 2048)
    guard packed else { return (source.bytes, { quantized.dequantize(into: target) }) }
    let bytes = quantized.packedCodes()
    return (
      source.bytes,
      {
        var codes = quantized.codes.mutableElements()
        PackedCodes.unpack(bytes.span, bits: bits, into: &codes)
        quantized.dequantize(into: target)
      }
    )
  }

  private func weight(_ rows: Int, _ columns: Int, _ random: inout SeededGenerator) -> Matrix {
    let matrix = Matrix(uninitialized: rows, columns)
    var elements = matrix.mutableElements()
    for index in elements.indices {
      // Sixteen bits a number are enough, and this draws millions.
      elements[index] = Float(Int16(truncatingIfNeeded: random.next())) / 1_000_000
    }
    return matrix
  }

  private func statistics(width: Int, _ random: inout SeededGenerator) -> InputStatistics {
    let statistics = InputStatistics(width: width)
    statistics.add(weight(width + width / 4, width, &random))
    return statistics
  }
}
