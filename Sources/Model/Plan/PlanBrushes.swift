/// Ways to name linears in an edit, the widest first: what choices for single linears are made of.
///
/// Painting with the widest brush that brings more right than wrong, then with narrower ones over
/// it, gives edits as a person would say them: `bits 3 experts`, then `bits 4 down 2.*`.
struct PlanBrushes {
  /// Something that an edit can name, and the linears it stands for.
  private struct Brush {
    var subject: Subject
    var piece: Piece
    var linears: [LinearID]
  }

  fileprivate enum Piece {
    case everything
    case block(Int)
    case experts(ExpertRange)
    case linear(LinearID)
  }

  /// A subject and a value, in the order they came up.
  private struct Stroke<Value: Hashable>: Hashable {
    var subject: Subject
    var value: Value
  }

  private let layers: [[Brush]]

  /// The brushes for a model.
  init(_ spec: ModelSpec) {
    let linears = spec.blocks.indices.map { spec.linears(ofBlock: $0) }
    let all = linears.flatMap(\.self)
    layers = [
      [Brush(subject: .all, piece: .everything, linears: all)],
      Self.brushes(of: all, \.kindOfPart) { _ in .everything },
      Self.brushes(of: all, \.kindOfLinear) { _ in .everything },
      linears.flatMap { Self.brushes(of: $0, \.kindOfPart, \.pieceOfBlock) },
      linears.flatMap { Self.brushes(of: $0, \.kindOfLinear, \.pieceOfBlock) },
      Self.experts(all),
      all.map { Brush(subject: $0.kindOfLinear ?? .linear, piece: $0.piece, linears: [$0]) },
    ]
  }

  private static func brushes(
    of linears: [LinearID], _ subject: (LinearID) -> Subject?, _ piece: (LinearID) -> Piece
  ) -> [Brush] {
    var order: [Subject] = []
    var members: [Subject: [LinearID]] = [:]
    for linear in linears {
      guard let subject = subject(linear) else { continue }
      if members[subject] == nil { order.append(subject) }
      members[subject, default: []].append(linear)
    }
    return order.compactMap { subject in
      guard let linears = members[subject], let first = linears.first else { return nil }
      return Brush(subject: subject, piece: piece(first), linears: linears)
    }
  }

  /// The three linears of each expert.
  private static func experts(_ linears: [LinearID]) -> [Brush] {
    var brushes: [Brush] = []
    for linear in linears {
      guard case .expert(let id, let kind) = linear else { continue }
      if kind == .gate {
        let range = ExpertRange(block: id.block, experts: id.expert...id.expert)
        brushes.append(Brush(subject: .experts, piece: .experts(range), linears: [linear]))
      } else {
        brushes[brushes.count - 1].linears.append(linear)
      }
    }
    return brushes
  }

  /// The edits that give each linear its value, where it has to have a certain one.
  ///
  /// - Parameters:
  ///   - target: the values; what is missing may get any
  ///   - start: the value of every linear before
  ///   - action: the action that gives a value
  /// - Returns: the edits, in the order they are to be applied.
  func edits<Value: Hashable>(
    to target: [LinearID: Value], from start: Value, _ action: (Value) -> Edit.Action
  ) -> [Edit] {
    var current: [LinearID: Value] = [:]
    var edits: [Edit] = []
    for (depth, layer) in layers.enumerated() {
      var order: [Stroke<Value>] = []
      var pieces: [Stroke<Value>: [Piece]] = [:]
      for brush in layer {
        // What holds for nearly all is said of all; what holds for many of a kind, of the kind.
        let least =
          [3 * brush.linears.count / 4, brush.linears.count / 4, brush.linears.count / 4]
          .dropFirst(depth).first.map { max(1, $0) } ?? 1
        guard let value = best(brush, target, current, start, atLeast: least) else { continue }
        for linear in brush.linears { current[linear] = value }
        let stroke = Stroke(subject: brush.subject, value: value)
        if pieces[stroke] == nil { order.append(stroke) }
        pieces[stroke, default: []].append(brush.piece)
      }
      edits += order.map { stroke in
        Edit(action(stroke.value), stroke.subject, Self.selection(pieces[stroke] ?? []))
      }
    }
    return edits
  }

  /// The value that brings most linears of a brush right, less those it brings wrong.
  private func best<Value: Hashable>(
    _ brush: Brush, _ target: [LinearID: Value], _ current: [LinearID: Value], _ start: Value,
    atLeast least: Int
  ) -> Value? {
    var values: [Value] = []
    var gains: [Value: Int] = [:]
    var right = 0
    for linear in brush.linears {
      guard let wanted = target[linear] else { continue }
      let isRight = current[linear, default: start] == wanted
      if isRight { right += 1 }
      if gains[wanted] == nil { values.append(wanted) }
      // What is right already and stays so counts neither way.
      gains[wanted, default: 0] += 1
    }
    guard let best = values.max(by: { (gains[$0] ?? 0) < (gains[$1] ?? 0) }) else { return nil }
    return (gains[best] ?? 0) - right >= least ? best : nil
  }

  private static func selection(_ pieces: [Piece]) -> Selection {
    var blocks: [Int] = []
    var whole: [ExpertRange] = []
    var experts: [ExpertID] = []
    var linears: [LinearID] = []
    for piece in pieces {
      switch piece {
      case .everything: return .everything
      case .block(let block): blocks.append(block)
      case .linear(let linear): linears.append(linear)
      case .experts(let range):
        guard let ids = range.experts else {
          whole.append(range)
          continue
        }
        experts += ids.map { ExpertID(block: range.block, expert: $0) }
      }
    }
    if !linears.isEmpty { return .linears(linears) }
    if !blocks.isEmpty { return .blocks(PlanTarget.ranges(blocks)) }
    return .experts(whole + ExpertRange.compact(experts))
  }
}

extension LinearID {
  /// Attention, experts, shared or dense.
  fileprivate var kindOfPart: Subject? {
    switch self {
    case .attention: .attention
    case .expert: .experts
    case .shared: .shared
    case .dense: .dense
    }
  }

  /// The word for linears of its kind, where there is one.
  fileprivate var kindOfLinear: Subject? {
    switch self {
    case .attention(_, let kind): Subject(rawValue: kind.rawValue)
    case .expert(_, let kind): Subject(rawValue: kind.rawValue)
    case .shared, .dense: nil
    }
  }

  /// All of its kind in its block.
  fileprivate var pieceOfBlock: PlanBrushes.Piece {
    if case .expert(let id, _) = self {
      return .experts(ExpertRange(block: id.block, experts: nil))
    }
    return .block(block)
  }

  /// Itself alone.
  fileprivate var piece: PlanBrushes.Piece {
    switch self {
    case .expert(let id, _):
      .experts(ExpertRange(block: id.block, experts: id.expert...id.expert))
    case .attention(let block, _): .block(block)
    case .shared, .dense: .linear(self)
    }
  }
}
