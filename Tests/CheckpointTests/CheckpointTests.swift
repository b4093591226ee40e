import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private func fixture(_ name: String) -> String {
    TestFolders.fixtures.appending(path: name).path
  }

  @Test(arguments: Family.all.map(\.modelType))
  func `every tensor of a fixture can be read`(family: String) throws {
    let checkpoint = try Checkpoint.open(folder: fixture(family))
    #expect(checkpoint.spec.family == family)
    #expect(checkpoint.spec.name == family)
    #expect(checkpoint.extraTensors.isEmpty)
    for tensor in checkpoint.spec.tensors {
      checkpoint.withBytes(of: tensor.role) { bytes in
        #expect(bytes.byteCount == tensor.bytes, "\(tensor.name)")
      }
      #expect(checkpoint.encoding(of: tensor.role) == .elements(.float32))
      checkpoint.releasePages(of: tensor.role)
    }
  }

  @Test func `a role's bytes are those of the tensor of its name`() throws {
    let checkpoint = try Checkpoint.open(folder: fixture("olmoe"))
    let file = try SafetensorsFile(path: fixture("olmoe/model.safetensors"))
    for (role, name) in [
      (TensorRole.finalNorm, "model.norm.weight"),
      (.queryNorm(block: 1), "model.layers.1.self_attn.q_norm.weight"),
      (
        .linear(.expert(ExpertID(block: 2, expert: 5), .down)),
        "model.layers.2.mlp.experts.5.down_proj.weight"
      ),
    ] {
      let first = checkpoint.withBytes(of: role) { bytes in
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: Float.self)
      }
      #expect(try file.floats(named: name).first == first)
    }
  }

  @Test func `the bundled model opens as bfloat16`() throws {
    let checkpoint = try Checkpoint.open(
      folder: TestFolders.demo.appending(path: "checkpoint").path, name: "demo")
    #expect(checkpoint.spec.name == "demo")
    #expect(checkpoint.spec.encoding == .elements(.bfloat16))
    #expect(checkpoint.spec.encodingExceptions.isEmpty)
    #expect(checkpoint.spec.tensors.reduce(0) { $0 + $1.elements } == 16_818_432)
    #expect(checkpoint.spec.moeBlocks == Array(0..<8))
  }

  @Test func `weights of mixed types are told apart`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let router = "model.layers.0.mlp.gate.weight"
    try copy.rewriteWeights { tensors in
      for index in tensors.indices where tensors[index].name != router {
        let tensor = tensors[index]
        tensors[index] = .init(
          name: tensor.name, type: .bfloat16, shape: tensor.shape,
          bytes: [UInt8](repeating: 0, count: tensor.bytes.count / 2))
      }
    }
    let spec = try copy.open().spec
    #expect(spec.encoding == .elements(.bfloat16))
    #expect(spec.encodingExceptions == [router: .elements(.float32)])
  }

  @Test func `tensors the model does not need are listed, not refused`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.rewriteWeights {
      $0.append(.init(name: "model.rotary.inv_freq", shape: [1], floats: [1]))
    }
    #expect(try copy.open().extraTensors == ["model.rotary.inv_freq"])
  }

  @Test func `a missing tensor is named`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    let name = "model.layers.1.mlp.experts.7.up_proj.weight"
    try copy.rewriteWeights { $0.removeAll { $0.name == name } }
    #expect(
      failure { () throws(CheckpointError) in try copy.open() }
        == .tensor(file: copy.path("model.safetensors"), tensor: name, .missing))
  }

  @Test func `a tensor of the wrong shape is named with both shapes`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.rewriteWeights { tensors in
      for index in tensors.indices where tensors[index].name == "model.norm.weight" {
        tensors[index].shape = [8, 8]
      }
    }
    let problem = failure { () throws(CheckpointError) in try copy.open() }
    #expect(
      problem
        == .tensor(
          file: copy.path("model.safetensors"), tensor: "model.norm.weight",
          .shape(found: [8, 8], expected: [64])))
    #expect(
      problem?.description.hasSuffix(
        "tensor \"model.norm.weight\" has shape [8, 8], but config.json needs [64]; "
          + "check that config.json belongs to these weights") == true)
  }

  @Test func `a tensor that is no weight type is named with its type`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.rewriteWeights { tensors in
      for index in tensors.indices where tensors[index].name == "lm_head.weight" {
        tensors[index].type = .int32
      }
    }
    #expect(
      failure { () throws(CheckpointError) in try copy.open() }
        == .tensor(
          file: copy.path("model.safetensors"), tensor: "lm_head.weight",
          .type(found: .int32, expected: "F32, F16 or BF16")))
  }

  @Test func `a checkpoint of 100 GB opens without reading its weights`() throws {
    let folder = try ScratchFolder()
    try SparseCheckpoint.write(to: folder)
    let start = ContinuousClock.now
    let checkpoint = try Checkpoint.open(folder: folder.path)
    print("100 GB, 10,002 tensors, 20 shards: opened in \(ContinuousClock.now - start)")
    #expect(checkpoint.spec.roles.count == 10_002)
    #expect(checkpoint.spec.tensors.reduce(0) { $0 + $1.bytes } > 100_000_000_000)
    checkpoint.withBytes(of: .head) { bytes in
      #expect(bytes.byteCount == 102_400 * 2048 * 2)
    }
  }

  // MARK: - Folders

  private func problem(_ folder: String) -> CheckpointError? {
    failure { () throws(CheckpointError) in try Checkpoint.open(folder: folder) }
  }

  @Test func `a folder that does not exist is named`() throws {
    let path = try ScratchFolder().path("nothing")
    #expect(problem(path) == .file(path: path, .missing))
  }

  @Test func `an empty folder is refused as one`() throws {
    let folder = try ScratchFolder()
    #expect(problem(folder.path) == .file(path: folder.path, .emptyFolder))
  }

  @Test func `a file is no folder`() throws {
    let path = fixture("olmoe/config.json")
    #expect(problem(path) == .file(path: path, .isNoFolder))
  }

  @Test func `a folder without permission is refused`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.folder.setPermissions(0, of: "")
    let found = withoutRootRights { problem(copy.path) }
    #expect(found == .file(path: copy.path, .notPermitted))
    try copy.folder.setPermissions(0o700, of: "")
  }

  @Test func `weights without permission are refused`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.folder.setPermissions(0o755, of: "")
    try copy.folder.setPermissions(0o644, of: "config.json")
    try copy.folder.setPermissions(0, of: "model.safetensors")
    let found = withoutRootRights { problem(copy.path) }
    #expect(found == .file(path: copy.path("model.safetensors"), .notPermitted))
  }

  @Test func `a folder without config is refused`() throws {
    let copy = try CheckpointCopy(of: "olmoe")
    try copy.remove("config.json")
    #expect(problem(copy.path) == .file(path: copy.path, .lacks("config.json")))
  }

  @Test func `a folder without weights is refused, but described`() throws {
    let folder = fixture("configs/olmoe-1b-7b")
    #expect(problem(folder) == .file(path: folder, .noWeights))
    #expect(!Checkpoint.hasWeights(folder: folder))
    #expect(Checkpoint.hasWeights(folder: fixture("olmoe")))
    #expect(try Checkpoint.describe(folder: folder).family == "olmoe")
  }

  @Test func `a description from headers is the opened structure`() throws {
    #expect(
      try Checkpoint.describe(folder: fixture("mixtral"))
        == Checkpoint.open(folder: fixture("mixtral")).spec)
  }
}
