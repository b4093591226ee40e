#!/usr/bin/python3
"""Runs the end-to-end scenarios against a built binary.

  run.py .build/debug/lathe [WORD...]

A scenario is a function `scenario_...(workplace)` in a file `scenario_*.py`; it fails by raising.
WORDs select scenarios whose name contains one. The last line reads "N passed, M failed".
"""

import argparse
import importlib
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

from terminal import Failure, Terminal

HERE = pathlib.Path(__file__).resolve().parent


class Workplace:
    """A scenario's own folder, home and programs; all of it is gone afterwards."""

    def __init__(self, binary):
        self.binary = str(binary)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lathe-scenario-"))
        self._terminals = []

    def start(self, *arguments, columns=120, rows=36, environment=None, sync=True):
        """Starts lathe; returns at its first idle marker (at once without `sync`)."""
        command = [self.binary, *map(str, arguments)]
        terminal = self.run(
            command, columns=columns, rows=rows, environment=environment, sync=sync
        )
        if sync:
            terminal.wait_idle(0)
        return terminal

    def run(self, command, columns=120, rows=36, environment=None, sync=False):
        """Starts any program, such as a shell that starts lathe."""
        own = {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "LATHE_SHARE": os.environ.get("LATHE_SHARE"),
        }
        terminal = Terminal(
            command, columns, rows, own | (environment or {}), str(self.folder), sync
        )
        self._terminals.append(terminal)
        return terminal

    def close(self):
        for terminal in self._terminals:
            terminal.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def discover(words):
    """Every scenario in the order of the files."""
    for file in sorted(HERE.glob("scenario_*.py")):
        module = importlib.import_module(file.stem)
        for name, function in list(vars(module).items()):
            if name.startswith("scenario_") and callable(function):
                if not words or any(word in name for word in words):
                    yield name.removeprefix("scenario_").replace("_", " "), function


def passes(name, scenario, binary):
    workplace = Workplace(binary)
    start = time.monotonic()
    error = None
    try:
        scenario(workplace)
    except Failure as failure:
        error = str(failure)
    except Exception:  # a scenario's own mistake must not hide the others
        error = traceback.format_exc()
    finally:
        workplace.close()
    took = time.monotonic() - start
    print(f"{'ok    ' if error is None else 'FAILED'} {name} ({took:.1f} s)", flush=True)
    if error is not None:
        print(error, flush=True)
    return error is None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("binary", type=pathlib.Path, help="the program to test")
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    binary = options.binary.resolve()
    if not os.access(binary, os.X_OK):
        sys.exit(f"run.py: there is no program {binary}; build it first")
    results = [passes(name, scenario, binary) for name, scenario in discover(options.words)]
    if not results:
        sys.exit("run.py: no scenario has such a name")
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
