extension WorkbenchState {
  /// Milliseconds within which two clicks are a double click.
  private static let doubleClick = 400

  mutating func take(_ input: Input) -> [Effect] {
    switch input {
    case .resize(let size):
      self.size = Size(columns: max(0, size.columns), rows: max(0, size.rows))
      return []
    case .paste(let text):
      guard case .prompt(var prompt) = mode, context == .prompt else { return [] }
      prompt.insert(text.unicodeScalars.map { $0 == "\n" ? " " : $0 })
      mode = .prompt(prompt)
      return []
    case .key(let key): return take(key)
    case .mouse(let mouse): return context == .tooSmall ? [] : take(mouse)
    }
  }

  private mutating func take(_ key: Key) -> [Effect] {
    let context = context
    if let first = pendingKey {
      pendingKey = nil
      if let command = Command.bound(to: [first, key], in: context) { return run(command) }
    }
    if Command.isPrefix(key, in: context) {
      pendingKey = key
      return []
    }
    if let command = Command.bound(to: [key], in: context) { return run(command) }
    if context == .prompt, case .character(let scalar) = key, case .prompt(var prompt) = mode {
      prompt.insert(CollectionOfOne(scalar))
      mode = .prompt(prompt)
    } else if Command.views.contains(context) {
      sayUnbound(key, context)
    } else if context == .front {
      say("\(key.label) does nothing here; Esc closes the front")
    }
    return []
  }

  /// Says where a key works that does nothing here.
  private mutating func sayUnbound(_ key: Key, _ context: Command.Context) {
    let elsewhere = View.allCases.first { other in
      let place: Command.Context = other == .experts ? .experts : .layers
      return place != context && Command.bound(to: [key], in: place) != nil
    }
    if let elsewhere {
      say("\(key.label) works in \(elsewhere.title) (\(elsewhere.rawValue))")
    } else {
      say("\(key.label) does nothing here; ? lists the keys")
    }
  }

  private mutating func take(_ mouse: Mouse) -> [Effect] {
    switch mouse.action {
    case .wheelUp: return wheel(-3)
    case .wheelDown: return wheel(3)
    case .press where mouse.button == .left: return pressed(mouse)
    case .drag where mouse.button == .left: dragged(mouse)
    default: break
    }
    return []
  }

  private mutating func wheel(_ rows: Int) -> [Effect] {
    switch mode {
    case .help(let scroll):
      mode = .help(scroll: min(max(0, scroll + rows), HelpText.lastScroll(self)))
    case .browse: moveCursor(blocks: rows)
    case .front: moveFrontCursor(by: rows.signum())
    default: break
    }
    return []
  }

  private mutating func pressed(_ mouse: Mouse) -> [Effect] {
    guard let target = Layout(self, size: size).target(mouse.column, mouse.row) else {
      press = nil
      return []
    }
    let isDouble =
      press.map { $0.target == target && now - $0.time <= Self.doubleClick } ?? false
    press = isDouble ? nil : Press(target: target, time: now)
    if case .command(let id) = target {
      return Command.named(id).map { run($0) } ?? []
    }
    guard mode == .browse else { return [] }
    switch target {
    case .tab(let view): show(view)
    case .expert, .layer:
      marking = .none
      moveCursor(to: target)
      if isDouble { toggleMarked() }
    case .command: break
    }
    return []
  }

  private mutating func dragged(_ mouse: Mouse) {
    guard mode == .browse, let start = press?.target,
      let target = Layout(self, size: size).target(mouse.column, mouse.row), target != start
    else { return }
    switch start {
    case .expert(let block, let column), .layer(let block, let column):
      if case .range = marking {} else { marking = .range(block: block, column: column) }
      moveCursor(to: target)
    default: break
    }
  }

  private mutating func moveCursor(to target: Target) {
    switch target {
    case .expert(let block, let column), .layer(let block, let column):
      moveCursor(blocks: block - self.block, columns: column - self.column)
    default: break
    }
  }
}
