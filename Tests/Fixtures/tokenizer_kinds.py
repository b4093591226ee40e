"""The kinds of tokenizer.json that published models have, trained on a small corpus.

`train()` gives {name: tokenizer.json as an object}: the pre-tokenizers, normalizers, decoders and
post-processors are those of the hub's files, the vocabularies are small.
"""
import json, os
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers,
                        processors, trainers)

here = os.path.dirname(os.path.abspath(__file__))
texts_folder = f"{here}/../../Sources/lathe/Resources/demo-model/texts"

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACE = r"\s+(?!\S)|\s+"
SIGNS = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|" + SPACE
WORDS = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|"
LLAMA3 = WORDS + r"\p{N}{1,3}|" + SIGNS
QWEN2 = WORDS + r"\p{N}|" + SIGNS
ANY_NUMBER = WORDS + r"\p{N}+|" + SIGNS
QWEN35 = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|" + SPACE)
TIKTOKEN = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"
            r"|\s*[\r\n]|" + SPACE)
BAILING = TIKTOKEN.replace("{1,3}", "")
SMALL = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
CAPITAL = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
CASED_SIGNS = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|" + SPACE
O200K = f"{SMALL}{CONTRACTIONS}?|{CAPITAL}{CONTRACTIONS}?|" + r"\p{N}{1,3}|" + CASED_SIGNS
TEKKEN = f"{SMALL}|{CAPITAL}|" + r"\p{N}|" + CASED_SIGNS
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|" + SPACE
DEEPSEEK3 = ("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
             "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|" + SPACE)
CJK = "[一-龥ࠀ-一가-퟿]+"
# A part of the list in DeepSeek-LLM's file; the reader takes any list.
LETTERS = ("\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕ"
           "ℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻꙀ-ꙭﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𞤀-𞥃]+")
PUNCTUATION = "\\s?[!-/:-~！-／：-～‘-‟　-。]+"


def split(regex, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(regex), behavior, invert)


def byte_level(prefix=False, regex=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix, trim_offsets=True, use_regex=regex)


def sequence(*parts):
    return pre_tokenizers.Sequence(list(parts))


def digits():
    return pre_tokenizers.Digits(individual_digits=True)


BYTE_LEVEL = {
    "llama3": sequence(split(LLAMA3), byte_level()),
    "cl100k-removed": sequence(split(LLAMA3, "removed", True), byte_level()),
    "tiktoken": sequence(split(TIKTOKEN), byte_level()),
    "bailing": sequence(split(BAILING), byte_level()),
    "qwen2": sequence(split(QWEN2), byte_level()),
    "qwen3.5": sequence(split(QWEN35), byte_level()),
    "minicpm": sequence(split(r"\p{N}{1,3}"), split(ANY_NUMBER), byte_level()),
    "deepseek-v3": sequence(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK3), byte_level()),
    "deepseek-v3-alone": sequence(split(DEEPSEEK3), byte_level()),
    "deepseek-llm": sequence(split("[\r\n]"), split(LETTERS), split(PUNCTUATION), split(r"\s+$"),
                             split(CJK), digits(), byte_level()),
    "deepseek-coder": sequence(split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(CJK),
                               digits(), byte_level()),
    "o200k": sequence(split(O200K), byte_level()),
    "gpt-oss": sequence(split(O200K, "removed", True), byte_level()),
    "tekken": sequence(split(TEKKEN), byte_level()),
    "gpt2-split": sequence(split(GPT2), byte_level()),
    "granite": sequence(digits(), byte_level(regex=True)),
    "olmoe": byte_level(regex=True),
    "trailing": sequence(split(r"\s+$"), split(r"[\t]", "merged_with_next"), byte_level()),
    "merged": sequence(split(r"\p{P}", "merged_with_previous"), split(r"\p{N}", "merged_with_next", True),
                       split(r"\s", "contiguous"), split(r"[a-e]+", "removed"), byte_level()),
    "literal": sequence(pre_tokenizers.Split("the", "isolated"), byte_level(regex=True)),
}
NFC = {"qwen2", "qwen3.5", "olmoe"}
IGNORE_MERGES = {"llama3", "gpt-oss"}
MANY = "\u2581"

SAMPLES = [
    "Straße naïve CAFÉ Ångström résumé façade I'm you'LL we've it'S they'd 12345 67,890.5 3²½",
    "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。 日本語のテキストとカタカナ、ひらがな。 한국어 텍스트입니다.",
    "Россия — большая страна. Ελληνικά κείμενα, ΑΒΓΔ. مرحبا بالعالم ١٢٣ שלום עולם हिन्दी में लिखा १२३ ไทย",
    "def f(x):\n    return x ** 2  # comment\r\n\tif a/b//c != 'd': pass\n\n\nHelloWorldHTTPServer iPhone",
    "🙂👩‍👩‍👧 ❤️ 🇩🇪 👍🏽 e\u0301a\u0308o\u0308 \u0301x Ⅳ ½ ²³ ǅ ʰ ª º ß ſ 's 'ſ ﬁ",
]


