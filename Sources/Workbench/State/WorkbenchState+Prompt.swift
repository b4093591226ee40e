import EngineProtocol
import Model

extension WorkbenchState {
  /// Lines the prompt remembers.
  private static let historyLimit = 200

  mutating func acceptPrompt() -> [Effect] {
    guard case .prompt(let prompt) = mode else { return [] }
    let line = prompt.line.trimmingBlanks
    switch prompt.purpose {
    case .filter: return acceptFilter(line)
    case .command: return acceptCommand(line)
    }
  }

  private mutating func acceptFilter(_ line: String) -> [Effect] {
    do throws(EditError) {
      try session?.setFilter(line.isEmpty ? nil : try Rule(parsing: line))
    } catch {
      refuse("\(error)")
      return []
    }
    remember(line)
    marking = .none
    mode = .browse
    if let count = session?.filter?.count {
      say(count == 1 ? "1 expert matches" : "\(count) experts match", count == 0 ? .warning : .info)
    }
    return []
  }

  private mutating func acceptCommand(_ line: String) -> [Effect] {
    let word = line.prefix { $0 != " " }
    let rest = String(line.dropFirst(word.count)).trimmingBlanks
    switch word {
    case "": mode = .browse
    case "q", "quit": return leavePrompt(line) { $0.quit() }
    case "q!": return [.quit]
    case "w", "wq":
      let path = rest.isEmpty ? savedPath : rest
      guard let path else {
        refuse("say where: \(word) PATH")
        return []
      }
      return leavePrompt(line) { $0.save(to: path, quitAfter: word == "wq") }
    case "o", "open":
      guard !rest.isEmpty else {
        refuse("say which file: \(word) PATH")
        return []
      }
      return leavePrompt(line) { _ in [.loadPlan(path: rest)] }
    case "search": return acceptSearch(rest, line)
    default: acceptEdit(line)
    }
    return []
  }

  private mutating func leavePrompt(
    _ line: String, _ action: (inout WorkbenchState) -> [Effect]
  ) -> [Effect] {
    remember(line)
    mode = .browse
    return action(&self)
  }

  private mutating func acceptSearch(_ goal: String, _ line: String) -> [Effect] {
    if let searchObstacle {
      refuse("no search now: \(searchObstacle)")
      return []
    }
    do throws(SearchGoalError) {
      let goal = try SearchGoal(parsing: goal)
      return leavePrompt(line) { state in
        state.search(goal)
        return []
      }
    } catch {
      refuse("\(error)")
      return []
    }
  }

  private mutating func acceptEdit(_ line: String) {
    guard session != nil else { return refuse("no model is open yet") }
    do throws(EditError) {
      try session?.apply(try Edit(parsing: line))
    } catch {
      return refuse("\(error)")
    }
    remember(line)
    planChanged()
    mode = .browse
    say("done: \(line)", .good)
  }

  /// Leaves the line as it is and says what is wrong with it.
  private mutating func refuse(_ problem: String) {
    guard case .prompt(var prompt) = mode else { return }
    prompt.problem = problem
    mode = .prompt(prompt)
  }

  private mutating func remember(_ line: String) {
    guard !line.isEmpty, promptHistory.last != line else { return }
    promptHistory.append(line)
    if promptHistory.count > Self.historyLimit { promptHistory.removeFirst() }
  }

  /// Goes through the lines typed before.
  mutating func recall(older: Bool) {
    guard case .prompt(var prompt) = mode else { return }
    let place = (prompt.recalled ?? -1) + (older ? 1 : -1)
    guard place < promptHistory.count else { return }
    prompt.recalled = place < 0 ? nil : place
    prompt.replace(with: place < 0 ? "" : promptHistory[promptHistory.count - 1 - place])
    mode = .prompt(prompt)
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    let start = drop { $0 == " " }
    let end = start.lastIndex { $0 != " " }
    return end.map { String(start[...$0]) } ?? ""
  }
}
