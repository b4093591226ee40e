/// What a model is asked to do.
public struct Workload: Hashable, Codable, Sendable {
  /// Tokens of each sequence while it is continued: what the cache holds.
  public var context: Int
  /// Sequences side by side.
  public var batch: Int
  /// Tokens of each prompt.
  public var prompt: Int
  /// Bytes of an element of keys and values.
  public var cacheElementBytes: Int

  /// A workload; without `prompt`, the prompts fill the context.
  public init(context: Int, batch: Int = 1, prompt: Int? = nil, cacheElementBytes: Int = 2) {
    self.context = max(1, context)
    self.batch = max(1, batch)
    self.prompt = min(max(1, prompt ?? context), self.context)
    self.cacheElementBytes = cacheElementBytes
  }

  private enum CodingKeys: String, CodingKey {
    case context, batch, prompt
    case cacheElementBytes = "cache_element_bytes"
  }
}
