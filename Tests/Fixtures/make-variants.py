"""Writes variants.json: settings that the fixtures' own configs do not exercise.

Each variant changes keys of a fixture's config.json, keeps its weights (some added by a rule that the test
repeats), runs transformers in float32 on a CPU and stores the logits of a few rows. Also writes rotary
frequencies of every scaling, as transformers computes them. Needs torch and transformers 5.23:

    python3 make-variants.py          (run in this folder)
"""
import json, os, shutil, sys, tempfile

os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
import torch
from safetensors.torch import load_file, save_file
import transformers
from transformers import AutoModelForCausalLM, AutoConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

def rope(kind, theta=10000.0, **keys):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": theta, **keys}}

LINEAR = rope("linear", factor=4.0)
DYNAMIC = {**rope("dynamic", factor=2.0), "max_position_embeddings": 16}
LLAMA3 = rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
YARN = rope("yarn", factor=4.0, original_max_position_embeddings=16)
YARN_SCALED = rope("yarn", factor=40.0, original_max_position_embeddings=32, beta_fast=32, beta_slow=1,
                   mscale=0.707, mscale_all_dim=1.0)
LONGROPE = {**rope("longrope", short_factor=[1.0 + 0.05 * i for i in range(8)],
                   long_factor=[1.5 + 0.4 * i for i in range(8)], short_mscale=1.1, long_mscale=1.3,
                   original_max_position_embeddings=64), "original_max_position_embeddings": 64}

# (name, fixture, changed keys)
VARIANTS = [
    ("linear", "qwen2_moe", LINEAR),
    ("dynamic", "qwen2_moe", DYNAMIC),
    ("llama3", "granitemoe", LLAMA3),
    ("yarn", "qwen3_moe", YARN),
    ("yarn-with-magnitudes", "deepseek_v3", YARN_SCALED),
    ("longrope", "phimoe", LONGROPE),
    ("sliding-window", "phimoe", {"sliding_window": 5}),
    ("some-layers-slide", "qwen2_moe", {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1,
        "layer_types": ["full_attention", "sliding_attention", "sliding_attention"]}),
    ("renormalised", "qwen2_moe", {"norm_topk_prob": True, "num_experts_per_tok": 3}),
    ("group-limited", "deepseek_v2", {"topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2,
        "routed_scaling_factor": 2.5}),
    ("one-of-two-groups", "deepseek_v3", {"n_group": 2, "topk_group": 1, "norm_topk_prob": False}),
    ("rope-in-halves", "deepseek_v3", {"rope_interleave": False}),
    ("groups-and-scale", "glm4_moe", {"n_group": 2, "topk_group": 1, "routed_scaling_factor": 1.5,
        "num_experts_per_tok": 3}),
    ("a-quarter-rotates", "glm4_moe", rope("default", partial_rotary_factor=0.25)),
    ("another-limit", "gpt_oss", {"swiglu_limit": 0.5}),
    ("all-experts", "granitemoe", {"num_experts_per_tok": 8}),
    ("wide-jitter", "phimoe", {"router_jitter_noise": 0.4}),
]
ROWS = [0, 7, 30, 47]

def ids():
    return torch.tensor([[(7 * i * i + 3 * i + 11) % 256 for i in range(48)]])

def run(fixture, keys):
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(fixture):
            if name != "reference.safetensors":
                shutil.copy(os.path.join(fixture, name), folder)
        path = os.path.join(folder, "config.json")
        config = json.load(open(path))
        config.update(keys)
        if "rope_parameters" in keys:
            config.pop("rope_theta", None), config.pop("rope_scaling", None)
        json.dump(config, open(path, "w"))
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        with torch.no_grad():
            logits = model(ids()).logits[0]
        return logits[ROWS]

def frequencies(keys, length):
    config = AutoConfig.from_pretrained("qwen2_moe")
    for key, value in keys.items():
        setattr(config, key, value)
    kind = keys["rope_parameters"]["rope_type"]
    table, magnitude = ROPE_INIT_FUNCTIONS[kind](config, "cpu", seq_len=length)
    return {"keys": keys, "length": length, "frequencies": [float(x) for x in table], "magnitude": float(magnitude)}

def main():
    variants = []
    for name, fixture, keys in VARIANTS:
        logits = run(fixture, keys)
        plain = run(fixture, {})
        print(f"{name:24s} {fixture:12s} moves logits by {(logits - plain).abs().max():.3g}", file=sys.stderr)
        variants.append({"name": name, "fixture": fixture, "keys": keys, "rows": ROWS,
                         "logits": [round(float(x), 6) for x in logits.flatten()]})
    ropes = [frequencies(keys, length) for keys in (LINEAR, DYNAMIC, LLAMA3, YARN, YARN_SCALED, LONGROPE)
             for length in (12, 100)]
    json.dump({"variants": variants, "ropes": ropes}, open("variants.json", "w"), separators=(",", ":"))

main()
