import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

/// The ledger of every family, against the bytes that lie in its fixture's files.
struct FamilyLedgerTests {
  static let families = Family.all.map(\.modelType)

  private func spec(_ family: String) throws -> ModelSpec {
    try Checkpoint.describe(folder: TestFolders.fixtures.appending(path: family).path)
  }

  private func plan(_ spec: ModelSpec, _ edits: String...) throws -> Plan {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return plan
  }

  private func bytes(_ spec: ModelSpec) -> Int { spec.tensors.reduce(0) { $0 + $1.bytes } }

  @Test(arguments: families)
  func `the tensors' bytes are the files', and the empty plan's`(_ family: String) throws {
    let folder = TestFolders.fixtures.appending(path: family)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    var stored = 0
    for name in names where name.hasPrefix("model") && name.hasSuffix(".safetensors") {
      let file = try SafetensorsFile(path: folder.appending(path: name).path)
      stored += file.entries.reduce(0) { $0 + $1.range.count }
    }
    let spec = try spec(family)
    let ledger = spec.ledger(of: Choices(spec))
    #expect(bytes(spec) == stored)
    #expect(ledger.bytes == stored)
    #expect(ledger.baselineBytes == stored)
    #expect(ledger.parameters == stored / 4)
    #expect(ledger.activeParameters < ledger.parameters)
  }

  @Test(arguments: families)
  func `dropped experts take their rows, biases and parts of stacked tensors along`(
    _ family: String
  ) throws {
    let spec = try spec(family)
    let plan = try plan(spec, "drop experts 1.1, 1.4, 2.6")
    // As if the family had been trained with fewer experts.
    var smaller = spec
    for (block, dropped) in [(1, 2), (2, 1)] {
      guard case .moe(var moe) = smaller.blocks[block].feedForward else { continue }
      moe.experts -= dropped
      smaller.blocks[block].feedForward = .moe(moe)
    }
    let ledger = spec.ledger(of: plan.choices)
    #expect(ledger.bytes == bytes(smaller))
    #expect(ledger.parameters == bytes(smaller) / 4)
  }

  @Test(arguments: families)
  func `dropped halves take all their tensors along`(_ family: String) throws {
    let spec = try spec(family)
    let roles = spec.tensors
    func size(_ tensors: [TensorSpec]) -> Int { tensors.reduce(0) { $0 + $1.bytes } }
    let whole = spec.ledger(of: try plan(spec, "drop block 1").choices)
    #expect(whole.bytes == size(roles.filter { $0.role.block != 1 }))
    let attention = spec.ledger(of: try plan(spec, "drop attention 1").choices)
    let moe = spec.ledger(of: try plan(spec, "drop moe 1").choices)
    let block = size(roles.filter { $0.role.block == 1 })
    #expect(attention.blockBytes[1] + moe.blockBytes[1] == block)
    let kept = roles.filter {
      $0.role.block == 1 && ($0.name.contains("self_attn") || $0.name.contains("input_layernorm"))
    }
    #expect(moe.blockBytes[1] == size(kept))
  }

  @Test(arguments: families)
  func `quantised linears cost what their codes and scales take`(_ family: String) throws {
    let spec = try spec(family)
    let choices = try plan(spec, "bits 4 all group channel").choices
    let linears = spec.blocks.indices.flatMap { spec.linears(ofBlock: $0) }
    let stored = linears.reduce(0) { sum, linear in
      let (rows, columns) = spec.shape(of: linear)
      return sum + 4 * rows * columns
    }
    let packed = linears.reduce(0) { sum, linear in
      let (rows, columns) = spec.shape(of: linear)
      return sum
        + Quantization(bits: 4, group: .channel, symmetric: false)
        .bytes(rows: rows, columns: columns)
    }
    #expect(spec.ledger(of: choices).bytes == bytes(spec) - stored + packed)
  }
}

/// Edits of families whose attention is latent, and whose experts come in groups.
struct LatentAttentionEditTests {
  private func spec(_ family: String) throws -> ModelSpec {
    try Checkpoint.describe(folder: TestFolders.fixtures.appending(path: family).path)
  }

  private func choices(_ spec: ModelSpec, _ edit: String) throws -> Choices {
    var plan = Plan(for: spec)
    try plan.apply(Edit(parsing: edit), spec: spec, profile: nil)
    return plan.choices
  }

  @Test func `latent projections have names of their own`() throws {
    let spec = try spec("deepseek_v3")
    let names = ["qa", "qb", "kva", "kvb", "o"]
    #expect(spec.blocks[0].attention.linears.map(\.rawValue) == names)
    for name in names {
      let kind = try #require(AttentionLinear(rawValue: name))
      #expect(try choices(spec, "bits 4 \(name)").blocks[2].precision(of: kind)?.bits == 4)
      #expect("\(try Edit(parsing: "bits 4 \(name) 1..2"))" == "bits 4 \(name) 1..2")
      #expect(try choices(spec, "bits 8 linear 1.\(name)").blocks[1].precision(of: kind)?.bits == 8)
      #expect(LinearID(parsing: "1.\(name)") == .attention(block: 1, kind))
    }
    #expect(
      try choices(spec, "bits 4 attention").blocks[1].attention.allSatisfy {
        $0.precision.bits == 4
      })
  }

  @Test func `V2-Lite projects queries directly`() throws {
    let spec = try spec("deepseek_v2")
    #expect(spec.blocks[0].attention.linears == [.query, .keyValueDown, .keyValueUp, .output])
    #expect(try choices(spec, "bits 4 q").blocks[1].precision(of: .query)?.bits == 4)
  }

  @Test(arguments: ["bits 4 k", "bits 4 v 1", "bits 4 q", "bits 4 linear 1.q"])
  func `a projection that the family does not have is refused`(edit: String) throws {
    let spec = try spec("deepseek_v3")
    #expect(throws: EditError.self) { try choices(spec, edit) }
    do {
      _ = try choices(spec, edit)
    } catch let error as EditError {
      guard case .unknown = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func `every group keeps what a token may need`() throws {
    // 8 experts in 4 groups, of which a token uses 2 experts from 2 groups.
    let spec = try spec("deepseek_v3")
    _ = try choices(spec, "drop experts 1.0, 1.2, 1.4, 1.6")
    #expect(
      throws: EditError.tooFewExpertsInGroup(block: 1, experts: 2...3, kept: 0, needed: 1)
    ) { try choices(spec, "drop experts 1.2..3") }
    #expect(
      EditError.tooFewExpertsInGroup(block: 1, experts: 2...3, kept: 0, needed: 1).description
        == "block 1 would keep 0 of experts 2 to 3 but its router needs 1 in each such group;"
        + " keep at least 1, or drop its MoE layer")
    _ = try choices(spec, "drop moe 1")
  }
}
