extension Choices {
  /// Takes over one change.
  ///
  /// - Throws: `EditError` when a linear's new shape does not fit what is chosen for it.
  mutating func apply(_ change: Change, to spec: ModelSpec) throws(EditError) {
    switch change {
    case .dropped(let unit, let dropped): setDropped(unit, to: dropped)
    case .precision(let linear, let precision):
      self[linear].precision = precision
      try checkGroup(of: linear, in: spec)
      try checkStored(linear, in: spec)
    case .sparsity(let linear, let sparsity):
      self[linear].sparsity = sparsity
      try checkPattern(of: linear, in: spec)
      try checkStored(linear, in: spec)
    case .neurons(let network, let slimming):
      self[neuronsOf: network] = slimming
      fitGroup(of: network.linear(.down), in: spec)
      try checkPattern(of: network.linear(.down), in: spec)
      for kind in FeedForwardLinear.allCases { try checkStored(network.linear(kind), in: spec) }
    case .merged(let block, let merge):
      try self.merge(merge, block: block)
      for kind in FeedForwardLinear.allCases {
        for member in merge.members {
          try checkStored(.expert(ExpertID(block: block, expert: member), kind), in: spec)
        }
      }
    case .split(let id): blocks[id.block].split(id.expert)
    case .calibration(let order): calibration = order
    }
  }

  /// Neurons a network keeps.
  public func width(of network: NetworkID, in spec: ModelSpec) -> Int {
    self[neuronsOf: network]?.kept ?? spec.width(of: network)
  }

  /// Inputs of a linear under the choices.
  public func columns(of linear: LinearID, in spec: ModelSpec) -> Int {
    switch linear {
    case .attention, .expert(_, .gate), .expert(_, .up), .shared(_, .gate), .shared(_, .up),
      .dense(_, .gate), .dense(_, .up):
      spec.shape(of: linear).columns
    case .expert(let id, .down): width(of: .expert(id), in: spec)
    case .shared(let block, .down): width(of: .shared(block: block), in: spec)
    case .dense(let block, .down): width(of: .dense(block: block), in: spec)
    }
  }

  /// A group that no longer divides the linear's inputs becomes the widest that does.
  private mutating func fitGroup(of linear: LinearID, in spec: ModelSpec) {
    let columns = columns(of: linear, in: spec)
    guard case .quantized(var quantization) = self[linear].precision,
      quantization.group.count(columns: columns) == nil
    else { return }
    quantization.group = .widest(columns: columns)
    self[linear].precision = .quantized(quantization)
  }

  private func checkGroup(of linear: LinearID, in spec: ModelSpec) throws(EditError) {
    guard case .quantized(let quantization) = self[linear].precision,
      case .inputs(let size) = quantization.group
    else { return }
    let columns = columns(of: linear, in: spec)
    guard columns.isMultiple(of: size) else {
      throw .groupDoesNotDivide(linear: "\(linear)", group: size, columns: columns)
    }
  }

  /// Refuses to change weights that lie in the checkpoint as codes and are to stay as stored.
  private func checkStored(_ linear: LinearID, in spec: ModelSpec) throws(EditError) {
    guard self[linear].precision == .stored, changesValues(of: linear) else { return }
    let encoding = spec.encoding(of: linear)
    guard encoding.elementType == nil else { return }
    throw .storedCodes(linear: "\(linear)", encoding: "\(encoding)")
  }

  /// Whether weights of a linear differ from the checkpoint's before they are quantised.
  public func changesValues(of linear: LinearID) -> Bool {
    if self[linear].sparsity != nil { return true }
    switch linear {
    case .attention: return false
    case .shared(let block, _): return blocks[block].sharedNeurons != nil
    case .dense(let block, _): return blocks[block].neurons[0] != nil
    case .expert(let id, _):
      return blocks[id.block].neurons[id.expert] != nil
        || blocks[id.block].sharing(id.expert).count > 1
    }
  }

  private func checkPattern(of linear: LinearID, in spec: ModelSpec) throws(EditError) {
    guard let pattern = self[linear].sparsity?.pattern else { return }
    let columns = columns(of: linear, in: spec)
    switch pattern {
    case .semiStructured(_, let size):
      guard columns.isMultiple(of: size) else {
        throw .patternDoesNotDivide(
          linear: "\(linear)", pattern: "\(pattern)", columns: columns)
      }
    case .unstructured(let ratio):
      guard Int(ratio * Double(columns)) > 0 else {
        throw .sharesNothing(linear: "\(linear)", pattern: "\(pattern)", columns: columns)
      }
    }
  }

  private mutating func merge(_ merge: ExpertMerge, block: Int) throws(EditError) {
    let kept = merge.members.filter { !blocks[block].expertDropped[$0] }
    guard kept.count >= 2 else { throw .nothingToMerge(block: block) }
    for member in kept { blocks[block].split(member) }
    blocks[block].merges.append(ExpertMerge(kept, merge.method))
    blocks[block].merges.sort { $0.members[0] < $1.members[0] }
  }
}

extension BlockChoices {
  /// Gives an expert weights of its own again; a merge of one is none.
  fileprivate mutating func split(_ expert: Int) {
    for index in merges.indices { merges[index].members.removeAll { $0 == expert } }
    merges.removeAll { $0.members.count < 2 }
  }
}
