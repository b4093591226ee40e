#!/usr/bin/python3
"""Stands between a front end and its engine, and makes the engine's life look hard.

  relay.py [--delay SECONDS] [--garble] [--log FILE] ENGINE [ARGUMENT...]

Every line the engine writes comes out `--delay` seconds later; with `--garble` lines that are no
message stand between those that are, and every fourth progress report is cut in half. `--log` gets
the method (and the job's kind) of each request. Ends when the front end or the engine does.
"""

import argparse
import json
import queue
import subprocess
import sys
import threading
import time

GARBAGE = (
    b"\n", b"not JSON at all\n", b"\xff\xfe\x00\x01\n", b'{"jsonrpc":"2.0"}\n', b"[]\n",
    b'{"jsonrpc":"2.0","id":987654,"result":{}}\n',
    b'{"jsonrpc":"2.0","method":"job/progress","params":{"job":"one"}}\n',
    b'{"jsonrpc":"2.0","method":"no/such","params":{}}\n', b"x" * 200_000 + b"\n",
)  # fmt: skip


def forward_requests(engine, log):
    for line in sys.stdin.buffer:
        note(line, log)
        try:
            engine.stdin.write(line)
            engine.stdin.flush()
        except BrokenPipeError:
            break
    engine.stdin.close()


def note(line, log):
    if log is not None:
        request = json.loads(line)
        kinds = request["params"].get("work", {})
        print(request["method"], *kinds, file=log, flush=True)


def spoil(lines):
    """The lines with garbage between them."""
    progress = 0
    for index, line in enumerate(lines):
        yield GARBAGE[index % len(GARBAGE)]
        if b'"job/progress"' in line:
            progress += 1
            if progress % 4 == 0:
                line = line[: len(line) // 2] + b"\n"
        yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--garble", action="store_true")
    parser.add_argument("--log", type=argparse.FileType("a"))
    parser.add_argument("engine", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    engine = subprocess.Popen(options.engine, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=forward_requests, args=(engine, options.log), daemon=True).start()
    due = queue.Queue()

    def collect():
        for line in spoil(engine.stdout) if options.garble else engine.stdout:
            due.put((time.monotonic() + options.delay, line))
        due.put((0, b""))

    threading.Thread(target=collect, daemon=True).start()
    while line := next_line(due):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def next_line(due):
    moment, line = due.get()
    time.sleep(max(0, moment - time.monotonic()))
    return line


if __name__ == "__main__":
    main()
