import Checkpoint
import Foundation
@testable import Measurement
import Model
import Numerics
import Synchronization
import TestSupport
import Transformer

/// A tiny checkpoint of every family, with two sequences of tokens.
struct FixtureModel {
  static let families = [
    "olmoe", "mixtral", "deepseek", "qwen2_moe", "qwen3_moe", "deepseek_v2", "deepseek_v3",
    "glm4_moe", "granitemoe", "gpt_oss", "phimoe",
  ]

  let model: LoadedModel
  let sequences: [[Int]]

  init(_ family: String) throws {
    let folder = TestFolders.fixtures.appending(path: family)
    model = LoadedModel(try Checkpoint.open(folder: folder.path))
    let reference = try SafetensorsFile(
      path: folder.appending(path: "reference.safetensors").path)
    let tokens = try reference.integers(named: "input_ids")
    let length = reference.entry(named: "input_ids")?.shape.last ?? tokens.count
    sequences = stride(from: 0, to: tokens.count, by: length).map {
      Array(tokens[$0..<$0 + length])
    }
  }

  var spec: ModelSpec { model.spec }
  var batch: TokenBatch { TokenBatch(sequences) }
  /// Each sequence is a domain of one window.
  var windows: TokenWindows {
    TokenWindows(
      domains: sequences.enumerated().map { DomainWindows(name: "\($0)", windows: [$1]) })
  }

  /// What every MoE layer read.
  func samples() throws -> [MoELayerSample] {
    var samples: [MoELayerSample] = []
    try MoELayerSamples(model, windows, tokens: 1 << 20).forEach(cancellation: nil) { sample, _ in
      samples.append(sample)
    }
    return samples
  }
}

/// Keeps copies of the residual stream around every half.
final class ResidualRecorder: ActivationObserver {
  struct Record {
    var inputs: [Int: Matrix] = [:]
    var attention: [Int: (before: Matrix, after: Matrix)] = [:]
    var feedForward: [Int: (before: Matrix, after: Matrix)] = [:]
  }

  private let state = Mutex(Record())
  var record: Record { state.withLock(\.self) }

  func blockInput(_ block: Int, _ hidden: Matrix) {
    let copy = Self.copy(hidden)
    state.withLock { $0.inputs[block] = copy }
  }

  func attention(_ block: Int, before: Matrix, after: Matrix) {
    let copies = (Self.copy(before), Self.copy(after))
    state.withLock { $0.attention[block] = copies }
  }

  func feedForward(_ block: Int, before: Matrix, after: Matrix) {
    let copies = (Self.copy(before), Self.copy(after))
    state.withLock { $0.feedForward[block] = copies }
  }

  private static func copy(_ matrix: Matrix) -> Matrix {
    Matrix(rows: matrix.rows, columns: matrix.columns, matrix.array)
  }
}

/// `1 - mean cosine` in float64.
func naiveImportance(_ before: Matrix, _ after: Matrix) -> Double {
  let cosines = (0..<before.rows).map { row -> Double in
    let (x, y) = (before.rows(row..<row + 1).array, after.rows(row..<row + 1).array)
    func product(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
  }
  return 1 - cosines.reduce(0, +) / Double(cosines.count)
}
