#!/usr/bin/env python3
"""Writes an OLMoE checkpoint with a byte-level tokenizer as a float32 GGUF file for llama.cpp.

gguf_file.py CHECKPOINT FILE

llama.cpp's own converter only takes tokenizers whose hash it knows; the bundled model's splits
words as the one that llama.cpp calls "smollm".
"""

import json
import pathlib
import sys

import gguf
import torch
from safetensors.torch import load_file

BLOCK_TENSORS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate_inp": "mlp.gate",
}


def add_settings(writer, config):
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_expert_count(config["num_experts"])
    writer.add_expert_used_count(config["num_experts_per_tok"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def add_tokenizer(writer, folder, config):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    ids = dict(tokenizer["model"]["vocab"])
    special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    ids |= special
    tokens = sorted(ids, key=ids.get)
    tokens += [f"[unused {index}]" for index in range(len(tokens), config["vocab_size"])]
    merges = tokenizer["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens]
    )
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)


def add_tensors(writer, folder, config):
    weights = load_file(folder / "model.safetensors")

    def add(name, tensor):
        writer.add_tensor(f"{name}.weight", tensor.to(torch.float32).contiguous().numpy())

    add("token_embd", weights["model.embed_tokens.weight"])
    add("output_norm", weights["model.norm.weight"])
    add("output", weights["lm_head.weight"])
    for block in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{block}"
        for name, source in BLOCK_TENSORS.items():
            add(f"blk.{block}.{name}", weights[f"{prefix}.{source}.weight"])
        for kind in ("gate", "up", "down"):
            experts = [
                weights[f"{prefix}.mlp.experts.{expert}.{kind}_proj.weight"]
                for expert in range(config["num_experts"])
            ]
            add(f"blk.{block}.ffn_{kind}_exps", torch.stack(experts))


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: gguf_file.py CHECKPOINT FILE")
    folder = pathlib.Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(sys.argv[2], "olmoe")
    add_settings(writer, config)
    add_tokenizer(writer, folder, config)
    add_tensors(writer, folder, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
