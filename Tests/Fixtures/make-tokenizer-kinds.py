"""Writes tokenizer-kinds.json with the `tokenizers` library (0.23.3 was used): texts, and for each
kind of tokenizer.json that published models have, the number and hash of all ids, and of the
decoded texts' bytes.

Byte-level kinds are changes to the demo model's file; those of sentencepiece to one in the fixture.
"""
import json, os, random
import tokenizer_kinds as kinds
from tokenizers import Tokenizer

here = os.path.dirname(os.path.abspath(__file__))
demo = json.load(open(f"{here}/../../Sources/lathe/Resources/demo-model/checkpoint/tokenizer.json"))
MARKS = list(" \t\n\r  '''stmdrevlLSTMDREV abcABC019.,!?-_=+()<|>/$") + [
    "\r\n", "\n\n", "\n \n", "  ", "    ", "'ſ", "'LL", "'Re", "é", "ß", "日", "一", "龥", "가", "힣", "\u0301",
    "e\u0301", "\u200b", "\u00a0", "\u2028", "\u3000", "。", "～", "‘", "\x85", "\x0b", "\0", "½", "²", "Ⅳ", "٣",
    "१", "𝟘", "🙂", "👩\u200d👩", "ǅ", "ʰ", "ª", "Ω", "Я", "я", "ﬁ", "𐐀", "𞤀", "अ", "ि", "ไ", "้", "ش", "ِ", "the ",
    "ing", " and", "▁", "▁▁", "<unk>", "<s>", "</s>", "<|user|>", "<tool>", "word", "<mask>", "é!", "<both>",
    "<think>", "<0x41>", "HelloWorld", "iPhone", "HTTPServer", "\u0818", "\u08d3", "\U00016ff4"]
rng = random.Random(11)
texts = ["", " ", "a", "\n", "Hello  world\n", *kinds.SAMPLES]
texts += ["".join(rng.choice(MARKS) for _ in range(rng.randrange(1, 40))) for _ in range(190)]


def fnv(numbers):
    h = 0xCBF29CE484222325
    for n in numbers:
        h = (h ^ n) * 0x100000001B3 % (1 << 64)
    return f"{h:016x}"


def expected(file):
    tokenizer = Tokenizer.from_str(json.dumps(file))
    encoded = [e.ids for e in tokenizer.encode_batch(texts)]
    decoded = [tokenizer.decode(ids, skip_special_tokens=False) for ids in encoded]
    flat = [n for ids in encoded for n in [len(ids), *ids]]
    return {"count": len(flat), "ids": fnv(flat), "decoded": fnv("\n".join(decoded).encode())}


def patched(base, change):
    result = json.loads(json.dumps(base))
    for key, value in change.items():
        result[key] = {**result[key], **value} if key == "model" else value
    return result


cases = []
for name in kinds.BYTE_LEVEL:
    file = kinds.train_byte_level(name, size=300)
    change = {key: file[key] for key in ("pre_tokenizer", "normalizer")}
    change["model"] = {"ignore_merges": file["model"]["ignore_merges"]}
    if name == "llama3":
        change["post_processor"] = file["post_processor"]
    cases.append({"name": name, "base": "demo", "change": change, **expected(patched(demo, change))})
base = kinds.train_sentencepiece("llama2", size=700)
for name in kinds.sentencepiece():
    # Those whose vocabulary differs are not in the fixture.
    if name in ("merges-over-spaces", "some-bytes"):
        continue
    file = kinds.train_sentencepiece(name, size=700)
    change = {key: file[key] for key in ("pre_tokenizer", "normalizer", "decoder", "post_processor", "added_tokens")}
    change["model"] = {key: file["model"][key] for key in ("unk_token", "fuse_unk", "byte_fallback", "ignore_merges")}
    cases.append({"name": name, "base": "sentencepiece", "change": change, **expected(patched(base, change))})
fixture = {"texts": texts, "sentencepiece": base, "cases": cases}
json.dump(fixture, open(f"{here}/tokenizer-kinds.json", "w"), separators=(",", ":"), ensure_ascii=False)
print(len(cases), "kinds", len(texts), "texts")
