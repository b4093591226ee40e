import Model

/// `model.safetensors.index.json`: which shard each tensor lies in.
struct WeightIndex {
  /// The path of the index.
  let path: String
  /// The shards' file names, sorted.
  let shards: [String]
  private let shardOfTensor: [String: String]

  /// Reads the index in `folder` and checks that its shards are files in the same folder.
  init(in folder: Folder) throws(CheckpointError) {
    path = folder.file(WeightFiles.indexName)
    shardOfTensor = try Self.weightMap(at: path)
    shards = Set(shardOfTensor.values).sorted()
    for shard in shards {
      guard !shard.isEmpty, shard != ".", shard != "..", !shard.contains("/"),
        !shard.contains("\0")
      else { throw .index(file: path, .outsideFolder(shard: shard)) }
      guard folder.contains(shard) else { throw .index(file: path, .missingShard(shard)) }
    }
  }

  private static func weightMap(at path: String) throws(CheckpointError) -> [String: String] {
    let mapped = try MappedFile(path: path)
    let json = try JSONParser.parse(mapped.copy(of: 0..<mapped.count), file: path)
    guard json.members != nil else { throw .index(file: path, .notAnObject) }
    guard let members = json["weight_map"]?.members, !members.isEmpty else {
      throw .index(file: path, .noWeightMap)
    }
    var shardOfTensor: [String: String] = [:]
    shardOfTensor.reserveCapacity(members.count)
    for member in members {
      guard let shard = member.value.text else {
        throw .index(file: path, .shardNotAName(tensor: member.key))
      }
      shardOfTensor[member.key] = shard
    }
    return shardOfTensor
  }

  /// The place in `files` of each tensor's shard; `files` stand in the order of `shards`.
  ///
  /// Tensors that a shard has but the index does not list are found too.
  func resolve(in files: [SafetensorsFile]) throws(CheckpointError) -> [String: Int] {
    var resolved: [String: Int] = [:]
    resolved.reserveCapacity(shardOfTensor.count)
    for (index, file) in files.enumerated() {
      for entry in file.entries {
        let listed = shardOfTensor[entry.name]
        if listed == nil || listed == shards[index] { resolved[entry.name] = index }
      }
    }
    if let stray = shardOfTensor.keys.filter({ resolved[$0] == nil }).min() {
      throw problem(of: stray, in: files)
    }
    return resolved
  }

  private func problem(of tensor: String, in files: [SafetensorsFile]) -> CheckpointError {
    let listed = shardOfTensor[tensor] ?? ""
    if let actual = files.first(where: { $0.entry(named: tensor) != nil }) {
      return .tensor(file: actual.path, tensor: tensor, .inAnotherShard(listed: listed))
    }
    let file = shards.firstIndex(of: listed).map { files[$0].path } ?? path
    return .tensor(file: file, tensor: tensor, .absentFromShard)
  }
}
