"""The engine process: it may die, hang, stammer or dawdle, and nobody loses a plan or a key."""

import os
import pathlib
import signal
import sys
import time

import processes
from terminal import Failure
from workbench import PATIENCE, expect_row, leave, row, start, wait_figures, wait_message

RELAY = pathlib.Path(__file__).resolve().parent / "relay.py"


def relayed(workplace, *options):
    """The option that puts the relay between workbench and engine."""
    command = [sys.executable, RELAY, *options, workplace.binary, "engine"]
    return "--engine", " ".join(map(str, command))


def new_engine(terminal, old):
    """The engine that took the place of a dead one."""
    processes.wait_gone([old])
    engine = processes.engine_of(terminal)
    if engine == old:
        raise Failure("the engine is still the old one")
    return engine


def scenario_an_engine_killed_while_idle_is_replaced(workplace):
    terminal = start(workplace)
    wait_figures(terminal, "original")
    terminal.keys("<Space>")
    wait_figures(terminal, "measured")
    figures, memory = row(terminal, "measured"), row(terminal, "plan")
    first = processes.engine_of(terminal)
    processes.kill(first)
    wait_message(terminal, "your plan is kept")
    new_engine(terminal, first)
    if row(terminal, "plan") != memory or row(terminal, "measured")[:60] != figures[:60]:
        raise Failure(f"the plan or its figures changed:\n{terminal.text()}")
    terminal.keys("l<Space>")
    expect_row(terminal, "plan", "126/128")
    wait_figures(terminal, "measured")
    leave(terminal, "q", "y")


def scenario_an_engine_killed_while_measuring_starts_over(workplace):
    terminal = start(workplace)
    wait_figures(terminal, "original")
    terminal.keys("j<Space>")
    terminal.expect("measuring the plan")
    first = processes.engine_of(terminal)
    processes.kill(first)
    wait_message(terminal, "your plan is kept; what it was doing starts over")
    expect_row(terminal, "plan", "127/128")
    terminal.keys("j<Space>k")  # keys go on while the new engine starts
    expect_row(terminal, "plan", "126/128")
    new_engine(terminal, first)
    wait_figures(terminal, "measured")
    terminal.keys("uu")
    expect_row(terminal, "original", "19.24")
    terminal.last_key("q")
    terminal.finish()


def scenario_an_engine_killed_while_calibrating_starts_over(workplace):
    terminal = workplace.start("demo")  # without the profile: it has to be made
    terminal.timeout = PATIENCE
    terminal.expect("calibrating")
    first = processes.engine_of(terminal)
    processes.kill(first)
    wait_message(terminal, "your plan is kept")
    new_engine(terminal, first)
    terminal.expect("router load  share of the tokens")
    terminal.expect("2.40×")
    terminal.last_key("q")
    terminal.finish()


def scenario_an_engine_that_always_dies_is_left_alone(workplace):
    terminal = start(workplace)
    wait_figures(terminal, "original")
    terminal.keys("<Space>")
    for _ in range(3):
        processes.kill(processes.engine_of(terminal))
        terminal.run(0.3)
    wait_message(terminal, "ended 3 times")
    terminal.run(0.5)
    if processes.children(terminal.process):
        raise Failure("a fourth engine was started")
    expect_row(terminal, "plan", "127/128")
    terminal.keys("w<CR>")
    saved = workplace.folder / "demo.plan.json"
    if '"drop experts 0.0"' not in saved.read_text(encoding="utf-8"):
        raise Failure("the plan could not be saved without an engine")
    terminal.keys("R")
    processes.engine_of(terminal)
    terminal.keys("e")
    wait_figures(terminal, "measured")
    terminal.last_key("q")
    if terminal.finish().code != 0:
        raise Failure("it did not end well")


def scenario_a_killed_workbench_leaves_no_engine(workplace):
    for arguments in ((), relayed(workplace)):
        for is_busy in (True, False):
            terminal = start(workplace, *arguments)
            if not is_busy:
                wait_figures(terminal, "original")
            helpers = processes.descendants(terminal.process)
            if not helpers:
                raise Failure("there is no engine")
            terminal.signal("KILL")
            terminal.finish()
            processes.wait_gone(helpers)


def scenario_leaving_ends_the_engine(workplace):
    for signal_name in (None, "TERM", "HUP"):
        terminal = start(workplace)
        helpers = processes.descendants(terminal.process)
        terminal.last_key("q") if signal_name is None else terminal.signal(signal_name)
        terminal.finish()
        processes.wait_gone(helpers)


