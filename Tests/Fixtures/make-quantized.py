"""Writes quantized/: tiny checkpoints in the stored types that people share, with the logits and some weights
that other libraries find in them.

Each folder holds a checkpoint and reference.safetensors: input_ids, logits (transformers, float32, on a CPU) and
the first rows of some decoded weights under their own names. Codes are packed by AutoGPTQ, AutoAWQ and compressed-tensors
themselves, from plain files of their packages, and decoded by them too; transformers itself loads compressed-int4 and
mxfp4 (dequantised), and computes the logits of the others from the decoded weights.

Needs torch, transformers 5.23 and compressed-tensors 0.20, and beside this file's folder nothing; AutoGPTQ 0.7.1 and
AutoAWQ 0.2.9 are unpacked, not installed (they ask for GPUs):

    pip download --no-deps auto-gptq==0.7.1 autoawq==0.2.9     (unpack both)
    python3 make-quantized.py AUTO_GPTQ_FOLDER AUTO_AWQ_FOLDER   (run in this folder)
"""
import importlib.util, json, os, shutil, sys, tempfile

os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
import torch
from safetensors.torch import save_file
import transformers
from transformers import AutoModelForCausalLM
from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

HIDDEN, WIDTH, VOCABULARY, EXPERTS, HEADS, HEAD = 64, 32, 16, 2, 2, 16
QWEN = {
    "architectures": ["Qwen3MoeForCausalLM"], "attention_bias": False, "decoder_sparse_step": 1, "head_dim": HEAD,
    "hidden_act": "silu", "hidden_size": HIDDEN, "intermediate_size": WIDTH, "max_position_embeddings": 64,
    "mlp_only_layers": [], "model_type": "qwen3_moe", "moe_intermediate_size": WIDTH, "norm_topk_prob": False,
    "num_attention_heads": HEADS, "num_experts": EXPERTS, "num_experts_per_tok": 1, "num_hidden_layers": 1,
    "num_key_value_heads": HEADS, "rms_norm_eps": 1e-6, "rope_scaling": None, "rope_theta": 10000.0,
    "sliding_window": None, "tie_word_embeddings": False, "torch_dtype": "bfloat16", "use_sliding_window": False,
    "vocab_size": VOCABULARY,
}
GPT_OSS = {
    "architectures": ["GptOssForCausalLM"], "attention_bias": True, "head_dim": HEAD, "hidden_act": "silu",
    "hidden_size": HIDDEN, "intermediate_size": WIDTH, "layer_types": ["full_attention"],
    "max_position_embeddings": 64, "model_type": "gpt_oss", "num_attention_heads": HEADS, "num_experts_per_tok": 1,
    "num_hidden_layers": 1, "num_key_value_heads": HEADS, "num_local_experts": EXPERTS, "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 150000.0}, "sliding_window": 8, "swiglu_limit": 7.0,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "vocab_size": VOCABULARY,
}
IDS = torch.tensor([[(7 * i * i + 3 * i + 5) % VOCABULARY for i in range(12)]])
ROWS = 8   # of each decoded weight that is kept
generator = torch.Generator().manual_seed(17)


def random(*shape, scale=0.15):
    return (torch.randn(*shape, generator=generator) * scale).bfloat16()


def attention_and_ends(biases=False):
    block, width = "model.layers.0.", HEADS * HEAD
    weights = {"model.embed_tokens.weight": random(VOCABULARY, HIDDEN, scale=1.0),
               "lm_head.weight": random(VOCABULARY, HIDDEN), "model.norm.weight": random(HIDDEN) + 1,
               block + "input_layernorm.weight": random(HIDDEN) + 1,
               block + "post_attention_layernorm.weight": random(HIDDEN) + 1}
    for name, out, into in [("q", width, HIDDEN), ("k", width, HIDDEN), ("v", width, HIDDEN), ("o", HIDDEN, width)]:
        weights[f"{block}self_attn.{name}_proj.weight"] = random(out, into)
        if biases:
            weights[f"{block}self_attn.{name}_proj.bias"] = random(out)
    return weights


def qwen():
    block = "model.layers.0."
    weights = attention_and_ends()
    weights[block + "self_attn.q_norm.weight"] = random(HEAD) + 1
    weights[block + "self_attn.k_norm.weight"] = random(HEAD) + 1
    weights[block + "mlp.gate.weight"] = random(EXPERTS, HIDDEN)
    for expert in range(EXPERTS):
        for name, out, into in [("gate", WIDTH, HIDDEN), ("up", WIDTH, HIDDEN), ("down", HIDDEN, WIDTH)]:
            weights[f"{block}mlp.experts.{expert}.{name}_proj.weight"] = random(out, into)
    return weights


