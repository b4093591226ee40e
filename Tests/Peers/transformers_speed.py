#!/usr/bin/env python3
"""Times Hugging Face transformers on the perplexity of a text: eager attention, float32, CPU.

transformers_speed.py CHECKPOINT TEXT WINDOW THREADS [BATCH...]

Prints one JSON object: tokens, perplexity, and the seconds and batch of the fastest batch size.
Timed are the model's forward pass and the loss from its logits; reading and encoding are not.
"""

import json
import math
import os
import resource
import sys
import time

THREADS = int(sys.argv[4])
# AMX is listed by some virtual machines that trap on it.
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import torch  # noqa: E402
import transformers  # noqa: E402


def windows(folder, text, length):
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json")
    with open(text, encoding="utf-8") as file:
        ids = tokenizer(file.read(), add_special_tokens=False)["input_ids"]
    count = len(ids) // length
    return torch.tensor(ids[: count * length]).view(count, length)


def nats(model, batch):
    """Sum of the negative log-likelihoods of a batch's next tokens."""
    logits = model(input_ids=batch, use_cache=False).logits[:, :-1]
    targets = batch[:, 1:]
    return torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), reduction="sum"
    ).item()


def run(model, data, size):
    """Seconds, processor seconds, nats per target."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    total = sum(nats(model, batch) for batch in data.split(size))
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return seconds, processor, total / (data.shape[0] * (data.shape[1] - 1))


@torch.inference_mode()
def main():
    folder, text, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(THREADS)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    data = windows(folder, text, length)
    best = None
    for size in [int(argument) for argument in sys.argv[5:]] or [10]:
        run(model, data[: 2 * size], size)
        seconds, processor, mean = run(model, data, size)
        if best is None or seconds < best["seconds"]:
            best = {
                "tokens": data.numel(), "batch": size, "seconds": seconds,
                "processorSeconds": processor, "perplexity": math.exp(mean),
            }  # fmt: skip
    print(json.dumps(best))


main()
