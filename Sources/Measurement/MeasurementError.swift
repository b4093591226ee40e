/// Why something cannot be measured.
public enum MeasurementError: Error, Hashable, Sendable {
  /// A text is too short to score a single token.
  case textTooShort(domain: String, tokens: Int)
  /// There are no texts, and none came with Lathe.
  case noTexts
  /// A text file cannot be read.
  case unreadable(file: String, reason: String)
  /// A line of a task file is not an item.
  case badTask(file: String, line: Int, TaskProblem)
  /// The reference file lacks a tensor, or has it in another shape.
  case reference(tensor: String, reason: String)
  /// The prompt and its continuation do not fit the model's context.
  case contextExceeded(tokens: Int, context: Int)
}

extension MeasurementError: CustomStringConvertible {
  /// The file or thing, the reason and what to do.
  public var description: String {
    switch self {
    case .textTooShort(let domain, let tokens):
      "\(domain): it has \(tokens) tokens, too few to score one; give a longer text"
    case .noTexts: "there is no text to measure on; name one with --data FILE"
    case .unreadable(let file, let reason): "\(file): \(reason); give a readable UTF-8 text file"
    case .badTask(let file, let line, let problem): "\(file): line \(line): \(problem)"
    case .reference(let tensor, let reason):
      "\(tensor): \(reason); give a reference file made for this model"
    case .contextExceeded(let tokens, let context):
      "\(tokens) tokens do not fit the model's context of \(context); shorten the prompt or --tokens"
    }
  }
}
