"""The engine by itself, over a pipe: JSON-RPC as any front end speaks it."""

import statistics
import time

from command import expect, expect_shape, lathe
from engine_pipe import Engine


def scenario_the_engine_speaks_json_rpc(workplace):
    with Engine(workplace) as engine:
        told = engine.ask("initialize", clientVersion="0")["result"]
        expect_shape(told, {"version": str, "families": [str], "jobs": [str], "hardware": dict})
        opened = engine.ask("model/open", model="demo")["result"]
        expect(opened["hasWeights"] is True and len(opened["spec"]["blocks"]) == 8, opened)
        job = engine.start("evaluate", data=[], windows=1, tasks=False)
        partial = engine.wait_job("progress", job)
        expect(0 < partial["fraction"] <= 1 and partial["total"] > 0, partial)
        result = engine.wait_job("finished", job)["result"]["evaluation"]["_0"]
        expect(result["overall"]["kl"] == 0 and result["fraction"] == 1, result)
        for line, code in (
            (b"this is not JSON\n", -32700),
            (b'{"jsonrpc":"2.0","id":77}\n', -32600),
            (b'{"jsonrpc":"2.0","id":78,"method":"no/such","params":{}}\n', -32601),
            (b'{"jsonrpc":"2.0","id":79,"method":"model/open","params":{"x":1}}\n', -32602),
            (b"[" * 100_000 + b"\n", -32700),
            (b"\xff\xfe\x00\n", -32700),
        ):
            engine.write(line)
            answer = engine.wait(lambda message: "error" in message, f"the error {code}")
            expect(answer["error"]["code"] == code and answer["error"]["message"], line, answer)
        refused = engine.ask("model/open", model="/no/such/folder")["error"]
        expect("/no/such/folder" in refused["message"], refused)
        failed = engine.start("evaluate", data=["/no/such/text"], windows=1, tasks=False)
        why = engine.wait_job("failed", failed)["failure"]
        expect("/no/such/text" in why["message"], why)
        # Two lines in one write, one line in two writes.
        request = b'{"jsonrpc":"2.0","id":%d,"method":"initialize","params":{"clientVersion":"0"}}\n'
        engine.write(request % 901 + (request % 902)[:30])
        engine.write((request % 902)[30:])
        for number in (901, 902):
            engine.wait(lambda message, number=number: message.get("id") == number, number)
        seconds, code = engine.close_input()
        expect(code == 0 and seconds < 2, f"the idle engine ended after {seconds:.2f} s: {code}")


def scenario_the_engine_cancels_within_100_ms(workplace):
    plan = lathe(workplace, "plan", "demo", "--set", "bits 4 experts").json()
    with Engine(workplace) as engine:
        first = engine.start("evaluate", data=[], windows=1, tasks=False)
        engine.wait_job("finished", first)
        milliseconds = []
        for pause in (0.02, 0.1, 0.2, 0.3, 0.4):
            job = engine.start("evaluate", plan=plan, data=[], windows=8, tasks=True)
            time.sleep(pause)
            start = time.monotonic()
            engine.send("job/cancel", job=job)
            why = engine.wait_job("failed", job)["failure"]
            milliseconds.append(1000 * (time.monotonic() - start))
            expect(why["kind"] == 3, f"not told as cancelled: {why}")
        print("       cancelled after", ", ".join(f"{time:.1f}" for time in milliseconds), "ms")
        expect(statistics.median(milliseconds) < 100, f"cancelling took {milliseconds} ms")
        # A calibration pass is cancelled as well, and a job that waits, at once.
        busy = engine.start("profile", data=[], tokens=16384, seed=1)
        waiting = engine.start("profile", data=[], tokens=16384, seed=2)
        time.sleep(0.2)
        for job in (waiting, busy):
            start = time.monotonic()
            engine.send("job/cancel", job=job)
            engine.wait_job("failed", job)
            print(f"       a profile after {1000 * (time.monotonic() - start):.1f} ms")
        engine.start("evaluate", data=[], windows=8, tasks=True)
        time.sleep(0.1)
        seconds, code = engine.close_input()
        expect(code == 0 and seconds < 2, f"the busy engine ended after {seconds:.2f} s: {code}")
