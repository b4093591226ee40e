"""The terminal itself: whatever happens, the picture is right and the terminal comes back whole."""

import random
import re
import subprocess

from terminal import Failure

DEMO = ("demo",)
COLOR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:[34][0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


def expect_clean(ending, code):
    if ending.code != code or not ending.is_clean:
        raise Failure(f"ended with {ending}")


def expect_own_end(ending):
    """The program ended by itself, not by a signal, whatever it reports."""
    if ending.code < 0 or not ending.is_clean:
        raise Failure(f"ended with {ending}")


def scenario_q_quits_and_restores_the_terminal(workplace):
    terminal = workplace.start(*DEMO)
    if not terminal.emulator.in_alternate:
        raise Failure("the workbench does not use the alternate screen")
    terminal.last_key("q")
    expect_clean(terminal.finish(), 0)


def scenario_sigterm_restores_the_terminal(workplace):
    terminal = workplace.start(*DEMO)
    terminal.signal("TERM")
    expect_own_end(terminal.finish())


def scenario_fatal_signals_restore_the_terminal(workplace):
    for name, number in (("SEGV", 11), ("ABRT", 6), ("ILL", 4)):
        terminal = workplace.start(*DEMO, environment={"SWIFT_BACKTRACE": "enable=no"})
        terminal.signal(name)
        expect_clean(terminal.finish(), -number)


def scenario_a_closed_window_ends_the_program(workplace):
    terminal = workplace.start(*DEMO)
    terminal.hang_up()
    ending = terminal.finish()
    if ending.code < 0:
        raise Failure(f"ended with {ending}")


def wait_until_measured(terminal):
    """The profile and the original's figures are there and the engine rests."""
    terminal.timeout = 60
    terminal.wait_for(
        lambda: "● ready" in terminal.text() and "original " in terminal.text(), "rest"
    )
    terminal.wait_calm()


def expect_faithful(terminal):
    """What the terminal shows is what drawing everything anew shows."""
    wait_until_measured(terminal)
    shown, seen = terminal.cells(), terminal.emulator.idle
    terminal.keys("<C-l>")
    terminal.wait_idle(seen)
    if terminal.cells() != shown:
        raise Failure(f"the picture differs from one drawn anew:\n{terminal.text()}")


def scenario_suspend_and_continue_under_a_shell(workplace):
    shell = workplace.run(
        ["bash", "--norc", "--noprofile", "-i"], environment={"PS1": "shell> ", "HISTFILE": None}
    )
    shell.expect("shell>")
    shell.keys(f"{workplace.binary} {' '.join(DEMO)}<CR>")
    shell.wait_idle(0)
    shell.keys("<C-z>")
    shell.expect("Stopped")
    if shell.emulator.in_alternate or shell.emulator.modes & {1002, 1006}:
        raise Failure("the terminal was not given back while stopped")
    shell.keys("stty -a | grep -o '.icanon\\|.echo\\b'<CR>")
    shell.expect(" icanon")
    shell.expect(" echo")
    seen = shell.emulator.idle
    shell.keys("fg<CR>")
    shell.wait_idle(seen)
    if not {1002, 1006, 2004} <= shell.emulator.modes:
        raise Failure("the mouse is off after fg")
    expect_faithful(shell)
    shell.keys("q")
    shell.expect("shell>")


def scenario_a_storm_of_new_sizes_ends_in_a_faithful_picture(workplace):
    terminal = workplace.start(*DEMO)
    generator = random.Random(7)
    for _ in range(40):
        terminal.resize(generator.randint(1, 250), generator.randint(1, 80))
        terminal.run(0.005)
    for columns, rows in ((1, 1), (2, 1), (1, 60), (500, 2)):
        terminal.keys(f"<resize:{columns}x{rows}>")
    terminal.keys("<resize:120x36>")
    expect_faithful(terminal)
    terminal.last_key("q")
    expect_clean(terminal.finish(), 0)


def scenario_no_color_means_no_color(workplace):
    terminal = workplace.start(*DEMO, environment={"NO_COLOR": "1"})
    if COLOR.search(terminal.output):
        raise Failure(f"colours were sent: {COLOR.search(terminal.output)}")
    terminal.last_key("q")
    expect_clean(terminal.finish(), 0)


def scenario_without_a_utf8_locale_everything_is_ascii(workplace):
    terminal = workplace.start(*DEMO, environment={"LANG": "C"})
    if any(byte >= 0x80 for byte in terminal.output):
        raise Failure("bytes beyond ASCII were sent")
    terminal.last_key("q")
    expect_clean(terminal.finish(), 0)


def scenario_old_terminals_work(workplace):
    for kind in ("vt100", "linux", "xterm", "screen-256color", "tmux-256color"):
        terminal = workplace.start(*DEMO, columns=80, rows=24, environment={"TERM": kind})
        if not terminal.text().strip():
            raise Failure(f"nothing is shown with TERM={kind}")
        terminal.keys("<Down><Up><Home><End><click:3,3>")
        terminal.last_key("q")
        expect_clean(terminal.finish(), 0)


def scenario_terminals_that_cannot_show_a_screen_are_refused(workplace):
    for kind in ("dumb", "no-such-terminal", None):
        terminal = workplace.start(*DEMO, environment={"TERM": kind}, sync=False)
        ending = terminal.finish()
        if ending.code == 0 or "terminal" not in ending.text or ending.in_alternate:
            raise Failure(f"TERM={kind}: {ending}")


def scenario_unknown_sequences_type_nothing(workplace):
    terminal = workplace.start(*DEMO)
    wait_until_measured(terminal)
    before = terminal.text()
    # Control with arrows, a focus report, a cut mouse report, an unknown function key.
    for sequence in ("\x1b[1;5C", "\x1b[I", "\x1b[<0;999999;1M", "\x1b[99~", "\x1bOz"):
        terminal.send(sequence)
        terminal.run(0.1)
    if terminal.text() != before:
        raise Failure(f"the screen changed:\n{terminal.text()}")
    terminal.last_key("q")
    expect_clean(terminal.finish(), 0)


def scenario_idle_costs_no_time(workplace):
    terminal = workplace.start(*DEMO)
    wait_until_measured(terminal)
    written, used = len(terminal.output), terminal.processor_seconds()
    terminal.run(3)
    used, written = terminal.processor_seconds() - used, len(terminal.output) - written
    if used > 0.03 or written > 2000:  # ages such as "3 s ago" may change
        raise Failure(f"{used:.2f} s and {written} bytes in 3 idle seconds")


def scenario_output_that_is_no_terminal_is_refused(workplace):
    result = subprocess.run(
        [workplace.binary, "--no-mouse", *DEMO],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    if b"\x1b" in result.stdout + result.stderr:
        raise Failure("escape sequences were written to a pipe")
