"""Processes of a scenario, as the kernel sees them."""

import os
import pathlib
import signal
import time

from terminal import Failure


def children(process):
    """The numbers of a process's children."""
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        found += [int(number) for number in task.read_text(encoding="ascii").split()]
    return found


def descendants(process):
    """The numbers of a process's children, their children, and so on."""
    found = children(process)
    for child in list(found):
        found += descendants(child)
    return found


def is_running(process):
    """Whether there is such a process and it is not a zombie."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def engine_of(terminal, seconds=10):
    """The one engine process of a workbench."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        engines = [child for child in children(terminal.process) if is_running(child)]
        if len(engines) == 1:
            return engines[0]
        terminal.run(0.02)
    raise Failure(f"the workbench has {len(engines)} engines")


def kill(process):
    os.kill(process, signal.SIGKILL)


def wait_gone(processes, seconds=5):
    """Waits until none of the processes runs."""
    end = time.monotonic() + seconds
    while left := [process for process in processes if is_running(process)]:
        if time.monotonic() > end:
            raise Failure(f"still running after {seconds} s: {left}")
        time.sleep(0.02)


def memory(process):
    """Resident bytes of a process."""
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(process):
    """Processor time a process has used so far."""
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
