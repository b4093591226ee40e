#!/usr/bin/python3
"""Measures the workbench as a person meets it: the real program in a terminal.

  bench.py .build/release/lathe

One figure a line, like `lathe bench`. Times end when the terminal has received the whole frame;
what a terminal then takes to draw it is not in them.
"""

import os
import pathlib
import statistics
import sys
import time

import processes
from command import environment, lend_profile
from run import Workplace
from terminal import Failure, Terminal

IDLE_MARKER = b"777;idle;"
KEYS = "ljhkmjjl u+kk-2j1ll Uuh><"


class TimedTerminal(Terminal):
    """Only notes what arrives and when; the screen is worked out when it is looked at."""

    def __init__(self, command, folder, environment):
        self.markers = []
        self._unread = bytearray()
        super().__init__(command, folder=folder, environment=environment)
        self.timeout = 60.0

    def text(self):
        self.emulator.feed(bytes(self._unread))
        self._unread.clear()
        return super().text()

    def next_marker(self, count):
        """When the marker after the given count came."""
        if not self._until(lambda: len(self.markers) > count):
            raise Failure("no frame came")
        return self.markers[count]

    def press(self, key):
        """Seconds from a key to its complete frame."""
        self._read(0)
        count = len(self.markers)
        began = time.monotonic()
        self.send(key)
        return self.next_marker(count) - began

    def _take(self):
        data = os.read(self._master, 65536)
        before = max(0, len(self.output) - len(IDLE_MARKER))
        self.output += data
        self._unread += data
        if IDLE_MARKER in self.output[before:]:
            self.markers.append(time.monotonic())


def start(workplace):
    return TimedTerminal(
        [workplace.binary, "demo"], str(workplace.folder), environment(workplace)
    )  # fmt: skip


def report(name, value, unit, goal=None):
    text = f"{name:<51} {value:.{3 if value < 10 else 1}f} {unit}"
    if goal is not None:
        text += f"   (goal: below {goal:.{2 if goal < 1 else 0}f} {unit})"
    print(text, flush=True)


def first_frames(workplace, rounds):
    """Seconds from starting the program to the frame that shows the map, each round."""
    seconds = []
    for _ in range(rounds):
        began = time.monotonic()
        terminal = start(workplace)
        seconds.append(terminal.next_marker(0) - began)
        has_map = "16/16" in terminal.text()
        terminal.close()
        if not has_map:
            raise Failure("the first frame has no map")
    return seconds


def keys(terminal, count):
    """Milliseconds from a key to its frame; what is edited is measured meanwhile, as always."""
    return sorted(1000 * terminal.press(KEYS[index % len(KEYS)]) for index in range(count))


def idle_percent(terminal, seconds):
    """Processor time of workbench and engine, in percent of one core."""
    engine = processes.engine_of(terminal)
    before = terminal.processor_seconds() + processes.processor_seconds(engine)
    terminal.run(seconds)
    used = terminal.processor_seconds() + processes.processor_seconds(engine) - before
    return 100 * used / seconds


def settle(terminal):
    """Waits until the plan is measured and nothing happens any more."""
    terminal.wait_for(
        lambda: "● ready" in terminal.text() and "not measured yet" not in terminal.text(),
        "an idle engine",
    )
    terminal.wait_calm()


def measure(workplace):
    lend_profile(workplace)
    seconds = statistics.median(first_frames(workplace, 5))
    report("start to the first frame with the map, median of 5", seconds, "s", 0.3)
    terminal = start(workplace)
    try:
        terminal.next_marker(0)
        settle(terminal)
        times = keys(terminal, 200)
        report("key to frame in a terminal, 120 x 36, median", statistics.median(times), "ms")
        report("key to frame, 99th percentile of 200", times[197], "ms", 16)
        settle(terminal)
        report("idle processor use over 10 s", idle_percent(terminal, 10), "%", 1)
        engine = processes.engine_of(terminal)
        for name, process in (("workbench", terminal.process), ("engine", engine)):
            report(f"resident memory, {name}", processes.memory(process) / 2**20, "MiB")
    finally:
        terminal.close()


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: bench.py BINARY")
    workplace = Workplace(pathlib.Path(sys.argv[1]).resolve())
    try:
        measure(workplace)
    finally:
        workplace.close()


if __name__ == "__main__":
    main()
