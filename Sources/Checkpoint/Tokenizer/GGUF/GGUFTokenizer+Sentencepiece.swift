/// Sentencepiece's BPE: `tokenizer.ggml.model` is `llama`.
///
/// There is no list of merges: two neighbours are merged if their texts together are a token, those
/// of the highest score first.
extension GGUFTokenizer {
  func sentencepiece() throws(CheckpointError) -> Tokenizer {
    let mark = Array("▁".utf8)
    let space = [UInt8(ascii: " ")]
    let addsSpace = try metadata.bool(Self.key("add_space_prefix")) ?? true
    let normalizer = Normalizer(
      steps: (addsSpace ? [.prepend(mark)] : []) + [.replace(space, mark)])
    let decoder = TokenDecoder.steps(
      [.replace(mark, space), .byteFallback, .fuse]
        + (addsSpace ? [.strip(space, start: 1, end: 0)] : []))
    let normal = ids { $0 == .normal }
    // Bytes stand for characters that are no tokens, and the unknown token for bytes that are none.
    let symbols = CharacterSymbols(
      ids { $0 == .normal || $0 == .byte }, byteFallback: kinds.contains(.byte),
      unknown: kinds.firstIndex(of: .unknown).map(Int32.init), fusesUnknown: true)
    let (table, crossesSpaces) = try mergeTable(normal)
    let vocabulary = Vocabulary(
      ids: ids { $0 == .normal || $0 == .byte }, symbols: .characters(symbols), table: table,
      crossesSpaces: crossesSpaces)
    return Tokenizer(
      normalizer: normalizer, preTokenizer: PreTokenizer(steps: []),
      template: try template(startsText: true), decoder: decoder, vocabulary: vocabulary,
      added: addedTokens)
  }

  /// Every way to make a token of two others, ranked by the token's score; tokens of one score have
  /// one rank, so that the leftmost goes first.
  private func mergeTable(
    _ ids: [ExactText: Int32]
  ) throws(CheckpointError) -> (MergeTable, crossesSpaces: Bool) {
    let ranks = try ranks()
    var pairs: [(left: Int32, right: Int32, merge: MergeTable.Merge)] = []
    var crossesSpaces = false
    for (text, token) in ids {
      let scalars = text.text.unicodeScalars
      for index in scalars.indices.dropFirst() {
        guard let left = ids[ExactText(String(scalars[..<index]))],
          let right = ids[ExactText(String(scalars[index...]))]
        else { continue }
        pairs.append((left, right, MergeTable.Merge(rank: ranks[Int(token)], token: token)))
        if scalars[index] == "▁", scalars[scalars.index(before: index)] != "▁" {
          crossesSpaces = true
        }
      }
    }
    var table = MergeTable(capacity: pairs.count)
    for (left, right, merge) in pairs { table[left, right] = merge }
    return (table, crossesSpaces)
  }

  /// The place of each token's score among all scores, the highest first.
  private func ranks() throws(CheckpointError) -> [UInt32] {
    let key = Self.key("scores")
    guard let scores = try metadata.numbers(key) else { throw metadata.error(key, .missing) }
    guard scores.count == tokens.count else {
      throw metadata.error(
        key, .outOfRange(value: "\(scores.count) long", allowed: "\(tokens.count) long"))
    }
    guard !scores.contains(where: \.isNaN) else {
      throw metadata.error(key, .wrongType(expected: "a list of numbers", found: "NaN in it"))
    }
    var ranks = [UInt32](repeating: 0, count: scores.count)
    var rank: UInt32 = 0
    var previous: Double?
    for index in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if let previous, scores[index] != previous { rank += 1 }
      previous = scores[index]
      ranks[index] = rank
    }
    return ranks
  }
}
