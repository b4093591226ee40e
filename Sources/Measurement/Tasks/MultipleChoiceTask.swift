/// Contexts with several continuations each, of which one is right.
///
/// Counted as lm-evaluation-harness 0.4 counts `acc` and `acc_norm` of multiple-choice tasks: the
/// likeliest continuation is the answer; normalised, the likeliest per character of the choice's text,
/// the blank before it left out. Of equally likely ones the first counts.
public struct MultipleChoiceTask: Hashable, Sendable {
  /// A continuation behind its context.
  struct Choice: Hashable, Sendable {
    /// Token ids of the context and the continuation.
    var tokens: [Int]
    /// How many of the last tokens are the continuation's.
    var targets: Int
    /// Characters (Unicode scalars) of the choice's text.
    var length: Int

    /// The tokens that the model reads: the last is only a target.
    var inputs: ArraySlice<Int> { tokens.dropLast() }
    /// Row of the inputs whose logits score the first target.
    var firstScored: Int { tokens.count - 1 - targets }
  }

  /// A context with its choices.
  struct Item: Hashable, Sendable {
    var choices: [Choice]
    /// Index of the right choice.
    var right: Int
    /// Tokens at the beginning of all choices' inputs that go through the model once, up to the first
    /// row that is scored.
    let shared: Int

    init(choices: [Choice], right: Int) {
      self.choices = choices
      self.right = right
      var shared = choices.map(\.firstScored).min() ?? 0
      if let first = choices.first {
        for choice in choices.dropFirst() {
          let same = zip(first.tokens, choice.tokens).prefix { $0 == $1 }.count
          shared = min(shared, same)
        }
      }
      self.shared = max(0, shared)
    }

    /// Tokens that pass through the model.
    var tokens: Int { shared + choices.reduce(0) { $0 + $1.inputs.count - shared } }
    /// Tokens whose keys and values are kept.
    var cachedTokens: Int { choices.reduce(0) { $0 + $1.inputs.count } }

    /// Whether the right choice has the largest of the choices' figures, the first of equal ones.
    func isRight(_ figures: [Double]) -> Bool {
      var best = 0
      for index in figures.indices where figures[index] > figures[best] { best = index }
      return best == right
    }

    /// The figures per character.
    func normalized(_ figures: [Double]) -> [Double] {
      zip(figures, choices).map { $0 / Double($1.length) }
    }
  }

  /// The task's name.
  public var name: String
  var items: [Item]
}
