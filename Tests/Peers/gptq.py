#!/usr/bin/env python3
"""GPTQ in PyTorch against Lathe's, in pairs on the same machine.

    python3 gptq.py LATHE [--rounds 3] [--experts 8] [--threads 2]

Each round times both sides, one right after the other, because other work on the machine shows in
both. On a busy machine look at one thread and processor time: torch's threads wait for each other.
Torch quantises the published way: the Hessian is inverted with two Cholesky factorisations per
linear, and a loop runs over the columns in blocks of 128. Accumulating Hessians counts on neither
side. Torch does --experts of the layer's 64 and the rest is scaled up, as they are alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
import torch  # noqa: E402  (reads the variable when it is loaded)


def gptq(weight, hessian, bits=4, group=128, block=128, damping=0.01):
    """The codes' values of one linear `[out, in]`, asymmetric, groups fitted on the way."""
    weight, hessian = weight.clone(), hessian.clone()
    rows, columns = weight.shape
    dead = torch.diag(hessian) == 0
    hessian[dead, dead] = 1
    weight[:, dead] = 0
    diagonal = torch.arange(columns)
    hessian[diagonal, diagonal] += damping * torch.mean(torch.diag(hessian))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(hessian))
    factor = torch.linalg.cholesky(inverse, upper=True)
    levels = 2**bits - 1
    result = torch.zeros_like(weight)
    for first in range(0, columns, block):
        last = min(first + block, columns)
        part = weight[:, first:last].clone()
        errors = torch.zeros_like(part)
        local = factor[first:last, first:last]
        for index in range(last - first):
            if (first + index) % group == 0:
                run = weight[:, first + index : first + index + group]
                low = run.amin(1, keepdim=True).clamp(max=0)
                high = run.amax(1, keepdim=True).clamp(min=0)
                scale = (high - low).clamp(min=1e-8) / levels
                zero = torch.round(-low / scale)
            column = part[:, index : index + 1]
            code = torch.clamp(torch.round(column / scale) + zero, 0, levels)
            value = scale * (code - zero)
            result[:, first + index] = value.flatten()
            error = (column - value) / local[index, index]
            part[:, index:] -= error.matmul(local[index, index:].unsqueeze(0))
            errors[:, index] = error.flatten()
        weight[:, last:] -= errors.matmul(factor[first:last, last:])
    return result


def hessian(width, generator):
    inputs = torch.randn(width + width // 4, width, generator=generator)
    return 2 / inputs.shape[0] * inputs.T @ inputs


class Timer:
    """Seconds on the clock, and of all processors, since it was made."""

    def __init__(self):
        self.wall, self.used = time.perf_counter(), time.process_time()

    def times(self, factor=1.0):
        return [(time.perf_counter() - self.wall) * factor,
                (time.process_time() - self.used) * factor]


def torch_seconds(experts, generator):
    hidden, inner, wide = hessian(2048, generator), hessian(1024, generator), hessian(4096, generator)
    up = torch.randn(1024, 2048, generator=generator)
    down = torch.randn(2048, 1024, generator=generator)
    w1 = torch.randn(14336, 4096, generator=generator)
    timer = Timer()
    for _ in range(experts):
        gptq(up, hidden)
        gptq(up, hidden)
        gptq(down, inner)
    layer = timer.times(64 / experts)
    timer = Timer()
    gptq(w1, wide)
    return {"OLMoE-1B-7B layer": layer, "Mixtral-8x7B w1": timer.times()}


def lathe_seconds(lathe, threads):
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    cores = sorted(os.sched_getaffinity(0))[:threads]
    text = subprocess.run(
        ["taskset", "-c", ",".join(map(str, cores)), lathe, "bench", "--methods", "--json"],
        env=environment, check=True, capture_output=True, text=True).stdout.strip()
    figures = {}
    while text:
        figure, end = json.JSONDecoder().raw_decode(text)
        text = text[end:].lstrip()
        parts = figure["name"].split(", ")
        if parts[0] == "GPTQ":
            figures.setdefault(parts[1], []).append(figure["value"])
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lathe")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--experts", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    generator = torch.Generator().manual_seed(1)
    gptq(torch.randn(64, 256, generator=generator), hessian(256, generator))
    ratios = {}
    for _ in range(options.rounds):
        ours, theirs = lathe_seconds(options.lathe, options.threads), torch_seconds(options.experts, generator)
        for name, our in ours.items():
            for kind, mine, theirs_ in zip(("clock", "processor"), our, theirs[name]):
                ratios.setdefault(f"{name}, {kind}", []).append(theirs_ / mine)
                print(f"{name + ', ' + kind:32} torch {theirs_:7.2f} s   lathe {mine:6.2f} s   "
                      f"{theirs_ / mine:5.2f} times as fast", flush=True)
    for name, values in ratios.items():
        print(f"{name:32} median {statistics.median(values):.2f} times as fast")


if __name__ == "__main__":
    main()
