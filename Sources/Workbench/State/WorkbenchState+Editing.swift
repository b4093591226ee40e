import Model

extension WorkbenchState {
  /// Bit-widths below those of the stored weights, in the order `+` goes through them; then 16,
  /// which stands for "as stored".
  static func bitLadder(stored bits: Int) -> [Int] {
    Quantization.allowedBits.filter { $0 < bits } + [PrecisionRequest.stored]
  }

  /// Applies an edit, or says why it was refused.
  @discardableResult
  mutating func apply(_ edit: Edit) -> Bool {
    do throws(EditError) {
      try session?.apply(edit)
      planChanged()
      return true
    } catch {
      say("\(error)", .warning)
      return false
    }
  }

  mutating func undo() {
    guard let change = session?.undo() else { return }
    planChanged()
    say("undone: \(change)")
  }

  mutating func redo() {
    guard let change = session?.redo() else { return }
    planChanged()
    say("redone: \(change)")
  }

  /// Drops what is marked, or keeps it where all of it is dropped.
  mutating func toggleMarked() {
    switch view {
    case .experts: toggleExperts()
    case .layers: toggleUnits(layerColumnAtCursor.unit)
    }
  }

  private mutating func toggleExperts() {
    guard let session else { return }
    let ids = markedExperts
    guard !ids.isEmpty else { return sayNothingMarked() }
    let kept = ids.filter { !session.choices.blocks[$0.block].expertDropped[$0.expert] }
    let drops = !kept.isEmpty
    if marking == .none, let rule = session.filter?.rule {
      apply(Edit(drops ? .drop : .keep, .experts, .rule(rule)))
    } else {
      apply(
        Edit(drops ? .drop : .keep, .experts, .experts(ExpertRange.compact(drops ? kept : ids))))
    }
  }

  /// Drops or keeps the MoE layer, attention half or whole of the marked blocks.
  mutating func toggleUnits(_ subject: Subject) {
    guard let session else { return }
    var blocks = marked.blocks.filter { $0 < blockCount }
    if subject == .moe { blocks.removeAll { session.spec.blocks[$0].moe == nil } }
    guard !blocks.isEmpty else {
      return say("block \(block) is dense: it has no MoE layer to drop", .warning)
    }
    let kept = blocks.filter { !session.choices.blocks[$0].isDropped(subject) }
    let edit = Edit(
      kept.isEmpty ? .keep : .drop, subject, .blocks(compact(kept.isEmpty ? blocks : kept)))
    apply(edit)
  }

  /// Sets the marked linears to the next bit-width.
  mutating func changeBits(up: Bool) {
    guard let session else { return }
    let precisions = markedPrecisions(session)
    guard !precisions.isEmpty else { return sayNothingMarked() }
    let ladder = Self.bitLadder(stored: markedStoredBits(session))
    let steps = precisions.map { Self.step(of: $0, on: ladder, up: up) }
    let from = (up ? steps.min() : steps.max()) ?? 0
    let step = from + (up ? 1 : -1)
    guard ladder.indices.contains(step) else {
      let end = up ? "it is as stored already" : "2 bits are the least"
      return say("no \(up ? "more" : "fewer") bits: \(end)", .warning)
    }
    if let edit = bitsEdit(ladder[step], session) { apply(edit) }
  }

  /// Opens the prompt with an edit of the marked linears' bits.
  mutating func promptForBits() {
    guard let session, let edit = bitsEdit(4, session) else { return sayNothingMarked() }
    mode = .prompt(Prompt(.command, text: "\(edit)", caret: "bits 4".count))
  }

  private mutating func sayNothingMarked() {
    let isDense = marking == .none && session?.filter == nil
    say(
      isDense
        ? "block \(block) is dense: it has no experts; its bits are set in the layers view (2)"
        : "no expert is marked", .warning)
  }

  private static func step(of precision: Precision, on ladder: [Int], up: Bool) -> Int {
    let last = ladder.count - 1
    guard let bits = precision.bits else { return last }
    // More bits than the weights are stored in are beside the ladder: `+` leads to "as stored".
    return ladder.firstIndex(of: bits) ?? (up ? last - 1 : last)
  }

