import Glibc
import Model
import Numerics

/// Measures the machine as the engine's forward pass meets it: on made-up models of five sizes, from
/// one that fits the cores' caches to one that fits none.
///
/// What the smallest takes beside reading is the overhead of half a block; what the others take beyond
/// it is reading. The fastest stretches count, so other programs matter little; more rounds help.
public struct HardwareProbe {
  /// A made-up model and the seconds a token takes on it, with both halves of its blocks or one.
  struct Sample {
    let blocks: Int
    let hidden: Int
    let expertWidth: Int
    let vocabulary: Int
    let timing: DecodeTiming
    var attention = Double.infinity
    var feedForward = Double.infinity
    var neither = Double.infinity
    var both = Double.infinity

    init(blocks: Int, hidden: Int, expertWidth: Int, vocabulary: Int) {
      self.blocks = blocks
      self.hidden = hidden
      self.expertWidth = expertWidth
      self.vocabulary = vocabulary
      timing = DecodeTiming(
        RandomModel(
          blocks: blocks, hidden: hidden, expertWidth: expertWidth, vocabulary: vocabulary))
    }

    /// Bytes of the projections and the head.
    var attentionBytes: Double { 4 * Double(blocks * 4 * hidden * hidden + vocabulary * hidden) }
    /// Bytes of two experts and the router of every block.
    var feedForwardBytes: Double {
      4 * Double(blocks * hidden * (6 * expertWidth + RandomModel.experts))
    }

    mutating func measure(tokens: Int) throws {
      attention = min(
        attention, try timing.seconds(attention: true, feedForward: false, tokens: tokens))
      feedForward = min(
        feedForward, try timing.seconds(attention: false, feedForward: true, tokens: tokens))
      neither = min(
        neither, try timing.seconds(attention: false, feedForward: false, tokens: tokens))
      both = min(both, try timing.seconds(attention: true, feedForward: true, tokens: tokens))
    }

    /// Speeds of reading where half a block costs so much beside: the time of both halves together,
    /// shared out as they take it alone.
    func level(overhead: Double) -> HardwareProfile.Level {
      let others = Double(blocks) * overhead
      let (first, second) = (attention, max(feedForward - neither, 0))
      let scale = both / (first + second)
      // Where nearly all is overhead, what is left is a tenth rather than nothing or less.
      func reading(_ part: Double) -> Double { max(part * scale - others, part * scale / 10) }
      return HardwareProfile.Level(
        bytes: attentionBytes + feedForwardBytes,
        bandwidth: feedForwardBytes / reading(second),
        matrixBandwidth: attentionBytes / reading(first))
    }
  }

  private var small = Sample(blocks: 16, hidden: 64, expertWidth: 32, vocabulary: 64)
  private(set) var larger = [
    Sample(blocks: 4, hidden: 256, expertWidth: 128, vocabulary: 4096),
    Sample(blocks: 8, hidden: 256, expertWidth: 128, vocabulary: 4096),
    Sample(blocks: 4, hidden: 512, expertWidth: 256, vocabulary: 64),
    Sample(blocks: 4, hidden: 1024, expertWidth: 256, vocabulary: 64),
  ]
  private var largest: Sample { larger[larger.count - 1] }
  private let product = ProductPeak()
  private var gigaflops = 0.0
  private var prefill = Double.infinity
  private static let prompt = 512

  /// Prepares the models.
  public init() {}

  /// Measures everything once more, some seconds.
  ///
  /// - Throws: `CancellationError`.
  public mutating func measure() throws {
    try small.measure(tokens: 64)
    for index in larger.indices { try larger[index].measure(tokens: index < 3 ? 64 : 24) }
    gigaflops = max(gigaflops, product.gigaflops())
    prefill = min(prefill, try largest.timing.prefillSeconds(tokens: Self.prompt))
  }

  /// The machine, by what was measured so far; measure at least once before.
  public var profile: HardwareProfile {
    let overhead = overhead
    let levels = larger.map { $0.level(overhead: overhead) }
    let weights = (largest.attentionBytes + largest.feedForwardBytes) / 4
    let reached = 2 * Double(Self.prompt) * weights / prefill
    let peak = gigaflops * 1e9
    return HardwareProfile(
      name: Self.name, memory: Self.memory, bandwidth: levels[levels.count - 1].bandwidth,
      levels: levels,
      float32: peak, half: peak, int8: peak, bandwidthShare: 1,
      computeShare: min(1, reached / peak), overhead: overhead, execution: .float32)
  }

  /// Seconds of half a block: what the smallest model takes beside reading at the speed of the next.
  private var overhead: Double {
    let halves = Double(2 * small.blocks)
    var overhead = small.both / halves
    for _ in 0..<3 {
      let speed = larger[0].level(overhead: overhead)
      let reading =
        small.attentionBytes / speed.matrixBandwidth + small.feedForwardBytes / speed.bandwidth
      overhead = max(small.both - reading, small.both / 10) / halves
    }
    return overhead
  }

  /// What the measured machine is called.
  public static let name = "this"

  /// Bytes of physical memory.
  private static var memory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
}
