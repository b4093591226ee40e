/// What the name of a pre-tokenizer in a GGUF file stands for.
///
/// Names are llama.cpp's; what they stand for is what the `tokenizer.json` of the models they were
/// given for says, normalizer included.
struct NamedPreTokenizer: Sendable {
  /// How text is cut.
  var steps: [PreTokenizer.Step]
  /// Whether text is composed first.
  var isComposed = false
  /// Whether pieces that are tokens are not merged but taken whole.
  var ignoresMerges = false
  /// Whether a text starts with the token for its beginning, unless the file says otherwise.
  var startsText = false

  /// The names that are known, sorted.
  static let names = byName.keys.sorted()

  /// What `name` stands for; `nil` if it is not known.
  init?(_ name: String) {
    guard let known = Self.byName[name] else { return nil }
    self = known
  }

  private init(
    _ steps: [PreTokenizer.Step], isComposed: Bool = false, ignoresMerges: Bool = false,
    startsText: Bool = false
  ) {
    self.steps = steps
    self.isComposed = isComposed
    self.ignoresMerges = ignoresMerges
    self.startsText = startsText
  }

  private static let byName: [String: NamedPreTokenizer] = {
    let bytes = PreTokenizer.Step.byteLevel(
      PreTokenizer.ByteLevel(addsPrefixSpace: false, usesPattern: false))
    let gpt2 = PreTokenizer.Step.byteLevel(
      PreTokenizer.ByteLevel(addsPrefixSpace: false, usesPattern: true))
    func words(_ longestNumber: Int) -> [PreTokenizer.Step] {
      [split(.words(WordPattern(longestNumber: longestNumber))), bytes]
    }
    let llama3 = NamedPreTokenizer(words(3), ignoresMerges: true, startsText: true)
    let qwen2 = NamedPreTokenizer(words(1), isComposed: true)
    let cased = CasedWordPattern(longestNumber: 3, takesContractions: true)
    let o200k = NamedPreTokenizer([split(.casedWords(cased)), bytes], ignoresMerges: true)
    let tekken = CasedWordPattern(longestNumber: 1, takesContractions: false)
    let digits = NamedPreTokenizer([.digits(.individually), gpt2])
    let groups: [([String], NamedPreTokenizer)] = [
      (["gpt-2", "phi-2", "gigachat", "mellum", "exaone4"], NamedPreTokenizer([gpt2])),
      (["olmo", "mpt"], NamedPreTokenizer([gpt2], isComposed: true)),
      (["smollm", "starcoder", "refact", "codeshell", "exaone", "minerva-7b"], digits),
      (["llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2"], llama3),
      (["dbrx", "smaug-bpe", "glm4", "chatglm-bpe"], NamedPreTokenizer(words(3))),
      (["qwen2", "deepseek-r1-qwen", "megrez"], qwen2),
      (["hunyuan", "solar-open", "grok-2", "bailingmoe"], NamedPreTokenizer(words(1))),
      (
        ["qwen35"],
        NamedPreTokenizer(
          [split(.words(WordPattern(longestNumber: 1, marksAreLetters: true))), bytes],
          isComposed: true)
      ),
      (["gpt-4o", "llama4", "kanana2"], o200k),
      (
        ["tekken"],
        NamedPreTokenizer(
          [split(.casedWords(tekken)), bytes], ignoresMerges: true, startsText: true)
      ),
      (["deepseek-llm"], NamedPreTokenizer(deepSeek + [.digits(.individually), bytes])),
      (["deepseek-coder"], NamedPreTokenizer(deepSeekCoder + [.digits(.individually), bytes])),
      (["deepseek-v3", "hunyuan-dense", "joyai-llm"], NamedPreTokenizer(deepSeekV3 + [bytes])),
    ]
    var byName: [String: NamedPreTokenizer] = [:]
    for (names, known) in groups {
      for name in names { byName[name] = known }
    }
    return byName
  }()

  private static func split(_ pattern: SplitPattern) -> PreTokenizer.Step {
    .split(Split(pattern: pattern, behavior: .isolated, isInverted: false))
  }
}

// MARK: - DeepSeek's lists of characters

extension NamedPreTokenizer {
  private static let han = "[一-龥ࠀ-一가-\u{D7FF}]+"

  /// Letters with a case, as the file of DeepSeek-LLM lists them.
  private static let letters =
    #"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-"#
    + #"ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ"#
    + #"-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ"#
    + #"-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"#

  private static let deepSeek = runs([
    #"[\r\n]"#, letters, #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#, han,
  ])

  private static let deepSeekCoder = runs([
    #"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, han,
  ])

  private static let deepSeekV3 =
    runs([#"\p{N}{1,3}"#, "[一-龥\u{3040}-ゟ゠-ヿ]+"])
    + [split(.deepSeekV3(DeepSeekV3Pattern()))]

  private static func runs(_ patterns: [String]) -> [PreTokenizer.Step] {
    patterns.compactMap { SplitPattern(regex: $0).map(split) }
  }
}
