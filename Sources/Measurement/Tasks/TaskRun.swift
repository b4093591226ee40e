import Checkpoint
import Model
import Numerics
import Transformer

/// Asks tasks on one forward pass, in rounds that fit the memory budget.
struct TaskRun {
  var pass: ForwardPass
  var tokenizer: Tokenizer
  var memory: MemoryBudget
  var cancellation: Cancellation?

  /// Asks every item of a task.
  ///
  /// - Parameters:
  ///   - task: what to ask
  ///   - progress: called after every round with the tokens of its items
  /// - Returns: the share of right answers.
  /// - Throws: `CancellationError`, or what the weights throw.
  func ask(_ task: EvaluationTask, progress: (Int) -> Void = { _ in }) throws -> TaskEvaluation {
    switch task {
    case .exactMatch(let task): try ask(task, progress)
    case .multipleChoice(let task): try ask(task, progress)
    }
  }

  private func ask(_ task: ExactMatchTask, _ progress: (Int) -> Void) throws -> TaskEvaluation {
    let generation = GreedyGeneration(pass: pass, cancellation: cancellation)
    var right = 0
    for items in rounds(of: task.items, { $0.prompt.count + ExactMatchTask.longestAnswer }) {
      let continuations = try generation.continue(
        items.map(\.prompt), tokens: ExactMatchTask.longestAnswer
      ) { token in
        tokenizer.text(of: [token]).contains { $0.isNewline }
      }
      right += zip(items, continuations).count { $0.isAnswered(by: tokenizer.text(of: $1)) }
      progress(items.reduce(0) { $0 + $1.prompt.count })
    }
    return TaskEvaluation(
      name: task.name, items: task.items.count, accuracy: Double(right) / Double(task.items.count))
  }

  private func ask(
    _ task: MultipleChoiceTask, _ progress: (Int) -> Void
  ) throws -> TaskEvaluation {
    let likelihoods = ChoiceLikelihoods(pass: pass, cancellation: cancellation)
    var (right, normalizedRight) = (0, 0)
    for items in rounds(of: task.items, \.cachedTokens) {
      for (item, figures) in zip(items, try likelihoods.of(items)) {
        if item.isRight(figures) { right += 1 }
        if item.isRight(item.normalized(figures)) { normalizedRight += 1 }
      }
      progress(items.reduce(0) { $0 + $1.tokens })
    }
    let count = Double(task.items.count)
    return TaskEvaluation(
      name: task.name, items: task.items.count, accuracy: Double(right) / count,
      normalizedAccuracy: Double(normalizedRight) / count)
  }

  /// Consecutive items whose tokens, activations and cached keys and values fit together; at least
  /// one, and few enough for a first figure soon.
  private func rounds<Item>(of items: [Item], _ tokens: (Item) -> Int) -> [ArraySlice<Item>] {
    let most = min(memory.cachedTokens(pass.spec), Self.roundTokens)
    var rounds: [ArraySlice<Item>] = []
    var (start, size) = (0, 0)
    for (index, item) in items.enumerated() {
      let count = tokens(item)
      if size + count > most, index > start {
        rounds.append(items[start..<index])
        (start, size) = (index, 0)
      }
      size += count
    }
    return rounds + [items[start...]]
  }

  /// Tokens of a round at most, cached ones included: enough for large products.
  private static let roundTokens = 1 << 14
}