  private func markedPrecisions(_ session: Session) -> [Precision] {
    let choices = session.choices
    switch view {
    case .experts:
      return markedExperts.flatMap { choices.blocks[$0.block].precisions(ofExpert: $0.expert) }
    case .layers:
      return bitBlocks(session).flatMap { block in
        layerColumnAtCursor.linears(ofBlock: block, session.spec).map(choices.precision)
      }
    }
  }

  /// Bits of the marked linears as they are stored, the most where they differ.
  private func markedStoredBits(_ session: Session) -> Int {
    let parts: [(block: Int, column: LayerColumn)] =
      switch view {
      case .experts:
        Set(markedExperts.map(\.block)).flatMap { block in
          [LayerColumn.gate, .up, .down].map { (block, $0) }
        }
      case .layers: bitBlocks(session).map { ($0, layerColumnAtCursor) }
      }
    let bits = parts.map { session.storedBits[$0.block, $0.column] ?? PrecisionRequest.stored }
    return bits.max() ?? PrecisionRequest.stored
  }

  /// The marked blocks that have the part under the cursor.
  ///
  /// Where both kinds of blocks are marked,
  /// an edit is about the experts: the edit language has no word for both.
  private func bitBlocks(_ session: Session) -> [Int] {
    let spec = session.spec
    let column = layerColumnAtCursor
    let blocks = marked.blocks.filter { block in
      block < blockCount && !column.linears(ofBlock: block, spec).isEmpty
    }
    guard column.feedForward != nil || column == .moe else { return blocks }
    let sparse = blocks.filter { spec.blocks[$0].moe != nil }
    return sparse.isEmpty ? blocks : sparse
  }

  private func bitsEdit(_ bits: Int, _ session: Session) -> Edit? {
    let action = Edit.Action.bits(PrecisionRequest(bits: bits))
    switch view {
    case .experts:
      if marking == .none, let rule = session.filter?.rule {
        return Edit(action, .experts, .rule(rule))
      }
      let ids = markedExperts
      return ids.isEmpty ? nil : Edit(action, .experts, .experts(ExpertRange.compact(ids)))
    case .layers:
      let blocks = bitBlocks(session)
      return blocks.isEmpty ? nil : layerColumnAtCursor.edit(action, blocks, session.spec)
    }
  }
}

extension LayerColumn {
  /// The edit that gives this part of some blocks a precision.
  fileprivate func edit(_ action: Edit.Action, _ blocks: [Int], _ spec: ModelSpec) -> Edit {
    let experts = Selection.experts(blocks.map { ExpertRange(block: $0, experts: nil) })
    let isDense = spec.blocks[blocks[0]].moe == nil
    switch self {
    case .block: return Edit(action, .block, .blocks(compact(blocks)))
    case .attention: return Edit(action, .attention, .blocks(compact(blocks)))
    case .query: return Edit(action, .query, .blocks(compact(blocks)))
    case .key: return Edit(action, .key, .blocks(compact(blocks)))
    case .value: return Edit(action, .value, .blocks(compact(blocks)))
    case .output: return Edit(action, .output, .blocks(compact(blocks)))
    case .shared: return Edit(action, .shared, .blocks(compact(blocks)))
    case .moe where isDense: return Edit(action, .dense, .blocks(compact(blocks)))
    case .moe: return Edit(action, .experts, experts)
    case .gate where !isDense: return Edit(action, .gate, experts)
    case .up where !isDense: return Edit(action, .up, experts)
    case .down where !isDense: return Edit(action, .down, experts)
    case .gate, .up, .down:
      return Edit(action, .linear, .linears(blocks.flatMap { linears(ofBlock: $0, spec) }))
    }
  }
}

extension BlockChoices {
  /// Whether the MoE layer, attention half or whole block is dropped, by the edit language's name.
  fileprivate func isDropped(_ subject: Subject) -> Bool {
    switch subject {
    case .moe: moeDropped
    case .attention: attentionDropped
    case .block: blockDropped
    default: false
    }
  }
}

/// The fewest ranges that hold ascending block indices.
private func compact(_ blocks: [Int]) -> [ClosedRange<Int>] {
  blocks.reduce(into: []) { ranges, block in
    if let last = ranges.last, last.upperBound + 1 == block {
      ranges[ranges.count - 1] = last.lowerBound...block
    } else {
      ranges.append(block...block)
    }
  }
}
