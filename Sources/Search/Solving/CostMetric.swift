import EngineProtocol
import Model

/// What a goal limits, as exact integers that add up over the halves of the blocks.
///
/// Bits per weight are a ratio; `Σ bits·weights - limit·Σ weights <= 0` says the same as a sum.
struct CostMetric: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case memory, activeMemory
    /// Limits in ten-thousandths of a bit.
    case averageBits(Int)
    case storedBits(Int)
  }

  var kind: Kind
  /// Most that all halves may cost together.
  var limit: Int

  /// The metric of a goal; that of memory without a limit where a goal limits the loss instead.
  init(_ goal: SearchGoal, _ table: LevelTable) {
    switch goal {
    case .memory(let bytes): (kind, limit) = (.memory, bytes - table.outsideBytes)
    case .averageBits(let bits): (kind, limit) = (.averageBits(Self.tenThousandths(bits)), 0)
    case .storedBits(let bits): (kind, limit) = (.storedBits(Self.tenThousandths(bits)), 0)
    case .speed(let factor):
      let most = Double(table.activeBytes(of: table.untouched)) / factor
      (kind, limit) = (.activeMemory, Int(most) - table.outsideActiveBytes)
    case .divergence: (kind, limit) = (.memory, .max / 2)
    }
  }

  private static func tenThousandths(_ bits: Double) -> Int {
    Int((bits * 10_000 + 1e-6).rounded(.down))
  }

  /// What a half costs.
  func cost(_ amounts: HalfAmounts) -> Int {
    switch kind {
    case .memory: amounts.bytes
    case .activeMemory: amounts.activeBytes
    case .averageBits(let limit): 10_000 * amounts.codeBits - limit * amounts.weights
    case .storedBits(let limit): 80_000 * amounts.linearBytes - limit * amounts.weights
    }
  }

  /// What a linear adds to its half's cost; `use` is the share of tokens that meet it.
  func cost(_ size: LinearSize, use: Double) -> Double {
    switch kind {
    case .memory: return Double(size.bytes)
    case .activeMemory: return use * Double(size.bytes)
    case .averageBits(let limit):
      return size.isCounted ? Double(size.weights * (10_000 * size.bits - limit)) : 0
    case .storedBits(let limit):
      return size.isCounted ? Double(80_000 * size.bytes - limit * size.weights) : 0
    }
  }

  /// What bytes beside the linears add.
  func cost(vectorBytes bytes: Int, use: Double) -> Double {
    switch kind {
    case .memory: Double(bytes)
    case .activeMemory: use * Double(bytes)
    case .averageBits, .storedBits: 0
    }
  }
}

extension LevelTable {
  /// Every unit as stored, whatever is locked.
  var untouched: Genome { Genome(levels: Array(repeating: 0, count: count)) }

  /// Bytes of weights that a token's pass reads: all, less the experts its router does not pick and
  /// the rows of an embedding of its own.
  public func activeBytes(of genome: Genome) -> Int {
    halves.reduce(outsideActiveBytes) { $0 + amounts($1, genome.levels).activeBytes }
  }
}
