import Checkpoint

/// Turns the items of a task file into tokens of one model.
struct TaskReader {
  let tokenizer: Tokenizer
  /// Most tokens the model takes.
  let context: Int

  /// A question whose answer the model writes.
  func question(_ item: TaskItem) throws(TaskProblem) -> ExactMatchTask.Item {
    guard case .text(let answer)? = item.answer else { throw .answerNotText }
    let prompt = tokenizer.indices(of: item.context)
    guard !prompt.isEmpty else { throw .emptyContext }
    let tokens = prompt.count + ExactMatchTask.longestAnswer
    guard tokens <= context else { throw .contextTooLong(tokens: tokens, context: context) }
    return ExactMatchTask.Item(prompt: prompt, answer: answer)
  }

  /// A question with choices.
  func choice(_ item: TaskItem, _ texts: [String]) throws(TaskProblem) -> MultipleChoiceTask.Item {
    guard texts.count > 1 else { throw .tooFewChoices(texts.count) }
    let right = try item.rightChoice(of: texts)
    var choices: [MultipleChoiceTask.Choice] = []
    for (index, text) in texts.enumerated() {
      let (before, targets) = try pair(item.context, item.delimiter + text)
      guard !text.isEmpty, !targets.isEmpty else { throw .emptyChoice(index) }
      guard targets.count <= context else {
        throw .choiceTooLong(index, tokens: targets.count, context: context)
      }
      // What is too long loses its beginning; the last token is only a target.
      let tokens = Array((before + targets).suffix(context + 1))
      choices.append(
        MultipleChoiceTask.Choice(
          tokens: tokens, targets: targets.count, length: text.unicodeScalars.count))
    }
    return MultipleChoiceTask.Item(choices: choices, right: right)
  }

  /// The tokens of a context and of what continues it, cut as lm-evaluation-harness 0.4 cuts them.
  ///
  /// White space at the context's end goes to the continuation; both are encoded as one text, whose
  /// tokens beyond the number of the context's own are the continuation's. An empty context is the
  /// token that begins a text, or else the one that ends it.
  func pair(
    _ context: String, _ continuation: String
  ) throws(TaskProblem) -> (context: [Int], continuation: [Int]) {
    guard !context.isEmpty else {
      guard let first = tokenizer.beginningOfText ?? tokenizer.endOfText else {
        throw .noBeginning
      }
      let tokens = tokenizer.indices(of: continuation)
      if tokens.first == Int(first) { return ([Int(first)], Array(tokens.dropFirst())) }
      return ([Int(first)], tokens)
    }
    let scalars = context.unicodeScalars
    let end = scalars.lastIndex { !$0.isPythonSpace }.map(scalars.index(after:))
    let own = String(scalars[..<(end ?? scalars.startIndex)])
    let whole = encoded(context + continuation)
    let before = encoded(own)
    guard !before.isEmpty else { throw .noBeginning }
    // Where encoding the whole changes the context's last tokens, the count still decides.
    return (before, Array(whole.dropFirst(before.count)))
  }

  /// With the tokens that the tokenizer puts around texts, unless the text begins with them.
  private func encoded(_ text: String) -> [Int] {
    let first = (tokenizer.beginningOfText ?? tokenizer.endOfText).map { tokenizer.decode([$0]) }
    let begins = first.map { !$0.isEmpty && text.hasPrefix($0) } ?? false
    return tokenizer.encode(text, addingSpecialTokens: !begins).map { Int($0) }
  }
}