def scenario_a_frozen_engine_stops_nobody(workplace):
    terminal = start(workplace)
    engine = processes.engine_of(terminal)
    os.kill(engine, signal.SIGSTOP)
    try:
        slowest = slowest_key(terminal, "jlkh<Space>l<Space>+mMT2j1uU")
        if slowest > 0.5:
            raise Failure(f"a key took {slowest:.2f} s with a frozen engine")
        expect_row(terminal, "plan", "126/128")
        leave(terminal, "q", "y")
    finally:
        os.kill(engine, signal.SIGCONT)
    processes.wait_gone([engine])


def slowest_key(terminal, keys):
    """Seconds of the slowest of some keys, from sending it to the complete frame."""
    slowest = 0
    for key in keys.replace("<Space>", " "):
        began = time.monotonic()
        terminal.keys("<Space>" if key == " " else key)
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def scenario_a_slow_engine_never_blocks_a_key(workplace):
    terminal = start(workplace, *relayed(workplace, "--delay", 1))
    slowest = slowest_key(terminal, "jl<Space>k<Space>2jj1u" * 3)
    print(f"       slowest key {1000 * slowest:.0f} ms")
    if slowest > 0.5:
        raise Failure(f"a key took {slowest:.2f} s with a slow engine")
    expect_row(terminal, "plan", "125/128")
    wait_figures(terminal, "measured")
    leave(terminal, "q", "y")


def scenario_a_garbling_engine_changes_nothing(workplace):
    terminal = start(workplace, *relayed(workplace, "--garble"))
    wait_figures(terminal, "original")
    expect_row(terminal, "original", "19.24")
    terminal.keys("<Space>")
    wait_figures(terminal, "measured")
    terminal.expect("2.40×")
    leave(terminal, "q", "y")


def scenario_editing_while_measuring_cancels(workplace):
    log = workplace.folder / "requests"
    terminal = start(workplace, *relayed(workplace, "--log", log))
    wait_figures(terminal, "original")
    started = log.read_text(encoding="ascii").count("evaluate")
    terminal.keys("<Space>")
    terminal.expect("measuring the plan")
    terminal.keys("l<Space>l<Space>l<Space>")  # four quick edits are one measurement
    terminal.wait_for(
        lambda: "job/cancel" in log.read_text(encoding="ascii"), "the running job's end"
    )
    wait_figures(terminal, "measured")
    requests = log.read_text(encoding="ascii")
    if requests.count("evaluate") != started + 2 or requests.count("job/cancel") != 1:
        raise Failure(f"not one cancelled and one new evaluation: {requests.split()}")
    expect_row(terminal, "plan", "124/128")
    seen = row(terminal, "measured").split(" arithmetic")[0]
    terminal.keys("u")
    expect_row(terminal, "stale")
    terminal.keys("U")
    if row(terminal, "measured").split(" arithmetic")[0] != seen:
        raise Failure("redo does not bring the figures back")
    # Stopped by hand, it is measured again only when asked.
    terminal.keys("l<Space>")
    terminal.wait_for(
        lambda: log.read_text(encoding="ascii").count("evaluate") == started + 3, "the next job"
    )
    terminal.keys("X")
    wait_message(terminal, "measuring stopped")
    terminal.run(1)
    if log.read_text(encoding="ascii").count("evaluate") != started + 3:
        raise Failure("it was measured although it was stopped")
    expect_row(terminal, "stale")
    terminal.keys("e")
    wait_figures(terminal, "measured")
    leave(terminal, "q", "y")


def scenario_engines_that_cannot_start_are_one_line(workplace):
    for command, word in (("/no/such/engine", "/no/such/engine"), ("false", "exit code 1")):
        for _ in range(5):
            terminal = workplace.start("demo", "--engine", command, sync=False)
            ending = terminal.finish()
            lines = [line for line in ending.text.splitlines() if line]
            message = "".join(lines)
            if ending.code not in (1, 2) or not message.startswith("lathe: open: "):
                raise Failure(f"{command}: {ending}")
            if word not in message or ending.byte_count > 240 or not ending.is_clean:
                raise Failure(f"{command}: {ending}")


def scenario_an_engine_that_says_nothing_can_be_left(workplace):
    terminal = workplace.start("demo", "--engine", "sleep 60", sync=False)
    terminal.run(0.5)
    helpers = processes.descendants(terminal.process)
    terminal.send("\x03")
    ending = terminal.finish()
    if ending.code == 0 or not ending.is_clean:
        raise Failure(f"ended with {ending}")
    processes.wait_gone(helpers)
