import EngineProtocol
import FoundationEssentials
import Measurement
import Model

/// The perplexity of a text, run in this process, for timing.
public struct ForwardBench {
  private let model: LoadedModel
  private let perplexity: Perplexity

  /// Opens a model and encodes the texts, or the bundled evaluation texts.
  ///
  /// - Parameters:
  ///   - name: a folder, or `demo`
  ///   - files: the texts; their whole windows are scored
  ///   - windows: most windows of each text
  ///   - memory: what measuring may have resident
  /// - Throws: what opening or encoding throws.
  public init(
    model name: String, files: [String] = [], windows: Int = .max, memory: MemoryBudget = .standard
  ) throws {
    let library = ModelLibrary(memory: memory)
    model = try library.model(name)
    let texts = try (files.isEmpty ? ShareFolder.texts(endingIn: ".evaluation.txt") : files)
      .map { try DomainText(file: $0) }
    let all = try TokenWindows(
      texts, tokenizer: library.tokenizer(name), windowLength: model.windowLength)
    perplexity = Perplexity(
      model, windows: all.first(windows),
      roundTokens: model.streams ? memory.tokens(model.spec) : Evaluator.roundTokens)
  }

  /// Tokens of the pass.
  public var tokens: Int { perplexity.tokens }
  /// Floating-point operations of the pass, the head included.
  public var operations: Double { perplexity.operations }
  /// Seconds that threads have spent on reading and widening weights so far, added up.
  public var wideningSeconds: Double { model.wideningSeconds }

  /// Runs the pass.
  ///
  /// - Throws: what the weights throw.
  /// - Returns: the perplexity.
  public func run() throws -> Double { try perplexity.measure() }
}
