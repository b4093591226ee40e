"""A program under a pseudo-terminal: press keys, look at the screen, see what it leaves behind."""

import dataclasses
import fcntl
import os
import select
import signal
import struct
import termios
import time

import keys
from emulator import Emulator

# Line wrap, blinking cursor and visible cursor are on in a fresh terminal.
USUAL_MODES = {7, 12, 25}


class Failure(Exception):
    """An expectation that did not come true, with the screen at that moment."""


@dataclasses.dataclass
class Ending:
    """How a program ended and what it left the terminal like."""

    code: int  # exit status; minus the signal's number if one killed it
    text: str  # what the screen shows afterwards
    modes_left: list  # modes still on
    in_alternate: bool
    cursor_visible: bool
    settings_restored: bool
    byte_count: int

    @property
    def is_clean(self):
        return (
            not self.modes_left
            and not self.in_alternate
            and self.cursor_visible
            and self.settings_restored
        )


class Terminal:
    """One running program. With `sync`, every key waits for the program's idle marker."""

    def __init__(self, command, columns=120, rows=36, environment=None, folder=None, sync=True):
        self.timeout = 10.0
        self.output = bytearray()
        self.emulator = Emulator(columns, rows, self._write)
        self._sync = sync
        self._code = None
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)
        self._set_size(columns, rows)
        self._settings = termios.tcgetattr(self._slave)
        self.process = os.fork()
        if self.process == 0:
            self._become(command, self._environment(environment or {}), folder)

    # Doing

    def keys(self, text):
        """Presses keys and runs steps as keys.py names them."""
        for step, argument in keys.steps(text):
            self.step(step, argument)

    def step(self, step, argument):
        before = self.emulator.inputs
        if step == "send":
            self._write(argument.encode())
        elif step == "key":
            self._write(keys.sent(argument, 1 in self.emulator.modes).encode())
        elif step == "wait":
            return self.run(float(argument) / 1000)
        elif step == "idle":
            return self.wait_idle()
        elif step == "expect":
            return self.expect(argument)
        elif step == "absent":
            return self.expect_absent(argument)
        elif step == "resize":
            self.resize(*map(int, argument.split("x")))
        elif step == "signal":
            return self.signal(argument)
        else:
            raise ValueError(f"<{step}> means nothing here")
        if self._sync:
            self._wait_taken_in(before)
        return None

    def _wait_taken_in(self, before):
        """Waits for a complete frame that has taken in more inputs than before."""
        if not self._until(lambda: self.emulator.inputs > before):
            raise Failure(self._with_screen("the program did not take in what was typed"))

    def send(self, text):
        """Sends text as it is, waiting for nothing."""
        self._write(text.encode())

    def last_key(self, text):
        """Presses a key that ends the program, so that no idle marker will follow."""
        for step, argument in keys.steps(text):
            self.send(argument if step == "send" else keys.NAMED[argument])

    def resize(self, columns, rows):
        self.emulator.resize(columns, rows)
        self._set_size(columns, rows)

    def signal(self, name):
        """Sends a signal to the program alone."""
        os.kill(self.process, getattr(signal, "SIG" + name))

    def hang_up(self):
        """Closes the window: the program's terminal is gone."""
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = None

    # Looking

    def lines(self):
        return self.emulator.lines()

    def text(self):
        return "\n".join(self.lines())

    def find(self, text):
        """(column, row) of the first place the text stands at."""
        for row, line in enumerate(self.lines()):
            if text in line:
                return line.index(text), row
        raise Failure(self._with_screen(f"{text!r} is not on the screen"))

    def style(self, column, row):
        """(foreground, background, attributes) of a cell."""
        return self.emulator.style(column, row)

    def cells(self):
        """Every cell: (character, foreground, background, attributes), row by row."""
        return self.emulator.cells()

    def picture(self, path):
        import picture  # only pictures need Pillow

        picture.draw(self.emulator, path)

    def processor_seconds(self):
        """Processor time the program has used so far."""
        with open(f"/proc/{self.process}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Waiting

    def run(self, seconds):
        """Lets the program run for a while."""
        self._until(lambda: False, seconds)

    def wait_idle(self, before=None):
        """Waits for a marker after the given count: nothing is pending and the frame is complete."""
        before = self.emulator.idle if before is None else before
        if not self._until(lambda: self.emulator.idle > before):
            raise Failure(self._with_screen("no idle marker came"))

    def wait_calm(self, seconds=1.0):
        """Waits until the program has written nothing for a while: its background work is done."""
        end = time.monotonic() + 6 * self.timeout
        written = -1
        while written != len(self.output):
            if time.monotonic() > end:
                raise Failure(self._with_screen("the program does not come to rest"))
            written = len(self.output)
            self.run(seconds)

    def wait_for(self, condition, what):
        if not self._until(condition):
            raise Failure(self._with_screen(f"waited in vain for {what}"))

    def expect(self, text):
        self.wait_for(lambda: text in self.text(), f"{text!r}")

    def expect_absent(self, text):
        self.wait_for(lambda: text not in self.text(), f"{text!r} to go away")

    def finish(self):
        """Waits until the program ends by itself."""
        if not self._until(self._has_ended):
            raise Failure(self._with_screen("the program did not end"))
        self._read(0.05)
        restored = self._slave is None or termios.tcgetattr(self._slave)[:4] == self._settings[:4]
        return Ending(
            code=self._code,
            text=self.text(),
            modes_left=sorted(self.emulator.modes - USUAL_MODES),
            in_alternate=self.emulator.in_alternate,
            cursor_visible=not self.emulator.grid.cursor.hidden,
            settings_restored=restored,
            byte_count=len(self.output),
        )

    def close(self):
        """Kills the program if it still runs."""
        if not self._has_ended():
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self._code = -signal.SIGKILL
        for descriptor in (self._master, self._slave):
            if descriptor is not None:
                os.close(descriptor)
        self._master = self._slave = None

    # Within

    def _until(self, condition, seconds=None):
        end = time.monotonic() + (self.timeout if seconds is None else seconds)
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._read(min(left, 0.02))
        return True

    def _read(self, seconds):
        """Takes what the program wrote until it is silent for the given time."""
        if self._master is None:
            time.sleep(seconds)
            return
        while select.select([self._master], [], [], seconds)[0]:
            self._take()
            seconds = 0

    def _take(self):
        data = os.read(self._master, 65536)
        self.output += data
        self.emulator.feed(data)

    def _write(self, data):
        """Reads along: a program that waits for its output to be taken takes no input."""
        while data:
            readable, writable, _ = select.select([self._master], [self._master], [])
            if writable:
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    pass
            if readable:
                self._take()

    def _has_ended(self):
        if self._code is None:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code is not None

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _with_screen(self, message):
        shown = "\n".join(f"  | {line}" for line in self.lines() if line)
        return f"{message}; the screen:\n{shown}"

    def _environment(self, changes):
        """A clean environment; a change to None takes a variable away."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "LATHE_TEST_SYNC": "1",
        }
        environment.update(changes)
        return {name: value for name, value in environment.items() if value is not None}

    def _become(self, command, environment, folder):
        """In the child: runs the command with the pseudo-terminal as its own."""
        try:
            os.close(self._master)
            os.login_tty(self._slave)
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            if folder is not None:
                os.chdir(folder)
            os.execvpe(command[0], command, environment)
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode())
        finally:
            os._exit(127)
