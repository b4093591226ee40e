#!/usr/bin/python3
"""Runs a terminal program, presses keys and saves what the screen shows as text or a picture.

  capture.py --size 120x36 --keys 'jj<Space><shot:dropped>q' --out map.png -- lathe demo

Writes FILE (PNG or text, by its ending) before the last key run ends, and FILE-NAME for each
<shot:NAME>. keys.py lists the keys.
"""

import argparse
import os
import sys

import keys
from terminal import Failure, Terminal


def main():
    options = parse()
    columns, rows = map(int, options.size.split("x"))
    terminal = Terminal(
        options.command, columns, rows, dict(options.environment), sync=not options.no_sync
    )
    try:
        if options.no_sync:
            terminal.run(options.settle)
        else:
            terminal.wait_idle()
        for text in options.keys:
            press(terminal, text, options)
        save(terminal, options.out)
    except Failure as failure:
        sys.exit(f"capture.py: {failure}")
    finally:
        terminal.close()


def press(terminal, text, options):
    stem, ending = os.path.splitext(options.out)
    for step, argument in keys.steps(text):
        if step == "shot":
            save(terminal, f"{stem}-{argument}{ending}")
        else:
            terminal.step(step, argument)
            if options.no_sync:
                terminal.run(options.settle)


def save(terminal, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    if path.endswith(".png"):
        terminal.picture(path)
    else:
        with open(path, "w", encoding="utf-8") as file:
            file.write(terminal.text() + "\n")
    print(path)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="120x36", help="columns x rows")
    parser.add_argument("--keys", action="append", default=[], help="what to press")
    parser.add_argument("--out", required=True, help="the file; .png for a picture")
    parser.add_argument(
        "--env",
        dest="environment",
        action="append",
        default=[],
        type=lambda text: text.split("=", 1),
        help="NAME=VALUE",
    )
    parser.add_argument("--no-sync", action="store_true", help="for programs without idle markers")
    parser.add_argument("--settle", type=float, default=0.3, help="seconds to wait without markers")
    parser.add_argument("command", nargs="+", help="the program and its arguments, after --")
    return parser.parse_args()


if __name__ == "__main__":
    main()
