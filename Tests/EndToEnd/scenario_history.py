"""The history: what was measured is kept, whatever happens to who measures, and is found again."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import time

import history_file
from command import environment, expect, expect_shape, lathe
from engine_pipe import Engine
from terminal import Failure
from workbench import expect_row, leave, row, start, wait_figures

SEED = int(os.environ.get("LATHE_SEED", "20260131"))
KILLS = 15
NUMBER = float
RUN = {
    "id": int, "time": str, "model": str, "name": str, "digest": str, "plan": {"edits": list},
    "bytes": int, "kl": NUMBER, "kl_ci95": [NUMBER], "perplexity": NUMBER,
    "perplexity_ci95": [NUMBER], "top1_agreement": NUMBER, "data": str, "windows": int,
    "seconds": NUMBER, "version": str, "origin": str, "evaluation": {"overall": dict},
}  # fmt: skip


def measure(workplace, *edits, **options):
    """Measures a plan of the tiny model."""
    model, ids = history_file.tiny(workplace)
    arguments = ["evaluate", model, "--data", ids, "--no-tasks", "--json"]
    if edits:
        plan = workplace.folder / "edited.json"
        settings = [word for edit in edits for word in ("--set", edit)]
        lathe(workplace, "plan", model, *settings, "-o", plan, "--force").must_succeed()
        arguments += ["--plan", plan]
    return lathe(workplace, *arguments, **options)


def scenario_measured_plans_are_listed_and_opened_again(workplace):
    model, _ = history_file.tiny(workplace)
    empty = lathe(workplace, "history", model).must_succeed()
    expect("nothing was measured yet" in empty.out, empty)
    for edits in ((), ("bits 4 experts",), ("bits 4 experts",), ("bits 2 experts", "drop moe 1")):
        measure(workplace, *edits).must_succeed()
    told = lathe(workplace, "history", model, "--json").json()
    expect_shape(told, {"runs": [RUN]})
    expect([run["id"] for run in told["runs"]] == [4, 3, 2, 1], told["runs"])
    bytes_of = [run["bytes"] for run in told["runs"]]
    expect(bytes_of[0] < bytes_of[1] == bytes_of[2] < bytes_of[3], bytes_of)
    expect(told["runs"][3]["kl"] == 0 and told["runs"][0]["origin"] == "person", told["runs"])
    front = lathe(workplace, "history", model, "--front", "--json").json()["runs"]
    expect([run["id"] for run in front] == [4, 3, 1], front)
    text = lathe(workplace, "history", model, "--limit", "2").must_succeed().out
    expect("bits 2 experts; drop moe 1" in text and "2 of 4 runs of tiny" in text, text)
    expect("tiny" in lathe(workplace, "history").must_succeed().out, "no model is listed")
    models = lathe(workplace, "history", "--json").json()["models"]
    expect([(entry["name"], entry["runs"]) for entry in models] == [("tiny", 4)], models)
    plan = workplace.folder / "again.json"
    lathe(workplace, "history", model, "--plan", "4", "-o", plan).must_succeed()
    edits = [step["edit"] for step in json.loads(plan.read_text(encoding="utf-8"))["edits"]]
    expect(edits == ["bits 2 experts", "drop moe 1"], edits)
    again = lathe(workplace, "plan", model, "--plan", plan, "--ledger", "--json").json()
    expect(again["bytes"] == bytes_of[0], again)
    expect(lathe(workplace, "history", model, "--plan", "4").json()["edits"], "no plan is printed")


def scenario_the_history_is_csv_that_others_read(workplace):
    model, _ = history_file.tiny(workplace)
    measure(workplace, "drop experts 1.0, 1.1", "bits 4 experts").must_succeed()
    measure(workplace).must_succeed()
    shown = lathe(workplace, "history", model, "--csv").must_succeed().out
    lines = list(csv.DictReader(io.StringIO(shown, newline="")))
    expect(len(lines) == 2 and all(None not in line for line in lines), shown)
    # The comma in it is why the field needs quotation marks.
    expect(lines[1]["edits"] == "drop experts 1.0, 1.1; bits 4 experts", lines[1])
    told = lathe(workplace, "history", model, "--json").json()["runs"][1]
    expect(float(lines[1]["kl"]) == told["kl"] and lines[1]["digest"] == told["digest"], lines[1])


def scenario_wrong_requests_of_the_history_are_one_line(workplace):
    model, _ = history_file.tiny(workplace)
    measure(workplace).must_succeed()
    for arguments, word in (
        (["history", model, "--limit", "0"], "--limit"),
        (["history", model, "--json", "--csv"], "--csv"),
        (["history", model, "-o", "x.json"], "--plan"),
        (["history", "--front"], "MODEL"),
        (["history", model, "--data", "prose"], "--data"),
    ):
        lathe(workplace, *arguments).must_refuse(word, what="arguments")
    lathe(workplace, "history", model, "--plan", "7").must_refuse("run 7", what="history")
    lathe(workplace, "history", "demo", "--plan", "1").must_refuse("tiny", what="history")
    taken = history_file.tiny(workplace)[1]
    lathe(workplace, "history", model, "--plan", "1", "-o", taken).must_refuse(
        "exists already", "--force", what="history"
    )


def scenario_names_in_the_history_cannot_steer_the_terminal(workplace):
    model, ids = history_file.tiny(workplace)
    evil = model.rename(workplace.folder / "ti\x1b[31mny,\u202e\"=1")
    lathe(workplace, "evaluate", evil, "--data", ids, "--no-tasks").must_succeed()
    for arguments in ([], [evil], [evil, "--csv"], [evil, "--json"]):
        shown = lathe(workplace, "history", *arguments).must_succeed().out
        expect("\x1b" not in shown, repr(shown))
    lines = list(csv.DictReader(io.StringIO(lathe(workplace, "history", evil, "--csv").out)))
    expect(len(lines) == 1 and "ny," in lines[0]["name"], lines)


class Measuring:
    """An engine that measures many plans of the tiny model, and a command that does too."""

    def __init__(self, workplace, count=60):
        self._workplace = workplace
        self._model, self._ids = history_file.tiny(workplace)
        self._engine = Engine(workplace)
        for _ in range(count):
            self._engine.send(
                "job/start",
                model=str(self._model),
                work={"evaluate": {"_0": {"data": [str(self._ids)], "windows": 1, "tasks": False}}},
            )
        command = [workplace.binary, "evaluate", self._model, "--data", self._ids, "--no-tasks"]
        self._command = subprocess.Popen(
            [*command, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=workplace.folder,
            env=environment(workplace),
            start_new_session=True,
        )

    def kill(self):
        """Kills all three processes; the seconds of every measurement that was told as finished."""
        told = self._engine.kill()
        try:
            os.killpg(self._command.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it was done already
        out, _ = self._command.communicate()
        evaluations = [
            message["params"]["result"]["evaluation"]["_0"]
            for message in told
            if message.get("method") == "job/finished"
        ]
        if self._command.returncode == 0:
            evaluations.append(json.loads(out))
        return [evaluation["seconds"] for evaluation in evaluations]


def scenario_the_history_survives_kills_at_any_moment(workplace):
    chance = random.Random(SEED)
    print(f"       seed {SEED} (LATHE_SEED)")
    model, _ = history_file.tiny(workplace)
    told, kept = [], []
    for number in range(KILLS):
        measuring = Measuring(workplace)
        time.sleep(chance.uniform(0.02, 0.8))
        told += measuring.kill()
        kept = [seconds for (seconds,) in history_file.rows(workplace, "seconds")]
        lost = set(told) - set(kept)
        expect(not lost, f"after kill {number + 1}, {len(lost)} of {len(told)} runs are lost")
    print(f"       {KILLS} kills, {len(told)} measurements told, {len(kept)} kept")
    expect(len(told) > KILLS, f"only {len(told)} measurements were told: the kills come too early")
    listed = lathe(workplace, "history", model, "--limit", "100000", "--json").json()["runs"]
    expect([run["seconds"] for run in reversed(listed)] == kept, "the list is not what was kept")
    measure(workplace).must_succeed()
    expect(len(history_file.rows(workplace)) == len(kept) + 1, "nothing is kept any more")


def scenario_two_engines_share_a_history(workplace):
    model, ids = history_file.tiny(workplace)
    request = {"data": [str(ids)], "windows": 1, "tasks": False}
    count = 40
    with Engine(workplace) as first, Engine(workplace) as second:
        for engine in (first, second) * count:
            engine.send("job/start", model=str(model), work={"evaluate": {"_0": request}})
        for engine in (first, second):
            for job in range(1, count + 1):
                engine.wait_job("finished", job)
        expect(len(history_file.rows(workplace)) == 2 * count, "runs are missing")
        fingerprint = first.ask("model/open", model=str(model))["result"]["spec"]["fingerprint"]
        for engine in (first, second):
            seen = engine.ask("history/list", model=fingerprint, isFront=False, limit=1)["result"]
            expect(seen["total"] == 2 * count and "problem" not in seen, seen)


def scenario_only_what_was_measured_alike_is_recalled(workplace):
    model, ids = history_file.tiny(workplace)
    measure(workplace).must_succeed()
    measure(workplace, "bits 4 experts").must_succeed()
    alike = {"data": [str(ids)], "windows": 8, "tasks": False}
    with Engine(workplace) as engine:
        for request, count in ((alike, 2), (alike | {"tasks": True}, 0)):
            known = engine.ask("history/recall", model=str(model), request=request, limit=9)
            expect(len(known["result"]["runs"]) == count, request, known)
        latest = engine.ask("history/recall", model=str(model), request=alike, limit=1)["result"]
        expect(latest["runs"][0]["plan"]["edits"] == [{"edit": "bits 4 experts"}], latest)
        age = latest["now"] - latest["runs"][0]["finished"]
        expect(0 <= age < 60_000, f"{age} ms ago")


def expect_in_memory(workplace, *words, known=1, **options):
    """A measurement is made although the history cannot be kept, which is said once."""
    measured = measure(workplace, **options)
    expect(measured.json()["overall"]["kl"] == 0, measured)
    lines = measured.err.splitlines()
    expect(len(lines) == 1 and lines[0].startswith("lathe: history: "), measured)
    lacking = [word for word in (*words, "kept in memory") if word not in lines[0]]
    expect(not lacking, f"{lacking} is not said: {measured}")
    expect(len(history_file.rows(workplace)) == known, "the run is in the file")


def scenario_a_history_of_a_newer_lathe_is_left_alone(workplace):
    measure(workplace).must_succeed()
    history_file.change(workplace, "PRAGMA user_version = 7")
    expect_in_memory(workplace, "its format is 7 and this Lathe knows 1", "update Lathe")
    model, _ = history_file.tiny(workplace)
    lathe(workplace, "history", model).must_refuse("its format is 7", what="history")


def scenario_a_history_that_cannot_be_written_is_still_read(workplace):
    measure(workplace).must_succeed()
    model, _ = history_file.tiny(workplace)
    before = history_file.powerless()
    # Once as a clean end leaves the file, once as a kill does, with part of it in the log.
    for known in (1, 2):
        if known == 2:
            with Engine(workplace) as engine:
                _, ids = history_file.tiny(workplace)
                request = {"data": [str(ids)], "windows": 1, "tasks": False}
                engine.ask("job/start", model=str(model), work={"evaluate": {"_0": request}})
                engine.wait_job("finished", 1)
                engine.kill()
        history_file.forbid_writing(workplace)
        try:
            expect_in_memory(
                workplace, "cannot be written there", "XDG_STATE_HOME", known=known, before=before
            )
            listed = lathe(workplace, "history", model, "--json", before=before)
            expect(len(listed.json()["runs"]) == known, listed)
            expect("cannot be written there" in listed.err, listed)
        finally:
            history_file.allow_writing(workplace)
            for part in history_file.path(workplace).parent.iterdir():
                part.chmod(0o600)
    measure(workplace).must_succeed()
    expect(len(history_file.rows(workplace)) == 3, "the history is not used again")


def scenario_a_full_disk_does_not_stop_the_work(workplace):
    measure(workplace).must_succeed()
    blocks = history_file.path(workplace).stat().st_size // 512 + 2
    expect_in_memory(workplace, "history.sqlite", before=history_file.limited(blocks // 2))
    folder = workplace.folder / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", folder]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode != 0:
        print("       no file system to fill:", mounted.stderr.decode().strip())
        return
    try:
        changes = {"XDG_STATE_HOME": str(folder)}
        for _ in range(60):
            measured = measure(workplace, changes=changes).must_succeed()
            if measured.err:
                break
        expect("the disk is full; make room" in measured.err, measured)
        model, _ = history_file.tiny(workplace)
        listed = lathe(workplace, "history", model, "--json", changes=changes).json()
        expect(len(listed["runs"]) > 1, "what was kept before is not listed")
    finally:
        subprocess.run(["umount", folder], check=False)


def scenario_a_model_opened_again_shows_what_was_measured(workplace):
    terminal = start(workplace)
    wait_figures(terminal, "original")
    terminal.keys("<Space>")
    wait_figures(terminal, "measured")
    figures = row(terminal, "measured")
    leave(terminal, "q", "y")
    count = len(history_file.rows(workplace))
    expect(count == 2, f"{count} runs were kept")
    terminal = start(workplace)
    wait_figures(terminal, "original")
    terminal.keys("<Space>")
    expect_row(terminal, "measured", "perplexity")
    if row(terminal, "measured") != figures:
        raise Failure(f"other figures than before, {figures}:\n{terminal.text()}")
    terminal.wait_calm()
    leave(terminal, "q", "y")
    expect(len(history_file.rows(workplace)) == count, "the plans were measured again")
    lathe(workplace, "history", "demo", "--plan", "2", "-o", "again.json").must_succeed()
    terminal = start(workplace, "--plan", "again.json")
    wait_figures(terminal, "measured")
    expect_row(terminal, "plan", "127/128")
    leave(terminal, "q")