def is_linear(name):
    return name.endswith("_proj.weight")


def logits(folder, **options):
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", **options).eval()
    with torch.no_grad():
        return model(IDS).logits[0]


def plain_logits(config, weights):
    with tempfile.TemporaryDirectory() as folder:
        save_file({k: v.float().contiguous() for k, v in weights.items()}, folder + "/model.safetensors",
                  metadata={"format": "pt"})
        json.dump({**config, "torch_dtype": "float32"}, open(folder + "/config.json", "w"))
        return logits(folder)


def write(name, config, quantization, stored, decoded, shown, own=None):
    """Writes a folder; `own(folder)` gives the logits of a library that reads it, which the decoded weights' must equal."""
    folder = "quantized/" + name
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    save_file({k: v.contiguous() for k, v in stored.items()}, folder + "/model.safetensors", metadata={"format": "pt"})
    json.dump({**config, "quantization_config": quantization}, open(folder + "/config.json", "w"), indent=1)
    expected = plain_logits(config, decoded)
    if own:
        found = own(folder)
        difference = (found - expected).abs().max().item()
        print(f"{name}: own reader differs from decoded weights by {difference:.2g}")
        assert difference < 1e-4, name
        expected = found
    save_file({"input_ids": IDS, "logits": expected.contiguous(),
               **{k: v.reshape(-1, v.shape[-1])[:ROWS].float().contiguous() for k, v in shown.items()}}, folder + "/reference.safetensors")
    print(name, sum(os.path.getsize(f"{folder}/{f}") for f in os.listdir(folder)), "bytes")


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


UP, OUTPUT = "model.layers.0.mlp.experts.1.up_proj.weight", "model.layers.0.self_attn.o_proj.weight"