def corpus():
    lines = []
    for file in sorted(os.listdir(texts_folder)):
        with open(f"{texts_folder}/{file}", newline="") as text:
            lines.append(text.read()[:60000])
    return lines + SAMPLES * 40


def save(tokenizer):
    return json.loads(tokenizer.to_str())


def train_byte_level(name, size=900):
    tokenizer = Tokenizer(models.BPE(ignore_merges=name in IGNORE_MERGES))
    tokenizer.pre_tokenizer = BYTE_LEVEL[name]
    tokenizer.decoder = decoders.ByteLevel()
    if name in NFC:
        tokenizer.normalizer = normalizers.NFC()
    special = ["<|begin_of_text|>", "<|end_of_text|>"]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(corpus(), trainer)
    if name == "llama3":
        template = processors.TemplateProcessing(
            single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)])
        tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    # Runs of spaces as GPT-NeoX and OLMoE add them, and tokens of chat templates.
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in (6, 5, 4)])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False)])
    return save(tokenizer)


def sentencepiece_decoder(strip=True):
    steps = [decoders.Replace(MANY, " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if strip else []))


# name: (normalizer, pre-tokenizer for encoding, decoder, changes to the model, rstrip, bos)
def sentencepiece():
    legacy = normalizers.Sequence([normalizers.Prepend(MANY), normalizers.Replace(" ", MANY)])
    spaces = normalizers.Replace(" ", MANY)
    def metaspace(scheme, cut=False):
        return pre_tokenizers.Metaspace(MANY, scheme, cut)
    return {
        "llama2": (legacy, None, sentencepiece_decoder(), {}, False, True),
        "mixtral": (None, metaspace("first"), sentencepiece_decoder(), {}, False, True),
        "phi3.5": (legacy, None, sentencepiece_decoder(), {}, True, False),
        "metaspace-always-split": (None, metaspace("always", True), decoders.Metaspace(MANY, "always", True), {}, False, True),
        "metaspace-never": (None, metaspace("never"), decoders.Metaspace(MANY, "never", False), {}, False, False),
        "metaspace-first-split": (None, metaspace("first", True), decoders.Metaspace(MANY, "first", True), {}, True, True),
        "no-fallback-fused": (legacy, None, sentencepiece_decoder(), {"byte_fallback": False, "fuse_unk": True}, False, True),
        "no-fallback-single": (legacy, None, sentencepiece_decoder(), {"byte_fallback": False, "fuse_unk": False}, False, True),
        "no-fallback-dropped": (legacy, None, sentencepiece_decoder(), {"byte_fallback": False, "unk_token": None}, False, True),
        "some-bytes": (legacy, None, sentencepiece_decoder(), {"missing_bytes": True}, False, True),
        "whole-words": (spaces, None, sentencepiece_decoder(False), {"ignore_merges": True}, False, True),
        "gemma": (spaces, pre_tokenizers.Split(" ", "merged_with_previous"), sentencepiece_decoder(False), {}, False, True),
        "merges-over-spaces": (legacy, None, sentencepiece_decoder(), {"cross": True}, False, True),
    }


def train_sentencepiece(name, size=900):
    normalizer, pre_tokenizer, decoder, change, rstrip, bos = sentencepiece()[name]
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    # Training needs words; encoding does not cut.
    if change.get("cross"):
        tokenizer.pre_tokenizer = sequence(pre_tokenizers.Metaspace(MANY, "always", False), split(r"[^\n]{1,12}"))
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(MANY, "always", True)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False,
                                  limit_alphabet=160)
    tokenizer.train_from_iterator(corpus(), trainer)
    file = save(tokenizer)
    file["added_tokens"] = []
    vocab, merges = file["model"]["vocab"], file["model"]["merges"]
    # Runs of spaces, as Llama has them.
    for left, right in ((MANY, MANY), (MANY * 2, MANY * 2), (MANY * 2, MANY)):
        if left + right not in vocab:
            vocab[left + right] = len(vocab)
        merges.append([left, right])
    if change.get("missing_bytes"):
        for b in (0xE2, 0xF0, 0xCC):
            vocab[f"<removed {b}>"] = vocab.pop(f"<0x{b:02X}>")
    file["model"].update({k: v for k, v in change.items() if k in file["model"]})
    file["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(file))
    if normalizer: tokenizer.normalizer = normalizer
    if pre_tokenizer: tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    else:
        tokenizer.post_processor = processors.TemplateProcessing(single="$A", pair="$A $B:1", special_tokens=[])
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    if rstrip:
        tokenizer.add_special_tokens([AddedToken(t, normalized=False, rstrip=True) for t in ("<|user|>", "<|end|>")])
    tokenizer.add_tokens([AddedToken("<tool>", normalized=True), AddedToken("word", single_word=True, normalized=False),
                          AddedToken("<mask>", lstrip=True, normalized=False), AddedToken("é!", normalized=True, single_word=True),
                          AddedToken("<both>", lstrip=True, rstrip=True, normalized=True)])
    return save(tokenizer)


def train():
    result = {name: train_byte_level(name) for name in BYTE_LEVEL}
    return result | {name: train_sentencepiece(name) for name in sentencepiece()}
