"""Writes gguf/: what llama.cpp's own converter and gguf-py make of the fixtures beside this file.

    python3 make-gguf-fixtures.py LLAMA_CPP_FOLDER       (run in this folder; needs torch, transformers)

- FAMILY.header: the first bytes of the GGUF file that llama.cpp's converter writes of a fixture in float32: all
  but the tensors' data.
- families.json: how the data follow from the fixture's own tensors, as strided views (checked here against the
  converter's file, element by element), so that tests can put the file together again.
- blocks.safetensors: random blocks of every type that is read, and what gguf-py decodes them to. Bytes are stored
  as I32, four to a number.
- quantised.gguf: a tiny Qwen3-MoE whose tensors are random blocks of all types, with quantised.safetensors: tokens
  and the logits that transformers computes with the decoded weights.
"""
import json, os, shutil, sys, tempfile
from pathlib import Path

llama = sys.argv[1]
sys.path.insert(0, llama)
sys.path.insert(0, llama + "/gguf-py")
import numpy as np, torch, gguf
from gguf.quants import dequantize
from safetensors.numpy import load_file, save_file
from conversion import ModelBase, ModelType, get_model_architecture, get_model_class
from conversion.base import TextModel

here = Path(__file__).resolve().parent
out = here / "gguf"
out.mkdir(exist_ok=True)
FAMILIES = ["olmoe", "mixtral", "deepseek", "qwen2_moe", "qwen3_moe", "deepseek_v2", "deepseek_v3", "glm4_moe",
            "granitemoe", "gpt_oss", "phimoe"]
# The hub's spelling, where transformers writes another one, and what the converter asks for.
CHANGES = {"phimoe": {"architectures": ["PhiMoEForCausalLM"],
                      "rope_scaling": {"original_max_position_embeddings": 512}}}
PERMUTED = {"mixtral", "deepseek", "granitemoe"}


def subclasses(kind):
    for other in kind.__subclasses__():
        yield other
        yield from subclasses(other)