def groups(weight, size, bits, symmetric):
    """Scales and zero points [out, groups] of unsigned codes."""
    out, into = weight.shape
    parts = weight.float().reshape(out, into // size, size)
    low, high = parts.amin(-1).clamp(max=0), parts.amax(-1).clamp(min=0)
    top = 2 ** bits - 1
    if symmetric:
        bound = torch.maximum(-low, high)
        return (2 * bound / top).half(), torch.full_like(low, 2 ** (bits - 1))
    scale = ((high - low) / top).half()
    # AutoGPTQ stores the zero point less one, and spoils its neighbours where it is 0.
    return scale, (-low / scale.float()).round().clamp(1, top)


def gptq(name, bits, size, act_order, symmetric, folder, left_alone=()):
    qlinear = load(f"{folder}/auto_gptq/nn_modules/qlinear/qlinear_cuda.py", "qlinear_cuda")
    stored, decoded = {}, {}
    for key, weight in qwen().items():
        if not is_linear(key) or any(part in key for part in left_alone):
            stored[key] = decoded[key] = weight
            continue
        out, into = weight.shape
        own = into if size < 0 else size
        order = torch.randperm(into, generator=generator) if act_order else torch.arange(into)
        index = torch.empty(into, dtype=torch.int64)
        index[order] = torch.arange(into) // own
        scale, zero = groups(weight[:, order], own, bits, symmetric)
        linear = torch.nn.Linear(into, out, bias=False)
        linear.weight.data = weight.half().float()
        quantised = qlinear.QuantLinear(bits, own, into, out, False, weight_dtype=torch.float32)
        quantised.pack(linear, scale.float(), zero.clone(), index.int())
        quantised.scales = quantised.scales.float()
        with torch.no_grad():
            decoded[key] = quantised(torch.eye(into)).t()
        module = key[:-len("weight")]
        stored |= {module + "qweight": quantised.qweight, module + "qzeros": quantised.qzeros,
                   module + "scales": quantised.scales.half(), module + "g_idx": quantised.g_idx.int()}
    config = {"bits": bits, "group_size": size, "desc_act": act_order, "sym": symmetric, "quant_method": "gptq",
              "checkpoint_format": "gptq", "damp_percent": 0.1, "static_groups": False}
    write(name, QWEN, config, stored, decoded, {k: decoded[k] for k in (UP, OUTPUT)})


def awq(folder):
    packing = load(folder + "/awq/utils/packing_utils.py", "packing_utils")
    stored, decoded = {}, {}
    for key, weight in qwen().items():
        if not is_linear(key):
            stored[key] = decoded[key] = weight
            continue
        scale, zero = groups(weight, 32, 4, False)
        codes = (weight.float() / scale.float().repeat_interleave(32, 1)
                 + zero.repeat_interleave(32, 1)).round().clamp(0, 15)

        def pack(values):   # [rows, out] in AutoAWQ's order of every eight
            values = values.int().view(values.shape[0], -1, 8)[:, :, packing.AWQ_ORDER]
            return (values << torch.arange(0, 32, 4)).sum(-1).to(torch.int32)

        parts = {"qweight": pack(codes.t().contiguous()), "qzeros": pack(zero.t().contiguous()),
                 "scales": scale.t().contiguous()}
        module = key[:-len("weight")]
        stored |= {module + part: tensor for part, tensor in parts.items()}
        decoded[key] = packing.dequantize_gemm(parts["qweight"], parts["qzeros"], parts["scales"].float(), 4, 32).t()
    config = {"bits": 4, "group_size": 32, "modules_to_not_convert": ["gate"], "quant_method": "awq",
              "version": "gemm", "zero_point": True}
    write("awq", QWEN, config, stored, decoded, {k: decoded[k] for k in (UP, OUTPUT)})


def scheme(bits, kind, strategy, size=None, symmetric=True):
    return {"num_bits": bits, "type": kind, "symmetric": symmetric, "strategy": strategy, "group_size": size,
            "dynamic": False, "actorder": None, "block_structure": None, "observer": "minmax", "observer_kwargs": {}}


def group(targets, form, weights):
    return {"targets": targets, "format": form, "weights": weights, "input_activations": None,
            "output_activations": None}


def compressed(form, groups):
    return {"quant_method": "compressed-tensors", "format": form, "quantization_status": "compressed",
            "global_compression_ratio": None, "kv_cache_scheme": None,
            "ignore": ["lm_head", "re:.*mlp\\.gate$"], "config_groups": groups}


def packed(weight, bits, size, symmetric=True):
    out, into = weight.shape
    scale, zero = (t.float() for t in groups(weight, into if size is None else size, bits, symmetric))
    half = 2 ** (bits - 1)
    zero = zero - half
    wide = lambda t: t.repeat_interleave(into // t.shape[1], 1)
    codes = (weight.float() / wide(scale) + wide(zero)).round().clamp(-half, half - 1)
    parts = {"weight_packed": pack_to_int32(codes.to(torch.int8), bits), "weight_scale": scale.half(),
             "weight_shape": torch.tensor([out, into])}
    if not symmetric:
        parts["weight_zero_point"] = pack_to_int32(zero.to(torch.int8), bits, packed_dim=0)
    return parts, (codes - wide(zero)) * wide(scale)


def compressed_integers():
    """Experts int4 in groups of 32, attention int8 by row; transformers decodes both."""
    stored, decoded = {}, {}
    for key, weight in qwen().items():
        if not is_linear(key):
            stored[key] = decoded[key] = weight
            continue
        parts, decoded[key] = packed(weight, 4, 32) if "experts" in key else packed(weight, 8, None)
        # transformers multiplies in the type of the scales.
        parts["weight_scale"] = parts["weight_scale"].float()
        stored |= {key[:-len("weight")] + part: tensor for part, tensor in parts.items()}
    config = compressed("pack-quantized", {
        "group_0": group(["re:.*mlp\\.experts.*_proj$"], "pack-quantized", scheme(4, "int", "group", 32)),
        "group_1": group(["Linear"], "pack-quantized", scheme(8, "int", "channel"))})
    write("compressed-int4", QWEN, config, stored, decoded, {k: decoded[k] for k in (UP, OUTPUT)}, own=logits)


def compressed_asymmetric():
    """Widths of 3 and 5 bits with zero points, whose codes straddle words; one exact name."""
    stored, decoded = {}, {}
    for key, weight in qwen().items():
        if not is_linear(key):
            stored[key] = decoded[key] = weight
            continue
        parts, decoded[key] = packed(weight, 5, 32, False) if key == OUTPUT else packed(weight, 3, 32, False)
        stored |= {key[:-len("weight")] + part: tensor for part, tensor in parts.items()}
    config = compressed("pack-quantized", {
        "group_0": group(["Linear"], None, scheme(3, "int", "group", 32, False)),
        "group_1": group([OUTPUT[:-len(".weight")]], None, scheme(5, "int", "group", 32, False))})
    write("compressed-asymmetric", QWEN, config, stored, decoded, {k: decoded[k] for k in (UP, OUTPUT)})


def compressed_bytes():
    """Experts int8, attention f8, each with a scale for every row."""
    stored, decoded = {}, {}
    for key, weight in qwen().items():
        if not is_linear(key):
            stored[key] = decoded[key] = weight
            continue
        bound = weight.float().abs().amax(1, keepdim=True)
        if "experts" in key:
            scale = (bound / 127).bfloat16()
            codes = (weight.float() / scale.float()).round().clamp(-128, 127).to(torch.int8)
        else:
            scale = (bound / 448).bfloat16()
            codes = (weight.float() / scale.float()).clamp(-448, 448).to(torch.float8_e4m3fn)
        stored |= {key: codes, key[:-len("weight")] + "weight_scale": scale}
        decoded[key] = codes.float() * scale.float()
    config = compressed("mixed-precision", {
        "group_0": group(["re:.*mlp\\.experts.*_proj$"], "int-quantized", scheme(8, "int", "channel")),
        "group_1": group(["Linear"], "float-quantized", scheme(8, "float", "channel"))})
    write("compressed-bytes", QWEN, config, stored, decoded, {k: decoded[k] for k in (UP, OUTPUT)})


def fp8():
    """A scale for every 16 × 32 weights, as DeepSeek-V3 has one for every 128 × 128."""
    from transformers.integrations.finegrained_fp8 import Fp8Dequantize
    rows, columns = 16, 32
    stored, decoded = {}, {}
    for key, weight in qwen().items():
        if not is_linear(key) or "o_proj" in key:
            stored[key] = decoded[key] = weight
            continue
        out, into = weight.shape
        wide = lambda t: t.repeat_interleave(rows, 0)[:out].repeat_interleave(columns, 1)[:, :into]
        down, across = -(-out // rows), -(-into // columns)
        scale = torch.empty(down, across)
        for i in range(down):
            for j in range(across):
                scale[i, j] = weight[i * rows:(i + 1) * rows, j * columns:(j + 1) * columns].float().abs().max() / 448
        codes = (weight.float() / wide(scale)).clamp(-448, 448).to(torch.float8_e4m3fn)
        stored |= {key: codes, key[:-len("weight")] + "weight_scale_inv": scale}
        decoded[key] = Fp8Dequantize(None)._dequantize_one(codes, scale, torch.float32)
    config = {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",
              "weight_block_size": [rows, columns], "modules_to_not_convert": ["lm_head", "o_proj", "mlp.gate"]}
    write("fp8", QWEN, config, stored, decoded, {k: decoded[k] for k in (UP, OUTPUT)})


def mxfp4():
    from transformers import Mxfp4Config
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors
    block = "model.layers.0."
    plain = attention_and_ends(biases=True)
    plain |= {block + "self_attn.sinks": random(HEADS), block + "mlp.router.weight": random(EXPERTS, HIDDEN),
              block + "mlp.router.bias": random(EXPERTS),
              block + "mlp.experts.gate_up_proj_bias": random(EXPERTS, 2 * WIDTH),
              block + "mlp.experts.down_proj_bias": random(EXPERTS, HIDDEN)}
    stored, decoded = dict(plain), dict(plain)
    for name, out, into in [("gate_up_proj", 2 * WIDTH, HIDDEN), ("down_proj", HIDDEN, WIDTH)]:
        codes = torch.randint(0, 256, (EXPERTS, out, into // 32, 16), generator=generator, dtype=torch.uint8)
        scales = torch.randint(122, 126, (EXPERTS, out, into // 32), generator=generator, dtype=torch.uint8)
        key = block + "mlp.experts." + name
        stored |= {key + "_blocks": codes, key + "_scales": scales}
        decoded[key] = convert_moe_packed_tensors(codes, scales, dtype=torch.float32)
    config = {"quant_method": "mxfp4", "modules_to_not_convert": [
        "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}
    down = block + "mlp.experts.down_proj"
    write("mxfp4", GPT_OSS, config, stored, decoded, {down: decoded[down].transpose(1, 2)},
          own=lambda folder: logits(folder, quantization_config=Mxfp4Config(dequantize=True)))


if __name__ == "__main__":
    auto_gptq, auto_awq = sys.argv[1:]
    gptq("gptq", 4, 32, True, False, auto_gptq)
    gptq("gptq-3bit", 3, -1, False, False, auto_gptq, left_alone=["k_proj"])
    awq(auto_awq)
    compressed_integers()
    compressed_asymmetric()
    compressed_bytes()
    fp8()
    mxfp4()
