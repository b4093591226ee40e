import Model

extension WorkbenchState {
  /// Saves where it was saved before, else asks where.
  mutating func save(quitAfter: Bool) -> [Effect] {
    guard let savedPath else {
      let word = quitAfter ? "wq " : "w "
      mode = .prompt(Prompt(.command, text: word + options.planPath))
      return []
    }
    return write(savedPath, overwrite: true, quitAfter: quitAfter)
  }

  /// Saves to a place the person named; asks before writing over another file.
  mutating func save(to path: String, quitAfter: Bool) -> [Effect] {
    write(path, overwrite: path == savedPath, quitAfter: quitAfter)
  }

  mutating func write(_ path: String, overwrite: Bool, quitAfter: Bool) -> [Effect] {
    guard let session else { return [] }
    saving = Saving(digest: session.digest, quitAfter: quitAfter)
    return [.savePlan(PlanFile(session.plan, of: session.spec), path: path, overwrite: overwrite)]
  }

  mutating func planSaved(_ path: String) -> [Effect] {
    guard let saved = saving else { return [] }
    saving = nil
    savedPath = path
    session?.markSaved(saved.digest)
    say("saved: \(path)", .good)
    return saved.quitAfter ? [.quit] : []
  }

  mutating func loaded(_ file: PlanFile, _ path: String) {
    guard let session else {
      waitingPlan = LoadedPlan(file: file, path: path)
      return
    }
    if session.isUnsaved {
      mode = .question(.replacePlan(file, path: path))
    } else {
      replacePlan(file, path)
    }
  }

  private mutating func replacePlan(_ file: PlanFile, _ path: String) {
    guard let session else { return }
    do throws(PlanFileError) {
      let plan = try file.plan(for: session.spec)
      self.session?.replacePlan(plan)
      savedPath = path
      planChanged()
      say("opened: \(path)", .good)
    } catch {
      say("\(path) was not opened: \(error)", .bad)
    }
  }

  /// Leaves, or asks first.
  mutating func quit() -> [Effect] {
    guard session?.isUnsaved == true, mode != .question(.quit) else { return [.quit] }
    mode = .question(.quit)
    return []
  }

  mutating func answerYes() -> [Effect] {
    guard case .question(let question) = mode else { return [] }
    mode = .browse
    switch question {
    case .quit: return [.quit]
    case .overwrite(let path, let quitAfter):
      return write(path, overwrite: true, quitAfter: quitAfter)
    case .replacePlan(let file, let path): replacePlan(file, path)
    }
    return []
  }

  mutating func answerNo() -> [Effect] {
    if case .question(.overwrite) = mode { saving = nil }
    mode = .browse
    return []
  }

  mutating func answerSave() -> [Effect] {
    guard mode == .question(.quit) else { return [] }
    mode = .browse
    return save(quitAfter: true)
  }
}
