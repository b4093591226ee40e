#!/usr/bin/env python3
"""Compares Lathe's speed with that of other programs on the same text, side by side.

bench.py LATHE [PEERS]

All score the same tokens with the bundled model: windows of 256 tokens, float32, two threads, in
turn for several rounds, each in a fresh process that warms up first; medians are printed. What
Tests/Peers/install.sh has not installed into PEERS (default .peers) is left out and named.

What the times hold: Lathe's and transformers' are the forward pass and the loss over all targets;
llama-perplexity's are the passes alone where it tells them, so the loss is not counted against it.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
WINDOW = 256
THREADS = 2
BATCHES = ["4", "8"]
DEMO = pathlib.Path(__file__).parents[2] / "Sources/lathe/Resources/demo-model"
CHECKPOINT = DEMO / "checkpoint"


def run(command, **environment):
    allowed = sorted(os.sched_getaffinity(0))[:THREADS]
    result = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )  # fmt: skip
    if result.returncode != 0:
        sys.exit(f"bench.py: {command[0]} failed: {result.stderr.strip()[-300:]}")
    return result.stdout + result.stderr


def lathe(binary, text):
    """Tokens/s of a forward pass and the loss, tokens, perplexity."""
    rest = run([binary, "bench", "demo", "--text", text, "--json"]).strip()
    values = {}
    while rest.startswith("{"):
        figure, end = json.JSONDecoder().raw_decode(rest)
        values[figure["name"]] = figure["value"]
        rest = rest[end:].lstrip()
    return values["speed"], values["tokens"], values["perplexity"]


def transformers(peers, text):
    script = pathlib.Path(__file__).parent / "transformers_speed.py"
    output = run(
        [peers / "venv/bin/python", script, CHECKPOINT, text, str(WINDOW), str(THREADS), *BATCHES]
    )
    result = json.loads(output[output.index('{"tokens"') :].splitlines()[0])
    return result["tokens"] / result["seconds"], result["tokens"], result["perplexity"]


def llama(peers, text):
    size = ["-c", str(WINDOW), "-b", "2048", "-ub", "2048", "-t", str(THREADS)]
    output = run(
        [peers / "llama.cpp/bin/llama-perplexity", "-m", peers / "demo-f32.gguf", "-f", text,
         *size, "--perf", "-lv", "4"]
    )  # fmt: skip
    told = re.search(r"prompt eval time.*?/\s*(\d+) tokens.*?([\d.]+) tokens per second", output)
    perplexity = re.search(r"PPL = ([\d.]+)", output)
    return float(told[2]), int(told[1]), float(perplexity[1])


def peer(name, run_once, target):
    return {"name": name, "run": run_once, "target": target, "rounds": []}


def installed(peers):
    found = []
    if (peers / "venv/bin/python").exists():
        found.append(peer("transformers, eager", lambda text: transformers(peers, text), 1.25))
    if (peers / "llama.cpp/bin/llama-perplexity").exists():
        found.append(peer("llama-perplexity, f32 GGUF", lambda text: llama(peers, text), 2))
    return found


def report(others, own):
    speed = statistics.median(figures[0] for figures in own["rounds"])
    for program in [own] + others:
        median = statistics.median(figures[0] for figures in program["rounds"])
        _, tokens, perplexity = program["rounds"][0]
        line = f"{program['name']:<51} {median:.1f} tokens/s"
        print(f"{line}   ({tokens:.0f} tokens, perplexity {perplexity:.3f})")
        if program is not own:
            # Of the same rounds, so that what else the machine does shows in both.
            ratio = statistics.median(
                mine[0] / theirs[0] for mine, theirs in zip(own["rounds"], program["rounds"])
            )
            print(f"{'  Lathe over it':<51} {ratio:.2f}   (goal: at least {program['target']})")
    return speed


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: bench.py LATHE [PEERS]")
    binary = pathlib.Path(sys.argv[1]).resolve()
    peers = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".peers").resolve()
    others = installed(peers)
    if len(others) < 2:
        print("make peers installs what is not here to compare with: transformers, llama.cpp")
    if not others:
        return
    own = peer("Lathe", lambda text: lathe(binary, text), None)
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "text.txt"
        texts = sorted((DEMO / "texts").glob("*.evaluation.txt"))
        text.write_text("".join(part.read_text(encoding="utf-8")[:8_000] for part in texts))
        for _ in range(ROUNDS):
            for program in [own] + others:
                program["rounds"].append(program["run"](str(text)))
    report(others, own)


if __name__ == "__main__":
    main()
