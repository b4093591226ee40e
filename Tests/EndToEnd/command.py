"""Lathe without a screen: run a verb, keep what it printed and how it ended."""

import atexit
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from terminal import Failure

TESTS = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = TESTS / "Fixtures"
DEMO_MODEL = TESTS.parent / "Sources" / "lathe" / "Resources" / "demo-model"

_profiles = {}


@dataclasses.dataclass
class Result:
    """How a command ended and what it wrote."""

    arguments: list
    code: int  # minus the signal's number if one killed it
    out: str
    err: str

    def __str__(self):
        out = self.out if len(self.out) < 1000 else self.out[:1000] + " …"
        line = " ".join(self.arguments)
        return f"lathe {line}: code {self.code}\n  out: {out}\n  err: {self.err}"

    def json(self):
        """The one JSON object on standard output of a command that must succeed."""
        self.must_succeed()
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise Failure(f"not JSON ({error}): {self}") from error

    def must_succeed(self):
        if self.code != 0:
            raise Failure(str(self))
        return self

    def must_refuse(self, *words, what, code=2):
        """One line `lathe: <what>: …; …` on standard error, nothing on standard output."""
        lines = self.err.splitlines()
        is_line = len(lines) == 1 and lines[0].startswith(f"lathe: {what}: ") and "; " in lines[0]
        lacking = [word for word in words if word not in self.err]
        if self.code != code or self.out or not is_line or lacking:
            raise Failure(f"expected code {code}, one line of {what}, {lacking or 'words'}: {self}")
        return self


def environment(workplace):
    """What a scenario's commands see: nothing of the caller's but PATH."""
    own = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(workplace.folder),
        "XDG_CONFIG_HOME": str(workplace.folder / "config"),
        "XDG_STATE_HOME": str(workplace.folder / "state"),
        "XDG_CACHE_HOME": str(workplace.folder / "cache"),
    }
    if "LATHE_SHARE" in os.environ:
        own["LATHE_SHARE"] = os.environ["LATHE_SHARE"]
    return own


def lathe(workplace, *arguments, text="", changes=None, before=()):
    """Runs a verb in the workplace; `before` is put in front of the command."""
    arguments = [str(argument) for argument in arguments]
    result = subprocess.run(
        [*before, workplace.binary, *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        cwd=workplace.folder,
        env=environment(workplace) | (changes or {}),
        timeout=180,
        check=False,
    )
    out, err = (stream.decode("utf-8", "replace") for stream in (result.stdout, result.stderr))
    return Result(arguments, result.returncode, out, err)


def lend_profile(workplace):
    """Puts the demo's calibration profile into the workplace's cache; it is made once."""
    if workplace.binary not in _profiles:
        folder = tempfile.mkdtemp(prefix="lathe-profile-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        made = lathe(workplace, "profile", "demo", changes={"XDG_CACHE_HOME": folder})
        made.must_succeed()
        _profiles[workplace.binary] = folder
    shutil.copytree(_profiles[workplace.binary], workplace.folder / "cache", dirs_exist_ok=True)


def expect(condition, *seen):
    if not condition:
        raise Failure(" ".join(map(str, seen)))


def expect_shape(value, shape, place="$"):
    """The value has the keys and types of the shape, all the way down."""
    if isinstance(shape, dict):
        expect(isinstance(value, dict), f"{place} is no object")
        for key, inner in shape.items():
            expect(key in value, f"{place}.{key} is missing; there are {sorted(value)}")
            expect_shape(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        expect(isinstance(value, list) and value, f"{place} is no list, or empty")
        for index, item in enumerate(value):
            expect_shape(item, shape[0], f"{place}[{index}]")
    else:
        allowed = (int, float) if shape is float else shape
        is_right = isinstance(value, allowed) and not isinstance(value, bool)
        expect(is_right, f"{place} is {value!r}, not {shape.__name__}")
