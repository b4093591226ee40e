import Model

/// A labelled figure of the details.
struct DetailField {
  var label: String
  var value: String
  /// More about it, less important.
  var note = ""
  /// Colour of the value.
  var role = Paint.Role.text
  /// A bar before the value, as a share of its room.
  var bar: Double?

  /// The figure as plain text.
  var plainValue: String { note.isEmpty ? value : "\(value) (\(note))" }
}

extension WorkbenchState {
  /// Tokens below which an expert's scores say little.
  static let fewTokens = 64

  /// What the cursor of the expert map is on.
  func expertTitle(_ session: Session) -> [Span] {
    guard let id = expertAtCursor else { return layerTitle(session, .block) }
    var title = [Span("expert \(id)", .accent, .bold)]
    if session.choices.keeps(id) {
      let precisions = session.choices.blocks[id.block].precisions(ofExpert: id.expert)
      title.append(Span("kept, \(shortText(precisions, session, id))", .muted))
    } else {
      let reason = session.plan.reason(forDropping: id)
      title.append(Span("dropped", .dropped, .bold))
      if let reason { title.append(Span("by \"\(reason)\"", .muted)) }
    }
    return title.spaced
  }

  /// Figures of the expert under the cursor, or of its block where that is dense.
  func expertFields(_ session: Session) -> [DetailField] {
    guard let id = expertAtCursor else { return layerFields(session, .block) }
    let precision = precisionField(session, id)
    guard let profile = session.profile, let expert = profile.expert(id) else {
      return [precision, DetailField(label: "scores", value: profileObstacle ?? Figure.missing)]
    }
    let block = profile.blocks[id.block]
    let fields = scoreFields(expert, block, count: session.spec.blocks[id.block].expertCount)
    return fields + [precision]
      + domainFields(expert, profile, count: session.spec.blocks[id.block].expertCount)
  }

  private func scoreFields(
    _ expert: ExpertProfile, _ block: BlockProfile, count: Int
  ) -> [DetailField] {
    let isUnreliable = expert.tokens < Self.fewTokens
    func rank(_ score: KeyPath<ExpertProfile, Double>) -> String {
      let higher = block.experts.count { $0[keyPath: score] > expert[keyPath: score] }
      return "rank \(higher + 1) of \(count)"
    }
    func score(_ label: String, _ path: KeyPath<ExpertProfile, Double>) -> DetailField {
      DetailField(
        label: label, value: Figure.significant(expert[keyPath: path]), note: rank(path),
        role: isUnreliable ? .warning : .text)
    }
    let uniform = Double(count)
    let outliers = zip(FeedForwardLinear.allCases, expert.outliers)
      .map { "\($0.rawValue) \(Figure.significant($1))" }.joined(separator: " ")
    return [
      DetailField(
        label: "router load", value: share(expert.load, uniform), note: rank(\.load)),
      DetailField(
        label: "router mass", value: share(expert.mass, uniform), note: rank(\.mass)),
      score("mean weight", \.meanWeight), score("REAP", \.reap), score("EAN", \.ean),
      DetailField(
        label: "outlier score", value: Figure.significant(expert.outlier), note: outliers),
      DetailField(
        label: "weight norm", value: Figure.significant(expert.weightNorm),
        note: rank(\.weightNorm)),
      DetailField(
        label: "tokens seen", value: Figure.count(Double(expert.tokens)),
        note: isUnreliable ? "few: scores unreliable" : "",
        role: isUnreliable ? .warning : .text),
    ]
  }

  /// A share of the tokens, as a multiple of the even share and in percent.
  private func share(_ share: Double, _ experts: Double) -> String {
    Figure.fixed(share * experts, 2) + "× (\(Figure.percent(share)))"
  }

  /// The precisions of an expert's linears in a few words.
  private func shortText(
    _ precisions: ArraySlice<Precision>, _ session: Session, _ id: ExpertID
  ) -> String {
    guard Set(precisions.map(\.bits)).count > 1 else {
      return precisions.first?.bits.map { "\($0) bits" } ?? "as stored"
    }
    return zip(FeedForwardLinear.allCases, precisions)
      .map { kind, precision in
        "\(kind.rawValue) \(precision.bits ?? session.spec.encoding(of: .expert(id, kind)).bits)"
      }
      .joined(separator: " ")
  }

  private func precisionField(_ session: Session, _ id: ExpertID) -> DetailField {
    let precisions = session.choices.blocks[id.block].precisions(ofExpert: id.expert)
    if precisions.allSatisfy({ $0 == .stored }) {
      let linears = FeedForwardLinear.allCases.map { LinearID.expert(id, $0) }
      return DetailField(
        label: "precision", value: "as stored", note: storedText(linears, session))
    }
    let parts = zip(FeedForwardLinear.allCases, precisions).map { kind, precision in
      "\(kind.rawValue) \(precision.text)"
    }
    if Set(precisions).count == 1, let precision = precisions.first {
      return DetailField(label: "precision", value: precision.longText)
    }
    return DetailField(label: "precision", value: parts.joined(separator: ", "))
  }

  /// How some linears are stored, each way once.
  private func storedText(_ linears: [LinearID], _ session: Session) -> String {
    var names: [String] = []
    for linear in linears {
      let name = session.spec.encoding(of: linear).description
      if !names.contains(name) { names.append(name) }
    }
    return names.joined(separator: ", ")
  }

