"""`lathe engine` over a pipe: JSON-RPC by hand, without the front end."""

import json
import os
import select
import subprocess
import time

from command import environment
from terminal import Failure


class Engine:
    """A running engine; ends with the `with` block."""

    def __init__(self, workplace):
        self._process = subprocess.Popen(
            [workplace.binary, "engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=workplace.folder,
            env=environment(workplace),
        )
        self._pending = b""
        self._messages = []
        self._next = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it died before it had read everything

    def ask(self, method, **parameters):
        """The answer to a request: its message, with `result` or `error`."""
        number = self.send(method, **parameters)
        return self.wait(lambda message: message.get("id") == number, f"the answer to {method}")

    def send(self, method, **parameters):
        number, self._next = self._next, self._next + 1
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
        self.write(json.dumps(request).encode() + b"\n")
        return number

    def start(self, kind, **request):
        """Starts a job on the demo; returns its number."""
        answer = self.ask("job/start", model="demo", work={kind: {"_0": request}})
        return answer["result"]["job"]

    def write(self, data):
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def wait_job(self, ending, job):
        """The parameters of `job/<ending>` of a job."""

        def fits(message):
            return (
                message.get("method") == f"job/{ending}" and message["params"].get("job") == job
            )

        return self.wait(fits, f"job/{ending} of {job}")["params"]

    def wait(self, fits, what, seconds=60):
        """Takes the first message that fits; those before it are kept."""
        end = time.monotonic() + seconds
        while True:
            for index, message in enumerate(self._messages):
                if fits(message):
                    return self._messages.pop(index)
            self._read(end - time.monotonic(), what)

    def close_input(self, seconds=10):
        """Ends the conversation; the seconds the engine takes to end, and its exit code."""
        start = time.monotonic()
        self._process.stdin.close()
        code = self._process.wait(seconds)
        return time.monotonic() - start, code

    def kill(self):
        """Kills the engine at once; every message that it had sent and nobody took."""
        self._process.kill()
        while data := os.read(self._process.stdout.fileno(), 1 << 20):
            self._pending += data
        *lines, _ = self._pending.split(b"\n")
        self.__exit__()
        return self._messages + [json.loads(line) for line in lines]

    def _read(self, seconds, what):
        stream = self._process.stdout.fileno()
        if seconds <= 0 or not select.select([stream], [], [], seconds)[0]:
            raise Failure(f"waited in vain for {what}; others: {self._messages}")
        data = os.read(stream, 1 << 20)
        if not data:
            raise Failure(f"the engine ended before {what}")
        *lines, self._pending = (self._pending + data).split(b"\n")
        self._messages += [json.loads(line) for line in lines]
