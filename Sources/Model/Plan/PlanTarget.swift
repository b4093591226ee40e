/// What a plan should come to, cell by cell: what searches work out and edits are then made from.
///
/// Where nothing is said about a linear, any choice will do: that of a dropped expert, for example.
public struct PlanTarget: Hashable, Sendable {
  /// What is dropped.
  public var dropped: Set<Unit> = []
  /// Experts that share weights, by block.
  public var merges: [Int: [ExpertMerge]] = [:]
  /// Networks that keep fewer neurons.
  public var neurons: [NetworkID: NeuronChoice] = [:]
  /// Zeros of linears; `.some(nil)` for none.
  public var sparsity: [LinearID: Sparsity?] = [:]
  /// Precisions of linears.
  public var precision: [LinearID: PrecisionRequest] = [:]
  /// On whose activations methods that need calibration rely.
  public var calibration = CalibrationOrder.original

  /// The untouched model, with any choice for every linear.
  public init() {}

  /// Exactly what some choices say.
  public init(_ choices: Choices, of spec: ModelSpec) {
    calibration = choices.calibration
    for (index, block) in choices.blocks.enumerated() {
      if block.blockDropped { dropped.insert(.block(index)) }
      if block.attentionDropped { dropped.insert(.attention(block: index)) }
      if block.moeDropped { dropped.insert(.moe(block: index)) }
      for (expert, isDropped) in block.expertDropped.enumerated() where isDropped {
        dropped.insert(.expert(ExpertID(block: index, expert: expert)))
      }
      if !block.merges.isEmpty { merges[index] = block.merges }
      for linear in spec.linears(ofBlock: index) {
        let choice = choices[linear]
        sparsity[linear] = .some(choice.sparsity)
        precision[linear] = PrecisionRequest(
          choice.precision, columns: choices.columns(of: linear, in: spec))
        guard let network = spec.network(of: linear), let slimming = choices[neuronsOf: network]
        else { continue }
        neurons[network] = slimming
      }
    }
  }

  /// A plan that comes to it, said in few edits.
  ///
  /// - Throws: `EditError` where the model does not allow it.
  public func plan(for spec: ModelSpec) throws(EditError) -> Plan {
    let brushes = PlanBrushes(spec)
    let bits = brushes.edits(to: precision, from: PrecisionRequest(bits: PrecisionRequest.stored)) {
      .bits($0)
    }
    let zeros = brushes.edits(to: sparsity, from: nil) { .sparsify($0) }
    var plan = Plan(for: spec)
    let shapes = mergeEdits + dropEdits(of: spec) + neuronEdits(of: spec) + zeros
    let order = calibration == .original ? [] : [Edit(.calibrate(calibration), .all)]
    do throws(EditError) { try plan.apply(all: shapes + bits + order, spec: spec) } catch {
      // Weights that lie in the checkpoint as codes have to be rounded anew before their shape changes,
      // and groups that this gave other sizes are said once more.
      guard case .storedCodes = error else { throw error }
      plan = Plan(for: spec)
      try plan.apply(all: bits + shapes + bits + order, spec: spec)
    }
    return plan
  }

  /// Merges come first: what they name has to be there still.
  private var mergeEdits: [Edit] {
    merges.sorted { $0.key < $1.key }.flatMap { block, merges in
      merges.map { merge in
        let experts = merge.members.map { ExpertID(block: block, expert: $0) }
        return Edit(.merge(merge.method), .experts, .experts(ExpertRange.compact(experts)))
      }
    }
  }

  private func dropEdits(of spec: ModelSpec) -> [Edit] {
    var experts: [ExpertID] = []
    var blocks: [Subject: [Int]] = [:]
    for unit in dropped {
      switch unit {
      case .expert(let id): experts.append(id)
      case .moe(let block): blocks[.moe, default: []].append(block)
      case .attention(let block): blocks[.attention, default: []].append(block)
      case .block(let block): blocks[.block, default: []].append(block)
      }
    }
    var edits = [Subject.block, .attention, .moe].compactMap { subject in
      blocks[subject].map { Edit(.drop, subject, .blocks(Self.ranges($0))) }
    }
    if !experts.isEmpty {
      edits.append(Edit(.drop, .experts, .experts(ExpertRange.compact(experts, of: spec))))
    }
    return edits
  }

  private func neuronEdits(of spec: ModelSpec) -> [Edit] {
    let groups = Dictionary(grouping: neurons) { entry in
      NeuronGroup(entry.key, entry.value)
    }
    return groups.sorted { $0.key < $1.key }.map { group, entries in
      var experts: [ExpertID] = []
      var blocks: [Int] = []
      for (network, _) in entries {
        if case .expert(let id) = network {
          experts.append(id)
        } else {
          blocks.append(network.block)
        }
      }
      let selection: Selection =
        group.subject == .experts
        ? (experts.count == spec.expertCount
          ? .everything : .experts(ExpertRange.compact(experts, of: spec)))
        : .blocks(Self.ranges(blocks))
      return Edit(.neurons(group.request), group.subject, selection)
    }
  }

  /// The fewest ranges that hold some numbers.
  static func ranges(_ numbers: [Int]) -> [ClosedRange<Int>] {
    numbers.sorted().reduce(into: []) { ranges, number in
      if let last = ranges.last, number <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, number)
      } else {
        ranges.append(number...number)
      }
    }
  }
}

/// Networks of a kind that keep as many neurons.
private struct NeuronGroup: Hashable, Comparable {
  var subject: Subject
  var kept: Int
  var width: Int
  var refit: Bool

  init(_ network: NetworkID, _ choice: NeuronChoice) {
    subject =
      switch network {
      case .expert: .experts
      case .shared: .shared
      case .dense: .dense
      }
    (kept, width, refit) = (choice.kept, choice.width, choice.refit)
  }

  /// In percent where that says exactly the same.
  var request: NeuronRequest {
    let percent = NeuronRequest.Amount.percent((100 * Double(kept) / Double(width)).rounded())
    return NeuronRequest(percent.kept(of: width) == kept ? percent : .count(kept), refit: refit)
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.subject.rawValue, right.kept, left.width, left.refit ? 1 : 0)
      < (right.subject.rawValue, left.kept, right.width, right.refit ? 1 : 0)
  }
}

extension ExpertRange {
  /// The fewest ranges that hold the given experts, with `3.*` for all of a block.
  static func compact(_ ids: some Sequence<ExpertID>, of spec: ModelSpec) -> [ExpertRange] {
    compact(ids).map { range in
      range.experts?.count == spec.blocks[range.block].expertCount
        ? ExpertRange(block: range.block, experts: nil) : range
    }
  }
}

extension PrecisionRequest {
  /// What to ask for to get a precision of a linear with `columns` inputs.
  public init(_ precision: Precision, columns: Int) {
    guard case .quantized(let quantization) = precision else {
      self.init(bits: Self.stored)
      return
    }
    let group = quantization.group
    self.init(
      bits: quantization.bits, group: group == .widest(columns: columns) ? nil : group,
      symmetric: quantization.symmetric)
    method = quantization.method
    clipping = quantization.clipping
    actOrder = quantization.actOrder
    activationBits = quantization.activationBits
  }
}

extension Plan {
  /// Applies edits one after the other, those that change nothing left out.
  fileprivate mutating func apply(all edits: [Edit], spec: ModelSpec) throws(EditError) {
    for edit in edits {
      do throws(EditError) { try apply(edit, spec: spec, profile: nil) } catch {
        guard case .changesNothing = error else { throw error }
      }
    }
  }
}
