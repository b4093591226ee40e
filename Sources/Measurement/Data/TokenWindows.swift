import Checkpoint
import Model
import Numerics

/// Windows of a domain's tokens; each is scored alone, on its next-token targets.
public struct DomainWindows: Hashable, Sendable {
  /// The domain.
  public var name: String
  /// Token ids, window by window.
  public var windows: [[Int]]

  /// Tokens of all windows.
  public var tokens: Int { windows.reduce(0) { $0 + $1.count } }
}

/// Token windows of several domains: the data of an evaluation or a calibration pass.
public struct TokenWindows: Hashable, Sendable {
  /// The domains, in the order given.
  public var domains: [DomainWindows]

  /// Encodes each text in one piece and cuts it into consecutive windows.
  ///
  /// Windows have `windowLength` tokens; the rest is dropped. A text shorter than one window is one
  /// window.
  ///
  /// - Throws: `MeasurementError` when there is no text, or one of less than two tokens.
  public init(
    _ texts: [DomainText], tokenizer: Tokenizer, windowLength: Int
  ) throws(MeasurementError) {
    guard !texts.isEmpty else { throw .noTexts }
    domains = []
    for text in texts {
      let ids = tokenizer.indices(of: text.text)
      domains.append(try DomainWindows(name: text.name, ids: ids, windowLength: windowLength))
    }
  }

  /// Windows that are cut already.
  init(domains: [DomainWindows]) { self.domains = domains }

  /// The first `count` windows of each domain.
  public func first(_ count: Int) -> TokenWindows {
    var selected = self
    for index in domains.indices {
      selected.domains[index].windows = Array(domains[index].windows.prefix(max(1, count)))
    }
    return selected
  }

  /// About `tokens` tokens, the same number of windows from each domain, drawn without replacement.
  public func sample(tokens: Int, seed: UInt64) -> TokenWindows {
    var random = SeededGenerator(seed: seed)
    var selected = self
    for index in domains.indices {
      let windows = domains[index].windows
      let length = windows.first?.count ?? 1
      let share = Double(tokens) / Double(domains.count * length)
      let count = min(windows.count, max(1, Int(share.rounded())))
      let chosen = windows.indices.shuffled(using: &random).prefix(count).sorted()
      selected.domains[index].windows = chosen.map { windows[$0] }
    }
    return selected
  }

  /// Tokens of all domains.
  public var tokens: Int { domains.reduce(0) { $0 + $1.tokens } }

  /// Identity of the ids and how they are cut.
  public var fingerprint: Fingerprint {
    var fingerprint = Fingerprint()
    for domain in domains {
      fingerprint.combine(domain.name)
      for window in domain.windows {
        fingerprint.combine(window.count)
        for id in window { fingerprint.combine(id) }
      }
    }
    return fingerprint
  }

  /// One window with its place.
  struct Item {
    var domain: Int
    var window: Int
    var ids: [Int]
  }

  /// All windows in rounds of about `tokens` tokens, every round with windows of every domain, so
  /// that partial figures cover all of them.
  ///
  /// The first round has at least `leading` windows of each domain, whatever their tokens: two show a
  /// spread.
  func rounds(ofTokens tokens: Int, leading: Int = 0) -> [[Item]] {
    var rounds: [[Item]] = []
    var round: [Item] = []
    var size = 0
    let most = domains.map(\.windows.count).max() ?? 0
    for window in 0..<most {
      for (domain, windows) in domains.enumerated() where window < windows.windows.count {
        let item = Item(domain: domain, window: window, ids: windows.windows[window])
        let isLeading = rounds.isEmpty && window < leading
        if size + item.ids.count > tokens, !round.isEmpty, !isLeading {
          rounds.append(round)
          (round, size) = ([], 0)
        }
        round.append(item)
        size += item.ids.count
      }
    }
    if !round.isEmpty { rounds.append(round) }
    return rounds
  }
}
