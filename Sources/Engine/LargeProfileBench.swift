import EngineProtocol
import FoundationEssentials
import Measurement
import Model

/// A calibration pass over one large model within a memory budget, run in this process, for timing.
public struct LargeProfileBench {
  private let model: LoadedModel
  private let windows: TokenWindows

  /// Opens the model in a folder and encodes the bundled calibration texts.
  ///
  /// - Throws: what opening or encoding throws.
  public init(folder: String, memory: Int, tokens: Int) throws {
    let library = ModelLibrary(memory: MemoryBudget(bytes: memory))
    model = try library.model(folder)
    let texts = try ShareFolder.texts(endingIn: ".calibration.txt").map { try DomainText(file: $0) }
    windows = try TokenWindows(
      texts, tokenizer: library.tokenizer(folder), windowLength: model.windowLength
    ).sample(tokens: tokens, seed: 0)
  }

  /// Tokens of the pass.
  public var tokens: Int { windows.tokens }

  /// Floating-point operations of the pass, the head left out.
  public var operations: Double {
    let spec = model.spec
    let window = model.windowLength
    let all = spec.flops(tokens: window, choices: Choices(spec))
    let head = 2 * Double(window * spec.vocabulary * spec.hidden)
    return (all - head) * Double(tokens / window)
  }

  /// Runs the pass.
  ///
  /// - Throws: what the pass throws.
  public func run() throws {
    _ = try CalibrationPass(model, windows: windows, seed: 0, version: Version.current).run()
  }

  /// The most memory this process has had resident, in GiB, as the kernel counts it.
  public var peakGibibytes: Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) }
    return (kibibytes ?? .nan) / 0x1p20
  }
}