  private func domainFields(
    _ expert: ExpertProfile, _ profile: Profile, count: Int
  ) -> [DetailField] {
    let highest = expert.loadByDomain.values.max() ?? 0
    let fields = profile.domains.compactMap { domain -> DetailField? in
      guard let load = expert.loadByDomain[domain.name] else { return nil }
      return DetailField(
        label: domain.name, value: Figure.fixed(load * Double(count), 2) + "×",
        bar: highest > 0 ? load / highest : 0)
    }
    return fields.isEmpty ? [] : [DetailField(label: "load by domain", value: "")] + fields
  }
}

extension WorkbenchState {
  /// What the cursor of the layers view is on.
  func layerTitle(_ session: Session, _ column: LayerColumn? = nil) -> [Span] {
    let column = column ?? layerColumnAtCursor
    let choice = session.choices.blocks[block]
    var title = [Span("block \(block)", .accent, .bold)]
    if column != .block { title.append(Span(column.name, .text)) }
    if let dropped = choice.droppedPart(for: column) {
      title.append(Span("\(dropped) dropped", .dropped, .bold))
      if let reason = session.plan.reason(forDropping: dropped.subject, ofBlock: block) {
        title.append(Span("by \"\(reason)\"", .muted))
      }
    } else {
      title.append(Span("kept", .muted))
    }
    return title.spaced
  }

  /// Figures of the part of a block under the cursor.
  func layerFields(_ session: Session, _ column: LayerColumn? = nil) -> [DetailField] {
    let column = column ?? layerColumnAtCursor
    let spec = session.spec
    let choice = session.choices.blocks[block]
    var fields: [DetailField] = []
    let bytes = session.ledger.blockBytes[block]
    fields.append(
      DetailField(
        label: "block memory", value: Figure.bytes(bytes),
        note: "of \(Figure.bytes(session.baseline.blockBytes[block])) untouched"))
    if let moe = spec.blocks[block].moe {
      fields.append(
        DetailField(
          label: "experts",
          value: "\(choice.keepsFeedForward ? choice.keptExperts : 0) of \(moe.experts) kept",
          note: "\(moe.router.expertsPerToken) per token"))
    } else {
      fields.append(DetailField(label: "feed-forward", value: "dense", note: "every token uses it"))
    }
    fields += partFields(session, column)
    return fields + importanceFields(session)
  }

  private func partFields(_ session: Session, _ column: LayerColumn) -> [DetailField] {
    let linears = column.linears(ofBlock: block, session.spec)
    guard let first = linears.first else {
      return [DetailField(label: column.title, value: "this block has none")]
    }
    let precisions = Set(linears.map(session.choices.precision))
    let count = "\(linears.count) \(linears.count == 1 ? "matrix" : "matrices")"
    var fields = [
      DetailField(
        label: "precision",
        value: precisions.count == 1
          ? session.choices.precision(of: first).longText : "mixed",
        note: precisions == [.stored] ? storedText(linears, session) : count)
    ]
    if column != .block, column != .attention, column != .moe {
      let shape = session.spec.shape(of: first)
      fields.append(
        DetailField(label: "shape", value: "\(shape.rows) × \(shape.columns)", note: "out × in"))
    }
    if let outlier = outlier(session, column) {
      fields.append(
        DetailField(
          label: "outlier score", value: Figure.significant(outlier),
          note: "largest of its matrices")
      )
    }
    return fields
  }

  private func importanceFields(_ session: Session) -> [DetailField] {
    guard let scores = session.profile?.blocks[block] else {
      return [DetailField(label: "importance", value: profileObstacle ?? Figure.missing)]
    }
    func field(_ label: String, _ value: Double, _ note: String) -> DetailField {
      DetailField(label: label, value: Figure.significant(value), note: note)
    }
    return [
      field("importance", scores.blockImportance, "1 − cosine before/after the block"),
      field("  attention", scores.attentionImportance, "residual included"),
      field("  MoE layer", scores.moeImportance, "residual included"),
    ]
  }

  private func outlier(_ session: Session, _ column: LayerColumn) -> Double? {
    guard let scores = session.profile?.blocks[block] else { return nil }
    func experts(_ index: Int) -> Double? {
      scores.experts.compactMap { index < $0.outliers.count ? $0.outliers[index] : nil }.max()
    }
    let attention = scores.attentionOutliers
    func one(_ kind: AttentionLinear) -> Double? {
      session.profile?.outlierScore(of: .attention(block: block, kind), in: session.spec)
    }
    return switch column {
    case .attention: attention.max()
    case .query: one(.query)
    case .key: one(.key)
    case .value: one(.value)
    case .output: one(.output)
    case .moe: scores.experts.map(\.outlier).max()
    case .gate: experts(0)
    case .up: experts(1)
    case .down: experts(2)
    case .block, .shared: nil
    }
  }
}

extension [Span] {
  /// The spans with two blanks between them.
  fileprivate var spaced: [Span] {
    var spans: [Span] = []
    for (index, span) in enumerated() {
      if index > 0 { spans.append(Span("  ")) }
      spans.append(span)
    }
    return spans
  }
}
