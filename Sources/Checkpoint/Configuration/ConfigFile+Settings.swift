import Model

/// Limits that keep a hostile or mistyped config from asking for more than memory holds; real
/// models stay far below them.
enum StructureLimit {
  static let blocks = 1...4096
  static let experts = 1...65536
  static let allExperts = 1 << 18
  static let width = 1...(1 << 20)
  static let vocabulary = 1...(1 << 24)
  static let context = 1...(1 << 40)
}

/// The settings that several families share, in both spellings of `config.json`: the hub's
/// (`rope_theta`, `torch_dtype`) and transformers 5's (`rope_parameters`, `dtype`).
extension ConfigFile {
  /// Width of a layer, in units.
  func width(_ key: ConfigKey) throws(CheckpointError) -> Int {
    try integer(key, in: StructureLimit.width)
  }

  /// The product of two settings that make up a width, such as heads times head dimension.
  func width(
    _ first: Int, times key: ConfigKey, _ second: Int
  ) throws(CheckpointError) -> Int {
    let (product, overflow) = first.multipliedReportingOverflow(by: second)
    guard !overflow, StructureLimit.width.contains(product) else {
      let allowed = "at most \(StructureLimit.width.upperBound / max(first, 1))"
      throw error(key, .outOfRange(value: "\(second)", allowed: allowed))
    }
    return product
  }

  /// The attention half with plain multi-head or grouped-query attention.
  func attention(
    queryKeyNorm: QueryKeyNorm = .none
  ) throws(CheckpointError) -> AttentionSpec {
    let hidden = try width("hidden_size")
    let heads = try integer("num_attention_heads", in: 1...hidden)
    let keyValueHeads = try integer("num_key_value_heads", in: 1...heads)
    guard heads % keyValueHeads == 0 else {
      let allowed = "a divisor of num_attention_heads (\(heads))"
      throw error("num_key_value_heads", .outOfRange(value: "\(keyValueHeads)", allowed: allowed))
    }
    let dimension = try headDimension(hidden: hidden, heads: heads)
    return AttentionSpec(
      heads: heads, keyValueHeads: keyValueHeads, headDimension: dimension,
      queryKeyNorm: queryKeyNorm)
  }

  private func headDimension(hidden: Int, heads: Int) throws(CheckpointError) -> Int {
    let stated = try optionalInteger("head_dim", in: StructureLimit.width)
    guard stated != nil || hidden % heads == 0 else {
      let allowed = "a divisor of hidden_size (\(hidden))"
      throw error("num_attention_heads", .outOfRange(value: "\(heads)", allowed: allowed))
    }
    let dimension = stated ?? hidden / heads
    guard dimension % 2 == 0 else {
      let allowed = "even, as rotary embedding pairs its values"
      throw error("head_dim", .outOfRange(value: "\(dimension)", allowed: allowed))
    }
    _ = try width(heads, times: "head_dim", dimension)
    return dimension
  }

  /// The layers of a list such as `mlp_only_layers`; none where the key is missing.
  func integers(_ key: ConfigKey) throws(CheckpointError) -> [Int] {
    guard let value = value(key) else { return [] }
    let problem = error(key, .wrongType(expected: "a list of whole numbers", found: value.kind))
    guard let elements = value.elements else { throw problem }
    var integers: [Int] = []
    for element in elements {
      guard let integer = element.integer else { throw problem }
      integers.append(integer)
    }
    return integers
  }

  /// `true` or `false`; `standard` where the key is missing.
  func bool(_ key: ConfigKey, standard: Bool) throws(CheckpointError) -> Bool {
    value(key) == nil ? standard : try bool(key)
  }

  /// A router that takes the softmax over all experts first.
  func softmaxRouter(
    renormalized: Bool, experts: Int
  ) throws(CheckpointError) -> RouterSpec {
    let picked = try integer("num_experts_per_tok", in: 1...experts)
    return RouterSpec(kind: .softmaxThenTopK(renormalized: renormalized), expertsPerToken: picked)
  }

  /// The type the weights are said to have; `nil` when the config does not say.
  func storedType() throws(CheckpointError) -> StoredType? {
    let key: ConfigKey = value("dtype") == nil ? "torch_dtype" : "dtype"
    guard value(key) != nil else { return nil }
    let name = try text(key)
    let types = [
      "float32": StoredType.float32, "float16": .float16, "bfloat16": .bfloat16,
    ]
    guard let type = types[name] else {
      throw error(
        key, .unsupported(value: "\"\(name)\"", supported: "float32, float16, bfloat16"))
    }
    return type
  }

  /// Refuses a setting other than `supported`.
  func require(_ key: ConfigKey, _ supported: String) throws(CheckpointError) {
    let found = try text(key)
    guard found == supported else {
      throw error(key, .unsupported(value: "\"\(found)\"", supported: supported))
    }
  }

  /// Refuses a setting unless it is missing, `null` or `false`.
  func refuse(_ key: ConfigKey, supported: String) throws(CheckpointError) {
    guard let value = value(key), value != .bool(false) else { return }
    throw error(key, .unsupported(value: value.kind, supported: supported))
  }
}