def convert(name, path):
    """Runs llama.cpp's converter, without a vocabulary."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder) / name
        shutil.copytree(here / name, folder, ignore=lambda *_: ["reference.safetensors"])
        config = json.load(open(folder / "config.json")) | CHANGES.get(name, {})
        json.dump(config, open(folder / "config.json", "w"))
        kind = get_model_class(get_model_architecture(ModelBase.load_hparams(folder, False), ModelType.TEXT))
        for other in [TextModel, *subclasses(TextModel)]:
            other.set_vocab = lambda self: self._set_vocab_none()
        with torch.inference_mode():
            kind(folder, gguf.LlamaFileType.ALL_F32, Path(path)).write()


def weights(name):
    tensors = {}
    for file in sorted((here / name).glob("model*.safetensors")):
        tensors |= load_file(file)
    return tensors


def whole(source, shape):
    """A view of a tensor as it is: [source, experts or None, start, dimensions, strides]."""
    strides = [int(np.prod(shape[i + 1:])) for i in range(len(shape))]
    return [source, None, 0, list(shape), strides]


EXPERTS = {"gate": ("gate_proj", "w1"), "up": ("up_proj", "w3"), "down": ("down_proj", "w2")}


def view(family, config, tensors, names, name):
    """The strided view of the fixture's tensors that a tensor of the GGUF file is."""
    heads, kv = config["num_attention_heads"], config["num_key_value_heads"]
    block = name.split(".")[1] if name.startswith("blk.") else None
    prefix = f"model.layers.{block}."
    kind = name.split(".", 2)[2] if block else name
    for role, spellings in EXPERTS.items():
        if not kind.startswith(f"ffn_{role}_exps"):
            continue
        for spelling in spellings:
            for middle in ("mlp.experts.", "block_sparse_moe.experts."):
                first = f"{prefix}{middle}0.{spelling}.weight"
                if first in tensors:
                    count = sum(1 for t in tensors if t.startswith(prefix + middle) and t.endswith(f".{spelling}.weight"))
                    shape = tensors[first].shape
                    return [first.replace(f"{middle}0.", middle + "{}."), count, 0, list(shape), [shape[1], 1]]
        bias = "_bias" if kind.endswith("bias") else ""
        if family == "gpt_oss":
            source = f"{prefix}mlp.experts.{'down_proj' if role == 'down' else 'gate_up_proj'}{bias}"
            shape = tensors[source].shape
            step = 1 if role == "down" else 2
            start = 1 if role == "up" else 0
            if bias:
                return [source, None, start, [shape[0], shape[1] // step], [shape[1], step]]
            experts, inputs, outputs = shape
            return [source, None, start, [experts, outputs // step, inputs], [inputs * outputs, step, outputs]]
        source = f"{prefix}block_sparse_moe.{'output' if role == 'down' else 'input'}_linear.weight"
        experts, rows, columns = tensors[source].shape
        if role == "down":
            return whole(source, (experts, rows, columns))
        start = rows // 2 * columns if role == "up" else 0
        return [source, None, start, [experts, rows // 2, columns], [rows * columns, columns, 1]]
    if kind in ("attn_k_b.weight", "attn_v_b.weight"):
        source = f"{prefix}self_attn.kv_b_proj.weight"
        rank, plain, width = config["kv_lora_rank"], config["qk_nope_head_dim"], config["v_head_dim"]
        if kind == "attn_k_b.weight":
            return [source, None, 0, [heads, rank, plain], [(plain + width) * rank, 1, rank]]
        return [source, None, plain * rank, [heads, width, rank], [(plain + width) * rank, rank, 1]]
    source = names[name]
    shape = tensors[source].shape
    if family in PERMUTED and kind in ("attn_q.weight", "attn_k.weight"):
        count = heads if kind == "attn_q.weight" else kv
        half, columns = shape[0] // count // 2, shape[1]
        return [source, None, 0, [count, half, 2, columns], [2 * half * columns, columns, half * columns, 1]]
    return whole(source, shape)


def apply(tensors, view):
    source, count, start, dimensions, strides = view
    parts = [tensors[source if count is None else source.format(i)] for i in range(count or 1)]
    parts = [np.lib.stride_tricks.as_strided(p.reshape(-1)[start:], dimensions, [4 * s for s in strides]) for p in parts]
    return np.concatenate([p.reshape(-1) for p in parts])


def families():
    result = {}
    for family in FAMILIES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.gguf"
            convert(family, path)
            reader = gguf.GGUFReader(path)
            config, tensors = json.load(open(here / family / "config.json")), weights(family)
            arch = reader.fields["general.architecture"].contents()
            number = next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch)
            table = gguf.get_tensor_name_map(number, config["num_hidden_layers"] + 1)
            names = {}
            for source in tensors:
                spellings = [source, source + ".weight", source.replace("score_correction_bias", "score_correction.bias")]
                for spelling in spellings:
                    found = table.get_name(spelling, try_suffixes=(".weight", ".bias"))
                    if found and found.endswith((".weight", ".bias")):
                        names[found] = source
            entries = []
            for tensor in reader.tensors:
                entry = view(family, config, tensors, names, tensor.name)
                assert np.array_equal(apply(tensors, entry), tensor.data.reshape(-1)), (family, tensor.name)
                entries.append([int(tensor.data_offset) - reader.data_offset, *entry])
            data = open(path, "rb").read()
            open(out / f"{family}.header", "wb").write(data[:reader.data_offset])
            result[family] = {"bytes": len(data) - reader.data_offset, "tensors": entries}
            print(family, len(entries), "tensors, header", reader.data_offset)
    json.dump(result, open(out / "families.json", "w"), separators=(",", ":"))


TYPES = ["Q8_0", "Q5_0", "Q5_1", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4"]
# Where a block's float16 scales lie.
SCALES = {"Q8_0": [0], "Q5_0": [0], "Q5_1": [0, 2], "Q4_0": [0], "Q4_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2],
          "Q6_K": [208], "MXFP4": []}


def random_blocks(random, kind, count, scale):
    """Blocks with every bit pattern of codes, and scales so that weights are about `scale`."""
    elements, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    bits = {"8": 64, "5": 16, "4": 8, "6": 16}[kind[1]] if kind[0] == "Q" else 1
    if kind.endswith("K"):
        bits *= 64 if kind == "Q6_K" else 32
    for place in SCALES[kind]:
        # Scales and minima that cancel on average.
        values = random.uniform(0.3, 1, count) * scale / bits * (random.choice([-1, 1], count) if kind[3] == "0" else 1)
        if place == 2 and kind[3] == "1":
            values = -values * bits
        blocks[:, place:place + 2] = values.astype("<f2")[:, None].view(np.uint8)
    if kind == "MXFP4":
        blocks[:, 0] = random.integers(119, 122, count) if scale < 1 else random.integers(0, 255, count)
    return blocks


def blocks():
    random = np.random.default_rng(1)
    tensors = {}
    for kind in TYPES:
        data = random_blocks(random, kind, 8, 1)
        with np.errstate(over="ignore"):
            floats = dequantize(data.reshape(1, -1), gguf.GGMLQuantizationType[kind]).reshape(-1)
        tensors[f"{kind}.blocks"] = np.ascontiguousarray(data).reshape(-1).view("<i4").copy()
        tensors[f"{kind}.floats"] = floats.astype(np.float32)
    save_file(tensors, out / "blocks.safetensors")


HIDDEN, VOCABULARY, WIDTH, HEAD, EXPERT_COUNT = 256, 48, 32, 16, 4
LAYOUT = {  # name: (type, shape, transformers' name)
    "token_embd.weight": ("Q6_K", (VOCABULARY, HIDDEN), "model.embed_tokens.weight"),
    "output.weight": ("Q8_0", (VOCABULARY, HIDDEN), "lm_head.weight"),
    "blk.0.attn_q.weight": ("Q4_K", (2 * HEAD, HIDDEN), "self_attn.q_proj.weight"),
    "blk.0.attn_k.weight": ("Q5_1", (HEAD, HIDDEN), "self_attn.k_proj.weight"),
    "blk.0.attn_v.weight": ("Q4_1", (HEAD, HIDDEN), "self_attn.v_proj.weight"),
    "blk.0.attn_output.weight": ("Q5_0", (HIDDEN, 2 * HEAD), "self_attn.o_proj.weight"),
    "blk.0.ffn_gate_exps.weight": ("Q4_K", (EXPERT_COUNT, WIDTH, HIDDEN), "gate"),
    "blk.0.ffn_up_exps.weight": ("Q5_K", (EXPERT_COUNT, WIDTH, HIDDEN), "up"),
    "blk.0.ffn_down_exps.weight": ("MXFP4", (EXPERT_COUNT, HIDDEN, WIDTH), "mlp.experts.down_proj"),
    "blk.0.ffn_gate_inp.weight": ("Q4_0", (EXPERT_COUNT, HIDDEN), "mlp.gate.weight"),
}


def quantised():
    from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM
    random = np.random.default_rng(2)
    writer = gguf.GGUFWriter(out / "quantised.gguf", "qwen3moe")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_expert_count(EXPERT_COUNT)
    writer.add_expert_used_count(2)
    writer.add_expert_feed_forward_length(WIDTH)
    state = {}
    for name, (kind, shape, other) in LAYOUT.items():
        elements, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
        count = int(np.prod(shape)) // elements
        data = random_blocks(random, kind, count, 0.1)
        if kind == "MXFP4":
            data[:, 0] = random.integers(119, 122, count)
        data = data.reshape(*shape[:-1], shape[-1] // elements * size)
        writer.add_tensor(name, data, raw_dtype=gguf.GGMLQuantizationType[kind])
        floats = dequantize(data, gguf.GGMLQuantizationType[kind]).reshape(shape).astype(np.float32)
        state[other if other.startswith(("model.", "lm_")) else "model.layers.0." + other] = torch.tensor(floats)
    gate, up = state.pop("model.layers.0.gate"), state.pop("model.layers.0.up")
    state["model.layers.0.mlp.experts.gate_up_proj"] = torch.cat([gate, up], 1)
    for name, width, kind, other in [
            ("output_norm.weight", HIDDEN, "F32", "model.norm.weight"),
            ("blk.0.attn_norm.weight", HIDDEN, "F16", "model.layers.0.input_layernorm.weight"),
            ("blk.0.ffn_norm.weight", HIDDEN, "BF16", "model.layers.0.post_attention_layernorm.weight"),
            ("blk.0.attn_q_norm.weight", HEAD, "F32", "model.layers.0.self_attn.q_norm.weight"),
            ("blk.0.attn_k_norm.weight", HEAD, "F32", "model.layers.0.self_attn.k_norm.weight")]:
        values = torch.tensor(random.uniform(0.5, 1.5, width).astype(np.float32))
        if kind == "F16":
            values = values.half()
        if kind == "BF16":
            values = values.bfloat16()
        raw = values.view(torch.int16).numpy() if kind == "BF16" else values.numpy()
        if kind == "BF16":
            writer.add_tensor(name, raw.view(np.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16)
        else:
            writer.add_tensor(name, raw)
        state[other] = values.float()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = Qwen3MoeForCausalLM(Qwen3MoeConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=WIDTH, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=HEAD, num_experts=EXPERT_COUNT,
        num_experts_per_tok=2, moe_intermediate_size=WIDTH, norm_topk_prob=True, rms_norm_eps=1e-6,
        max_position_embeddings=64, rope_theta=10000.0, tie_word_embeddings=False,
        attn_implementation="eager")).eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not missing and not unexpected, (missing, unexpected)
    tokens = torch.tensor([[(7 * i * i + 3 * i + 11) % VOCABULARY for i in range(16)]])
    with torch.no_grad():
        logits = model(tokens).logits[0]
    print("quantised", logits.abs().max())
    save_file({"tokens": tokens[0].numpy(), "logits": logits.numpy()}, out / "quantised.safetensors")


if __name__ == "__main__":
    families()
    blocks()
    quantised()
