import Checkpoint
import Foundation
import Model
import Numerics
import TestSupport
import Testing
import Transformer

/// Models in GGUF files against the checkpoints they were converted from, and against transformers.
struct GGUFModelTests {
  private func logits(_ checkpoint: Checkpoint, _ batch: TokenBatch) throws -> [Float] {
    let pass = ForwardPass(spec: checkpoint.spec, weights: CheckpointWeights(checkpoint))
    return try pass.logits(of: pass.hiddenStates(of: batch)).array
  }

  @Test(arguments: Fixture.families)
  func `a file that llama.cpp converted gives the logits of its checkpoint`(
    _ family: String
  ) throws {
    let fixture = try Fixture(family)
    let file = try GGUFFixture(family)
    let checkpoint = try Checkpoint.open(folder: file.path)
    let reference = try fixture.reference.floats(named: "logits")
    let found = try logits(checkpoint, fixture.batch)
    #expect(largestDifference(found, reference) < 2e-5)
    #expect(checkpoint.extraTensors == [])
    #expect(checkpoint.spec.family == fixture.spec.family)
  }

  @Test(arguments: Fixture.families)
  func `a file has the parameters, FLOPs and bytes of its checkpoint`(_ family: String) throws {
    let fixture = try Fixture(family)
    let file = try GGUFFixture(family)
    let spec = try Checkpoint.open(folder: file.path).spec
    let (found, expected) = (
      spec.ledger(of: Choices(spec)), fixture.spec.ledger(of: Choices(fixture.spec))
    )
    #expect(found == expected)
    #expect(
      spec.flops(tokens: 100, choices: Choices(spec))
        == fixture.spec.flops(tokens: 100, choices: Choices(fixture.spec)))
    #expect(spec.context == fixture.spec.context)
    #expect(spec.normEpsilon == fixture.spec.normEpsilon)
  }

  @Test(arguments: ["deepseek_v2", "deepseek_v3"])
  func `the projection of latent vectors is put together as the checkpoint has it`(
    _ family: String
  ) throws {
    let fixture = try Fixture(family)
    let file = try GGUFFixture(family)
    let checkpoint = try Checkpoint.open(folder: file.path)
    for weights in [
      CheckpointWeights(checkpoint),
      CheckpointWeights(checkpoint, budget: 0, releasesPages: true),
    ] {
      for block in checkpoint.spec.blocks.indices {
        let role = TensorRole.linear(.attention(block: block, .keyValueUp))
        let found = try weights.weight(role)
        let expected = try fixture.weights.weight(role)
        #expect(found.array == expected.array)
        #expect(found.rows == expected.rows)
      }
    }
  }

  @Test func `a model of blocks of all types gives the logits of its decoded weights`() throws {
    let folder = GGUFFixture.folder
    let checkpoint = try Checkpoint.open(folder: folder.appending(path: "quantised.gguf").path)
    let reference = try SafetensorsFile(
      path: folder.appending(path: "quantised.safetensors").path)
    let tokens = try reference.integers(named: "tokens")
    let found = try logits(checkpoint, TokenBatch([tokens]))
    #expect(largestDifference(found, try reference.floats(named: "logits")) < 1e-4)
  }

  @Test func `the bytes of a model of blocks are those of the file's tensors`() throws {
    let path = GGUFFixture.folder.appending(path: "quantised.gguf").path
    let spec = try Checkpoint.open(folder: path).spec
    let ledger = spec.ledger(of: Choices(spec))
    // 48 rows of Q6_K and Q8_0; attention; router; four experts; norms.
    let outside = 48 * 210 + 48 * 8 * 34 + 4 * 256
    let attention = 32 * 144 + 16 * 8 * 24 + 16 * 8 * 20 + 256 * 22 + 2 * 256 + 2 * 4 * 16
    let experts = 4 * 8 * 18 + 4 * 32 * (144 + 176) + 4 * 256 * 17 + 2 * 256
    #expect(ledger.bytes == outside + attention + experts)
    #expect(ledger.bytes == ledger.baselineBytes)
    let encodings: [FeedForwardLinear: StoredEncoding] = [
      .gate: .blocks(.q4K), .up: .blocks(.q5K), .down: .blocks(.mxfp4),
    ]
    for (kind, encoding) in encodings {
      let expert = LinearID.expert(ExpertID(block: 0, expert: 3), kind)
      #expect(spec.encoding(of: expert) == encoding)
    }
  }
}

/// Blocks against gguf-py.
struct GGUFBlockTests {
  private static let formats: [(String, BlockFormat)] = [
    ("Q8_0", .q8_0), ("Q5_0", .q5_0), ("Q5_1", .q5_1), ("Q4_0", .q4_0), ("Q4_1", .q4_1),
    ("Q4_K", .q4K), ("Q5_K", .q5K), ("Q6_K", .q6K), ("MXFP4", .mxfp4),
  ]

  @Test(arguments: formats.indices)
  func `blocks decode to the very numbers that gguf-py decodes them to`(_ index: Int) throws {
    let (name, format) = Self.formats[index]
    let file = try SafetensorsFile(
      path: GGUFFixture.folder.appending(path: "blocks.safetensors").path)
    let expected = try file.floats(named: "\(name).floats")
    let bytes = try file.integers(named: "\(name).blocks").flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    #expect(bytes.count == expected.count / format.length * format.byteCount)
    // At every alignment.
    for offset in 0..<4 {
      let moved = [UInt8](repeating: 0, count: offset) + bytes
      let found = Matrix(uninitialized: 1, expected.count)
      var target = found.mutableRow(0)
      // The bytes are all initialised.
      let span = unsafe moved.span.bytes
      format.decode(span.extracting(offset..<offset + bytes.count), into: &target)
      #expect(found.array == expected, "\(name)")
    }
  }

  @Test func `every format covers the types that a file may have`() {
    #expect(Set(Self.formats.map(\.1)) == Set(BlockFormat.allCases))
  }
}
