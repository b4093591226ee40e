"""Writes the tokenizer fixtures with the `tokenizers` library (0.23.3 was used):

tokenizer-variants.json  changes to the demo model's tokenizer.json, with texts and their ids
tokenizer-hashes.json    number and hash of the ids of each demo text, and of every character
                         (all below U+30000) beside a letter, a number and a sign
tokenizer-probe.json     the tokenizer for those: it merges a letter, a number or a sign with the
                         first byte of what follows, so that ids show where text was cut
"""
import json, os, random
from tokenizers import Tokenizer

here = os.path.dirname(os.path.abspath(__file__))
demo = os.path.join(here, "../../Sources/lathe/Resources/demo-model")
base = json.load(open(f"{demo}/checkpoint/tokenizer.json"))


def fnv(ids):
    h = 0xCBF29CE484222325
    for i in ids:
        h = (h ^ i) * 0x100000001B3 % (1 << 64)
    return f"{h:016x}"


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


def added(id, content, normalized=False, special=False):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": normalized, "special": special}


variants = {
    "ByteLevel": {"pre_tokenizer": byte_level()},
    "ByteLevel, prefix space": {"pre_tokenizer": byte_level(prefix=True)},
    "ByteLevel, no pattern": {"pre_tokenizer": byte_level(regex=False)},
    "individual digits, prefix space": {"pre_tokenizer": sequence(digits(True), byte_level(prefix=True))},
    "contiguous digits, no pattern": {"pre_tokenizer": sequence(digits(False), byte_level(regex=False))},
    "canonical composition": {"normalizer": {"type": "NFC"}, "added_tokens": base["added_tokens"] + [
        added(4096, "é"), added(4097, "e\u0301x", normalized=True), added(4098, "e\u0301!")]},
    "template that adds nothing": {"post_processor": {
        "type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {}}},
    "whole pieces first": {"model": {"ignore_merges": True}},
    "merges as texts": {"model": {"merges": [" ".join(pair) for pair in base["model"]["merges"]]}},
    "added tokens": {"added_tokens": base["added_tokens"] + [
        added(4096, "a b", normalized=True), added(4097, " b"), added(4098, "ab", normalized=True),
        added(4099, "abc", special=True), added(4100, "é"), added(4101, "  ", normalized=True),
        added(4102, "the", normalized=True)]},
}
alphabet = list(" \t\n\r  '''stmdrevlLS abcABC019.,!?-_=+()<|>") + [
    "é", "ß", "日", "本", "\u0301", "\u200b", "\u00a0", "\u2028", "\u3000", "\x85", "\x0b", "½", "²",
    "Ⅳ", "٣", "🙂", "👩\u200d👩", "<|endoftext|>", "<|pad|>", "the ", "ing", " and", "a b", "abc", "  "]
rng = random.Random(7)
texts = ["", "a", "ab 12 c"]
texts += ["e\u0301x éx e\u0301! \u212b 가\u11a8 \u1e9b\u0323 a\u0315\u0300 \u0301<|pad|>\u0301"]
texts += ["".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 50))) for _ in range(37)]


def patched(change):
    result = json.loads(json.dumps(base))
    for key, value in change.items():
        result[key] = {**result[key], **value} if key == "model" else value
    return result


cases = []
for name, change in variants.items():
    tokenizer = Tokenizer.from_str(json.dumps(patched(change)))
    if name == "merges as texts":
        change = {"merges_as_texts": True}
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    cases.append({"name": name, "change": change, "ids": ids})
json.dump({"texts": texts, "variants": cases}, open(f"{here}/tokenizer-variants.json", "w"),
          separators=(",", ":"))

letters = list(base["model"]["vocab"])
alphabet = [t for t in letters if len(t) == 1]
vocab = {t: i for i, t in enumerate(alphabet)}
merges = []
for left in "a1!":
    for right in alphabet:
        merges.append([left, right])
        vocab[left + right] = len(vocab)
probe = patched({"pre_tokenizer": byte_level(), "added_tokens": []})
probe["model"]["vocab"], probe["model"]["merges"] = vocab, merges
json.dump(probe, open(f"{here}/tokenizer-probe.json", "w"), separators=(",", ":"), ensure_ascii=False)
probe = Tokenizer.from_str(json.dumps(probe))

demo_tokenizer = Tokenizer.from_str(json.dumps(base))
hashes = {}
for file in sorted(os.listdir(f"{demo}/texts")):
    ids = demo_tokenizer.encode(open(f"{demo}/texts/{file}", newline="").read()).ids
    hashes[file] = {"count": len(ids), "hash": fnv(ids)}
characters = [chr(c) for c in range(0x30000) if not 0xD800 <= c < 0xE000]
ids = probe.encode("".join(f"a{c}1{c}!{c}\n" for c in characters)).ids
json.dump({"texts": hashes, "characters": {"count": len(ids), "hash": fnv(ids)}},
          open(f"{here}/tokenizer-hashes.json", "w"), indent=1)
