"""The command line: every verb's result, JSON, refusals, and what an installed Lathe needs."""

import json
import shutil
import subprocess
import time

import checkpoints
from command import DEMO_MODEL, FIXTURES, TESTS, expect, expect_shape, lathe, lend_profile

VERBS = (
    "open", "inspect", "verify", "tokenize", "profile", "plan", "evaluate", "report", "generate",
    "info", "bench", "engine", "recipes", "study", "history", "cost", "sweep", "predict", "search",
)  # fmt: skip
WITHOUT_EXAMPLES = {"info"}

# The JSON keys that scripts may rely on, with their types; there may be more.
NUMBER = float
BLOCK = {"index": int, "kind": str, "experts": int, "shared_experts": int, "bytes": int}
STRUCTURE = {
    "family": str, "parameters": int, "active_parameters": int, "bytes": int, "blocks": [BLOCK],
    "experts_per_token": int,
}  # fmt: skip
EXPERT_SCORES = {
    "index": int, "load": NUMBER, "mass": NUMBER, "reap": NUMBER, "ean": NUMBER, "tokens": int,
    "load_by_domain": dict, "weighted_ean": NUMBER,
    "ci95": {"load": [NUMBER], "mass": [NUMBER], "reap": [NUMBER], "ean": [NUMBER]},
}  # fmt: skip
BLOCK_SCORES = {
    "index": int, "block_importance": NUMBER, "moe_importance": NUMBER,
    "attention_importance": NUMBER, "experts": [EXPERT_SCORES],
    "ci95": {"block": [NUMBER], "moe": [NUMBER], "attention": [NUMBER]},
}  # fmt: skip
PROFILE = {
    "fingerprint": str, "tokens": int, "domains": list, "blocks": [BLOCK_SCORES],
    "linears": [{"name": str, "outlier_score": NUMBER}],
    "windows": {"tokens": int, "importances": [[NUMBER]]},
}  # fmt: skip
QUALITY = {
    "name": str, "tokens": int, "perplexity": NUMBER, "perplexity_ci95": [NUMBER], "kl": NUMBER,
    "kl_ci95": [NUMBER], "top1_agreement": NUMBER,
}  # fmt: skip
EVALUATION = {
    "overall": QUALITY, "domains": [QUALITY],
    "tasks": [{"name": str, "items": int, "accuracy": NUMBER, "accuracy_ci95": [NUMBER]}], "seconds": NUMBER,
    "tokens_per_second": NUMBER,
}  # fmt: skip
SEARCH = {
    "plan": dict, "bytes": int, "baseline_bytes": int, "average_bits": NUMBER,
    "predicted": {"kl": NUMBER, "sigma": NUMBER}, "measured": {"overall": QUALITY},
    "front": [{"bytes": int, "kl": NUMBER, "sigma": NUMBER}], "generations": int,
    "measurements": int, "seed": int, "seconds": NUMBER, "notes": list,
}  # fmt: skip
SWEEP = {
    "model": str, "data": str, "tokens": int, "seed": int, "domains": [str], "count": int,
    "seconds": NUMBER, "version": str,
    "entries": [{"kl": NUMBER, "kl_by_domain": [NUMBER], "loss_rise": NUMBER, "source": str}],
    "combinations": [{"edits": [str], "kl": NUMBER}],
}  # fmt: skip
PREDICTION = {
    "kl": NUMBER, "kl_sigma": NUMBER, "kl_90": [NUMBER], "perplexity": NUMBER,
    "perplexity_sigma": NUMBER, "bytes": int, "tasks": list, "measurements": int, "source": str,
}  # fmt: skip
LEDGER = {
    "bytes": int, "baseline_bytes": int, "average_bits": NUMBER, "stored_bits_per_weight": NUMBER,
    "flops_per_token": NUMBER, "kept_experts": int, "merged_experts": int, "zero_weights": int,
}  # fmt: skip


def scenario_every_verb_explains_itself(workplace):
    root = lathe(workplace, "--help").must_succeed()
    for verb in VERBS:
        expect(f"  {verb}" in root.out, f"{verb} is not in lathe --help")
        shown = lathe(workplace, verb, "--help").must_succeed()
        expect(not shown.err, shown)
        expect(f"USAGE: lathe {verb}" in shown.out, shown)
        expect("EXAMPLES\n  " in shown.out or verb in WITHOUT_EXAMPLES, shown)
        expect(lathe(workplace, "help", verb).out == shown.out, f"help {verb} says something else")
    expect("Exit codes: 0 done" in root.out, root)
    expect(lathe(workplace, "--version").must_succeed().out.strip().count(".") == 2, "no version")


def scenario_wrong_arguments_are_one_line(workplace):
    for arguments, word in (
        (["inspect"], "<model>"),
        (["inspect", "demo", "--frob"], "--frob"),
        (["verify", "demo"], "--reference"),
        (["generate", "demo"], "--prompt"),
        (["profile", "demo", "--tokens", "0"], "--tokens"),
        (["profile", "demo", "--seed", "x"], "--seed"),
        (["evaluate", "demo", "--windows", "0"], "--windows"),
        (["demo", "--colors", "99"], "--colors"),
        (["demo", "--glyphs", "runes"], "--glyphs"),
        (["inspect", "demo", "extra"], "extra"),
    ):
        lathe(workplace, *arguments).must_refuse(word, what="arguments")
    unknown = lathe(workplace, "demo", "--theme", "no-such-theme")
    expect(unknown.code == 2 and "no-such-theme" in unknown.err and "fjord" in unknown.err, unknown)
    expect(len(unknown.err.splitlines()) == 1, unknown)


def scenario_inspect_tells_the_structure(workplace):
    told = lathe(workplace, "inspect", "demo", "--json").json()
    expect_shape(told, STRUCTURE)
    expect(told["family"] == "olmoe" and told["experts_per_token"] == 2, told)
    expect([block["experts"] for block in told["blocks"]] == [16] * 8, told)
    expect(told["bytes"] == 2 * told["parameters"], "bf16 weights are not two bytes each")
    text = lathe(workplace, "inspect", "demo").must_succeed().out
    expect("olmoe" in text and "16.8" in text and "32.1 MiB" in text, text)


def token_file(workplace, name="ids.npy", count=64, step=1):
    """Token ids that every tiny checkpoint has, as a NumPy file."""
    ids = workplace.folder / name
    shape = f"{{'descr': '<i4', 'fortran_order': False, 'shape': ({count},), }}"
    header = shape.ljust(117) + "\n"
    numbers = b"".join((index * step % 16).to_bytes(4, "little") for index in range(count))
    ids.write_bytes(b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.encode() + numbers)
    return ids


def scenario_sweep_measures_all_or_a_sample(workplace):
    model = checkpoints.OLMOE
    data = ("--data", token_file(workplace))

    def sweep(*arguments):
        return lathe(workplace, "sweep", model, *data, "--json", *arguments).json()

    propagated = sweep("--depth", "propagated")
    sources = [entry["source"] for entry in propagated["entries"]]
    expect(0 < sources.count("measured") < sources.count("propagated"), sources)
    expect(propagated["count"] == len(sources) + len(propagated["combinations"]), propagated)
    expect(all(entry["kl"] >= 0 for entry in propagated["entries"] if entry["source"] == "propagated"), sources)
    # What is there will do, until the other is asked for.
    expect(sweep() == propagated, "an automatic sweep did not take the one that was there")
    full = sweep("--depth", "full")
    expect({entry["source"] for entry in full["entries"]} == {"measured"}, full)
    expect(sweep() == full and sweep("--depth", "propagated") == propagated, "one replaced the other")
    measured = {str(entry["probe"]): entry["kl"] for entry in full["entries"]}
    for entry in propagated["entries"]:
        if entry["source"] == "measured" and str(entry["probe"]) in measured:
            expect(entry["kl"] == measured[str(entry["probe"])], entry)
    text = lathe(workplace, "sweep", model, *data, "--depth", "propagated").must_succeed().out
    count = sources.count("measured") + len(propagated["combinations"])
    expect(f"{count} measurements and {sources.count('propagated')} changes propagated" in text, text)
    check = lathe(workplace, "sweep", model, *data, "--check", "--json").json()
    expect(check["propagated"] == sources.count("propagated") and check["parts"], check)
    lathe(workplace, "sweep", model, "--depth", "half").must_refuse("half", what="arguments")


def scenario_search_finds_plans_under_budgets(workplace):
    model = checkpoints.OLMOE
    texts = (
        "--calibration", token_file(workplace), "--data", token_file(workplace, "b.npy", step=3),
    )  # fmt: skip
    whole = lathe(workplace, "inspect", model, "--json").json()["bytes"]
    saved = workplace.folder / "found.json"

    def search(*arguments):
        return lathe(workplace, "search", model, *texts, "--generations", "2", *arguments)

    budget = whole * 6 // 10
    found = search("--memory", budget, "--seed", "3", "--json", "-o", saved).json()
    expect_shape(found, SEARCH)
    expect(found["bytes"] <= budget and found["calibration_kl"] <= found["start_calibration_kl"], found)
    told = lathe(workplace, "plan", model, "--plan", saved, "--ledger", "--json").json()
    expect(told["bytes"] == found["bytes"], told)
    again = search("--memory", budget, "--seed", "3", "--json").json()
    expect(again["plan"] == found["plan"], "the same seed gave another plan")
    text = search("--memory", budget, "--plan", saved, "--lock", "attention").must_succeed().out
    expect("on evaluation texts" in text and "front" in text, text)
    untouched = search("--memory", whole).must_succeed().out
    expect("nothing was changed" in untouched, untouched)
    least = search("--memory", "1000", "--actions", "bits", "--levels", "4")
    least.must_refuse("the smallest legal plan takes", what="search")
    smallest = int(least.err.split(" takes ")[1].split()[0])
    exact = search("--memory", smallest, "--actions", "bits", "--levels", "4", "--fast", "--json")
    expect(exact.json()["bytes"] == smallest, exact)
    for arguments, word in (
        (["--memory", "1MiB", "--lock", "experts 99.1"], "block 99"),
        (["--memory", "1MiB", "--actions", "bite"], "bite"),
        (["--memory", "1MiB", "--method", "magic"], "magic"),
        (["--speed", "1000x"], "the fastest legal plan"),
        (["--memory", "1MiB", "-o", saved], "it exists"),
    ):
        search(*arguments).must_refuse(word, what="search")
    lathe(workplace, "search", model).must_refuse("exactly one of", what="arguments")


def scenario_a_sweep_is_kept_and_predicts_plans(workplace):
    model = checkpoints.OLMOE
    calibration, data = token_file(workplace), token_file(workplace, "b.npy", step=3)
    found = lathe(workplace, "sweep", model, "--data", calibration, "--json").json()
    expect_shape(found, SWEEP)
    alone = {entry["kl"] for entry in found["entries"]}
    expect(len(found["entries"]) > 50 and len(alone) > 25, found["entries"])
    again = lathe(workplace, "sweep", model, "--data", calibration, "--json").json()
    expect(again == found, "a finished sweep was not kept")
    told = lathe(workplace, "sweep", model, "--data", calibration).must_succeed().out
    expect("each change alone" in told and f"{found['count']} measurements" in told, told)

    def predict(*arguments):
        texts = ("--calibration", calibration, "--data", data)
        return lathe(workplace, "predict", model, *texts, *arguments)

    some = predict("--set", "bits 4 experts", "--json").json()
    expect_shape(some, PREDICTION)
    more = predict("--set", "bits 2 experts", "--json").json()
    expect(0 < some["kl"] < more["kl"] and more["bytes"] < some["bytes"], (some, more))
    low, high = some["kl_90"]
    expect(low < some["kl"] < high and some["kl_sigma"] > 0, some)
    edit = ("--set", "bits 4 experts")
    plan = workplace.folder / "plan.json"
    lathe(workplace, "plan", model, *edit, "-o", plan).must_succeed()
    texts = ("--calibration", calibration, "--data", data)
    lathe(workplace, "evaluate", model, "--plan", plan, *texts).must_succeed()
    own = predict("--plan", plan, "--json").json()
    expect(own == some, "a plan's own measurement is part of its prediction")
    other = predict("--set", "bits 3 experts", "--json").json()
    expect(other["measurements"] == 1, other)
    predict("--plan", "no-such-plan.json").must_refuse("no-such-plan.json", what="predict")


def scenario_a_gguf_file_is_a_model(workplace):
    file = FIXTURES / "gguf" / "quantised.gguf"
    shown = lathe(workplace, "inspect", file).must_succeed()
    expect("q4_K" in shown.out, shown)
    ids = token_file(workplace)
    measured = lathe(
        workplace, "evaluate", file, "--data", ids, "--no-tasks", "--json"
    ).json()  # fmt: skip
    expect(measured["overall"]["kl"] == 0 and measured["overall"]["tokens"] > 32, measured)
    cut = workplace.folder / "cut.gguf"
    cut.write_bytes(file.read_bytes()[:2000])
    lathe(workplace, "inspect", cut).must_refuse("cut.gguf", what="inspect")


def scenario_inspect_needs_nothing_but_a_config(workplace):
    configs = FIXTURES / "configs"
    for name, gibibytes in (("mixtral-8x7b", 87.0), ("deepseek-moe-16b", 30.5)):
        told = lathe(workplace, "inspect", configs / name, "--json").json()
        expect(round(told["bytes"] / 2**30, 1) == gibibytes, f"{name}: {told['bytes']} bytes")
    text = lathe(workplace, "inspect", configs / "mixtral-8x7b").must_succeed().out
    expect("no weights" in text, text)
    refused = lathe(workplace, "evaluate", configs / "mixtral-8x7b")
    refused.must_refuse("mixtral-8x7b", "no weights", what="evaluate")


def scenario_verify_holds_the_forward_pass_to_a_reference(workplace):
    model, reference = checkpoints.OLMOE, checkpoints.OLMOE / "reference.safetensors"
    told = lathe(workplace, "verify", model, "--reference", reference, "--json").json()
    expect_shape(told["tensors"], [{"name": str, "max_abs_error": NUMBER}])
    errors = {tensor["name"]: tensor["max_abs_error"] for tensor in told["tensors"]}
    expect(told["ok"] is True and errors["logits"] < 1e-4, told)
    expect({"hidden.0", "router.2.logits", "loss"} <= set(errors), errors)
    header, data = checkpoints.read(reference)
    begin = header["logits"]["data_offsets"][0]
    wrong = workplace.folder / "wrong.safetensors"
    checkpoints.write(wrong, header, data[:begin] + b"\0\0\x80\x3f" + data[begin + 4 :])
    failed = lathe(workplace, "verify", model, "--reference", wrong)
    line = failed.err.splitlines()[-1]
    expect(failed.code == 1 and line.startswith("lathe: verify: logits: "), failed)
    expect("TOO LARGE" in failed.out, failed)
    lathe(workplace, "verify", model, "--reference", workplace.folder / "none").must_refuse(
        "none", what="verify"
    )


def scenario_tokenize_encodes_as_the_reference(workplace):
    cases = json.loads((FIXTURES / "tokenizer-cases.json").read_text(encoding="utf-8"))
    cases = [case for case in cases if case["text"]][::20] + [{"text": "a\r\nb\n\n", "ids": None}]
    for case in cases:
        piped = lathe(workplace, "tokenize", "demo", "--json", text=case["text"]).json()
        expect(case["ids"] in (piped["ids"], None), case, piped)
        expect(piped["decoded"] == case["text"], case, piped)
        if "\0" not in case["text"]:
            given = lathe(workplace, "tokenize", "demo", f"--text={case['text']}")
            expect(given.must_succeed().out.split() == list(map(str, piped["ids"])), given)


def scenario_profile_is_made_once(workplace):
    seconds, outputs = [], []
    for _ in range(2):
        start = time.monotonic()
        outputs.append(lathe(workplace, "profile", "demo", "--json").json())
        seconds.append(time.monotonic() - start)
    print(f"       profile {seconds[0]:.2f} s, from the cache {seconds[1]:.3f} s")
    expect_shape(outputs[0], PROFILE)
    expect(outputs[0] == outputs[1], "the cached profile differs")
    expect(seconds[1] < seconds[0] / 3, f"the second run took {seconds[1]:.2f} s")
    for block in outputs[0]["blocks"]:
        load = sum(expert["load"] for expert in block["experts"])
        expect(abs(load - 1) < 1e-6, f"the loads of block {block['index']} sum up to {load}")
    text = lathe(workplace, "profile", "demo").must_succeed().out
    expect("REAP" in text and "7.15" in text and "arithmetic" in text, text)
    expect("95 %" in text and "blocks together" in text, text)
    # Other settings are another profile.
    other = lathe(workplace, "profile", "demo", "--tokens", "2048", "--seed", "7", "--json").json()
    expect(other["tokens"] < outputs[0]["tokens"], other["tokens"])
    few = lathe(workplace, "profile", "demo", "--tokens", "600").must_succeed().out
    expect("fewer than 64 tokens" in few and "more --tokens" in few, few)


def scenario_plan_edits_without_a_screen(workplace):
    lend_profile(workplace)
    edits = ("drop experts 3.5, 3.7..9", "bits 4 experts", "bits 8 attention", "keep experts 3.8")
    edits = [word for edit in edits for word in ("--set", edit)]
    made = lathe(workplace, "plan", "demo", *edits, "-o", "plan.json").must_succeed()
    expect("plan.json" in made.err, made)
    plan = json.loads((workplace.folder / "plan.json").read_text(encoding="utf-8"))
    expect([step["edit"] for step in plan["edits"]] == edits[1::2], plan)
    inspected = lathe(workplace, "inspect", "demo", "--json").json()
    expect(plan["model"]["fingerprint"] == inspected["fingerprint"], plan)
    costs = lathe(
        workplace, "plan", "demo", "--plan", "plan.json", "--ledger", "--json"
    ).json()  # fmt: skip
    expect_shape(costs, LEDGER)
    expect(costs["baseline_bytes"] == inspected["bytes"], costs)
    expect(costs["kept_experts"] == 125 and 4 < costs["average_bits"] < 8, costs)
    expect(costs["bytes"] < 0.5 * costs["baseline_bytes"], costs)
    rule = ["--set", "drop experts where load < 0.7x and block in 4..7"]
    ruled = lathe(workplace, "plan", "demo", *rule).json()["edits"][0]
    expect(ruled["said"] == rule[1] and "6.8" in ruled["edit"], ruled)
    empty = lathe(workplace, "plan", "demo", "--ledger", "--json").json()
    expect(empty["bytes"] == empty["baseline_bytes"] and empty["average_bits"] == 16, empty)


def scenario_recipes_make_plans(workplace):
    lend_profile(workplace)
    listed = lathe(workplace, "recipes", "--json").json()
    names = [recipe["name"] for recipe in listed]
    shown = lathe(workplace, "recipes").must_succeed()
    for name in ("reap", "block-drop", "phi-mini", "frequent-experts", "hc-smoe", "uniform"):
        expect(name in names and name in shown.out, shown)

    def costs(*recipes):
        words = [word for recipe in recipes for word in ("--recipe", recipe)]
        return lathe(workplace, "plan", "demo", *words, "--ledger", "--json").json()

    expect(costs("reap ratio=50%")["kept_experts"] == 64, "REAP")
    expect(costs("reconstruction count=2 search=greedy")["kept_experts"] == 112, "reconstruction")
    merged = costs("hc-smoe ratio=25%")
    expect(merged["kept_experts"] == 128 and merged["merged_experts"] == 32, merged)
    expect(merged["bytes"] < merged["baseline_bytes"], merged)
    both = costs("block-drop count=1 order=iterative bits=16", "uniform bits=4 method=gptq")
    expect(both["kept_experts"] == 112 and both["average_bits"] == 4, both)
    zeros = lathe(
        workplace, "plan", "demo", "--set", "sparsify 50% experts", "--ledger", "--json"
    ).json()  # fmt: skip
    expect(zeros["bytes"] == zeros["baseline_bytes"] and zeros["zero_weights"] == 6291456, zeros)
    for recipe, word in (("best", "choose one of"), ("reap ratio=2", "below 100 %")):
        refused = lathe(workplace, "plan", "demo", "--recipe", recipe)
        expect(refused.code == 2 and word in refused.err and not refused.out, refused)
        expect(len(refused.err.splitlines()) == 1, refused)


def scenario_methods_with_calibration_lose_less(workplace):
    def kl(*edits, words=()):
        made = [word for edit in edits for word in ("--set", edit)]
        lathe(workplace, "plan", "demo", *made, "-o", "p.json", "--force").must_succeed()
        return lathe(
            workplace, "evaluate", "demo", "--plan", "p.json", "--windows", "2", "--no-tasks",
            "--json", *words,
        ).json()  # fmt: skip

    rounded = kl("bits 3 experts")
    fitted = kl("bits 3 experts method gptq")
    expect(fitted["overall"]["kl"] < rounded["overall"]["kl"], (fitted, rounded))
    expect("calibration" not in rounded and fitted["calibration"]["tokens"] > 16000, fitted)
    expect(rounded["notes"] == [] and fitted["notes"] == [], (rounded, fitted))
    (workplace.folder / "few.txt").write_text("A few words only.", encoding="utf-8")
    few = kl("bits 3 experts method gptq", words=("--calibration", "few.txt"))
    expect(any("gave way to rtn: no calibration token" in note for note in few["notes"]), few)
    expect(fitted["overall"]["kl"] < few["overall"]["kl"] < 0.1, few)
    both = kl(
        "drop experts 3.1", "merge experts 3.2, 3.4", "neurons 75% experts refit",
        "bits 4 all method gptq", "calibrate sequential",
    )  # fmt: skip
    expect(0 < both["overall"]["kl"] < 1, both)


def scenario_plan_never_overwrites_without_leave(workplace):
    own = workplace.folder / "mine.txt"
    own.write_text("not a plan\n", encoding="utf-8")
    lathe(workplace, "plan", "demo", "-o", own).must_refuse("mine.txt", "--force", what="plan")
    expect(own.read_text(encoding="utf-8") == "not a plan\n", "the file was overwritten")
    lathe(workplace, "plan", "demo", "-o", own, "--force").must_succeed()
    expect(json.loads(own.read_text(encoding="utf-8"))["format"] == "lathe-plan", "no plan")
    nowhere = workplace.folder / "no" / "plan.json"
    lathe(workplace, "plan", "demo", "-o", nowhere).must_refuse(str(nowhere), what="plan", code=1)


def scenario_illegal_plans_are_refused(workplace):
    for edit, word in (
        ("drop experts 0.*", "2 per token"),
        ("drop block 0..7", "no block"),
        ("drop experts 1.99", "1.99"),
        ("drop experts 8.0", "8"),
        ("bits 7 experts", '"7"'),
        ("drop", "drop"),
        ("paint experts 1.2 red", "paint"),
    ):
        refused = lathe(workplace, "plan", "demo", "--set", edit, "-o", "plan.json")
        expect(refused.code == 2 and word in refused.err and not refused.out, refused)
        expect(len(refused.err.splitlines()) == 1, refused)
        expect(refused.err.startswith("lathe: plan: "), refused)
        expect(not (workplace.folder / "plan.json").exists(), f"{edit}: a plan was written")


def scenario_plan_files_are_checked(workplace):
    lathe(
        workplace, "plan", checkpoints.OLMOE, "--set", "drop experts 0.1", "-o", "other.json"
    ).must_succeed()  # fmt: skip
    own = json.loads((workplace.folder / "other.json").read_text(encoding="utf-8"))
    own["model"]["fingerprint"] = lathe(workplace, "inspect", "demo", "--json").json()["fingerprint"]
    variants = {
        "other.json": None,
        "list.json": [],
        "format.json": own | {"format": "something"},
        "version.json": own | {"version": 99},
        "edit.json": own | {"edits": [{"edit": "drop experts 77.1"}]},
        "keys.json": {"format": "lathe-plan"},
    }
    for name, content in variants.items():
        if content is not None:
            (workplace.folder / name).write_text(json.dumps(content), encoding="utf-8")
    (workplace.folder / "broken.json").write_text("{", encoding="utf-8")
    for name in [*variants, "broken.json", "missing.json"]:
        for arguments, what in ((["plan"], "plan"), (["evaluate"], "evaluate"), ([], "open")):
            refused = lathe(workplace, *arguments, "demo", "--plan", name)
            expect(refused.code == 2 and not refused.out, refused)
            expect(refused.err.startswith(f"lathe: {what}: {name}: "), refused)
            expect(len(refused.err.splitlines()) == 1, refused)


def scenario_evaluate_agrees_with_the_reference(workplace):
    stored = json.loads((DEMO_MODEL / "reference-evaluation.json").read_text(encoding="utf-8"))
    told = lathe(workplace, "evaluate", "demo", "--json").json()
    expect_shape(told, EVALUATION)
    measured = {domain["name"]: domain for domain in told["domains"]}
    pairs = [(measured[name], domain) for name, domain in stored["domains"].items()]
    for own, reference in [*pairs, (told["overall"], stored["all"])]:
        error = abs(own["perplexity"] / reference["perplexity"] - 1)
        expect(error < 5e-5, f"{own['name']}: {own['perplexity']}, not {reference['perplexity']}")
        expect(own["tokens"] == reference["targets"], own)
        expect(own["kl"] == 0 and own["kl_ci95"] == [0, 0] and own["top1_agreement"] == 1, own)
        low, high = own["perplexity_ci95"]
        expect(low < own["perplexity"] < high, own)
    task = stored["arithmetic_task"]
    expect(told["tasks"][0]["items"] == task["items"], told["tasks"])
    expect(told["tasks"][0]["accuracy"] == task["exact_match"], told["tasks"])
    print(f"       {told['seconds']:.2f} s, {told['tokens_per_second']:.0f} tokens/s")


def scenario_cost_predicts_memory_and_speed(workplace):
    mixtral = FIXTURES / "configs" / "mixtral-8x7b"
    some = ["--context", "4096", "--prompt", "512", "--hardware", "H100", "--hardware", "h200"]
    told = lathe(workplace, "cost", mixtral, *some, "--json").json()["estimates"]
    expect([row["hardware"] for row in told] == ["H100", "H200"], told)
    expect([row["fits"] for row in told] == [False, True], told)
    expect(all(row["cache_bytes"] == 512 << 20 and row["speedup"] == 1 for row in told), told)
    edits = ["--set", "bits 4 experts", "--set", "drop moe 20..27"]
    less = lathe(workplace, "cost", mixtral, *some, *edits, "--json").json()["estimates"]
    expect(all(row["fits"] and row["speedup"] > 2 for row in less), less)
    crowd = lathe(workplace, "cost", mixtral, *some, "--batch", "64", "--json").json()["estimates"]
    for one, many in zip(told, crowd, strict=True):
        expect(one["distinct_experts"] == 2 and 7.9 < many["distinct_experts"] <= 8, many)
        expect(many["decode"]["tokens_per_second"] > one["decode"]["tokens_per_second"], many)

    own = workplace.folder / "own.toml"
    own.write_text("[mine]\nmemory_gib = 24\nbandwidth_gb_s = 936\n", encoding="utf-8")
    bad = lathe(workplace, "cost", mixtral, "--hardware-file", own, "--hardware", "mine")
    bad.must_refuse("own.toml", "mine.half_tflops is missing", what="cost")
    with own.open("a", encoding="utf-8") as file:
        file.write("float32_tflops = 35.6\nhalf_tflops = 71\n")
    text = lathe(workplace, "cost", mixtral, "--hardware-file", own, "--hardware", "mine").out
    expect("mine" in text and "87.0 GiB" in text, text)
    unknown = lathe(workplace, "cost", mixtral, "--hardware", "Z80")
    unknown.must_refuse("Z80", "RTX-4090", what="cost")

    first = lathe(workplace, "cost", "demo", "--hardware", "this", "--json").json()
    again = lathe(workplace, "cost", "demo", "--hardware", "this", "--json").json()
    expect(first == again, "this machine is measured once")
    (row,) = first["estimates"]
    expect(row["fits"] and 1 < row["decode"]["tokens_per_second"] < 1e6, row)


def scenario_evaluate_scores_choices_as_the_harness(workplace):
    tasks = FIXTURES / "tasks"
    stored = json.loads((tasks / "figures.json").read_text(encoding="utf-8"))
    names = ["choices.jsonl", "hellaswag.jsonl", "sums.jsonl"]
    files = [tasks / name for name in names]
    few = ["--windows", "1"]
    told = lathe(workplace, "evaluate", "demo", "--data", *files, *few, "--json").json()
    expect(len(told["domains"]) == 5, "beside tasks alone, the bundled texts")
    for name, task in zip(names, told["tasks"], strict=True):
        for key in ("accuracy", "normalized_accuracy"):
            expect(task[key] == stored[name][key], (name, key, task))
            low, high = task[f"{key}_ci95"]
            expect(0 <= low <= task[key] <= high <= 1 and low < high, task)
    text = lathe(workplace, "evaluate", "demo", "--data", *files, *few).must_succeed().out
    expect("sums task: 45.8 % [" in text and " of 24 choices right, normalised 41.7 % [" in text, text)
    bad = workplace.folder / "bad.jsonl"
    bad.write_text('{"context": "a", "choices": ["b", "c"], "answer": 2}\n', encoding="utf-8")
    refused = lathe(workplace, "evaluate", "demo", "--data", bad, *few)
    refused.must_refuse("bad.jsonl: line 1: ", "its answer 2 is none", what="evaluate")


def scenario_evaluate_tells_a_plan_from_the_original(workplace):
    edits = ["--set", "bits 3 experts", "--set", "drop experts 3.0..3"]
    lathe(workplace, "plan", "demo", *edits, "-o", "plan.json").must_succeed()
    few = ["--windows", "2", "--no-tasks"]
    told = lathe(workplace, "evaluate", "demo", "--plan", "plan.json", *few, "--json").json()
    overall = told["overall"]
    expect(0.005 < overall["kl"] < 5 and overall["top1_agreement"] < 1, overall)
    low, high = overall["kl_ci95"]
    expect(low < overall["kl"] < high, overall)
    expect(told["tasks"] == [] and overall["tokens"] == 5 * 2 * 255, told)
    text = workplace.folder / "own words.txt"
    text.write_text("It was the best of times, it was the worst of times. " * 40, encoding="utf-8")
    own = lathe(workplace, "evaluate", "demo", "--data", text, "--windows", "1", "--json").json()
    expect([domain["name"] for domain in own["domains"]] == ["own words"], own)
    lathe(workplace, "evaluate", "demo", "--data", "no.txt").must_refuse("no.txt", what="evaluate")


def scenario_generate_continues_a_text(workplace):
    arguments = ["generate", "demo", "--prompt", "12+30=42\n7+8=", "--tokens", "4", "--json"]
    first, second = (lathe(workplace, *arguments).json() for _ in range(2))
    expect_shape(first, {"text": str, "tokens_per_second": NUMBER})
    expect(first["text"].startswith("15\n") and first["text"] == second["text"], first, second)
    text = lathe(workplace, "generate", "demo", "--prompt", "def __init__(self", "--tokens", "8")
    expect(text.must_succeed().out.startswith("def __init__(self"), text)


def scenario_report_puts_everything_on_paper(workplace):
    lend_profile(workplace)
    lathe(workplace, "plan", "demo", "--set", "drop experts 0.3", "-o", "p.json").must_succeed()
    report = lathe(workplace, "report", "demo", "--plan", "p.json", "--text").must_succeed().out
    for part in ("STRUCTURE", "PLAN", "EXPERT MAP", "SCORES", "MEASURED QUALITY"):
        expect(f"{part}" in report, f"{part} is missing in the report")
    expect("1. drop experts 0.3" in report and "127 of 128" in report, report)
    rows = [line for line in report.splitlines() if line.startswith("   0 |")]
    expect(len(rows) == 1 and rows[0].split("|")[1].split()[3] == "x", rows)
    expect("\x1b" not in report, "the report has escape sequences")


def scenario_info_tells_paths_and_kernels(workplace):
    told = lathe(workplace, "info", "--json").json()
    expect({"olmoe"} <= set(told["families"]), told)
    expect(len(told["themes"]) >= 5 and told["cores"] >= 1, told)
    expect(told["cache"] == str(workplace.folder / "cache" / "lathe"), told)
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        is_modern = " avx2 " in file.read()
    expect(told["blas_kernels"] != "Prescott" or not is_modern, "slow matrix kernels")
    expect(told["blas_kernels"] in lathe(workplace, "info").must_succeed().out, told)


def scenario_an_installed_lathe_needs_nothing_else(workplace):
    prefix = workplace.folder / "prefix"
    share = prefix / "share" / "lathe"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(workplace.binary, prefix / "bin" / "lathe")
    shutil.copytree(DEMO_MODEL, share / "demo-model")
    shutil.copytree(TESTS.parent / "themes", share / "themes")

    def installed(*arguments):
        return subprocess.run(
            [prefix / "bin" / "lathe", *arguments],
            cwd="/", env={}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    told = json.loads(installed("info", "--json").stdout)
    expect(told["demo_model"] == str(share / "demo-model"), told["demo_model"])
    expect(len(told["themes"]) >= 5, told["themes"])
    few = ["--windows", "1", "--no-tasks", "--json"]
    evaluated = installed("evaluate", "demo", *few)
    expect(evaluated.returncode == 0, evaluated)
    expect(json.loads(evaluated.stdout)["overall"]["kl"] == 0, evaluated.stdout)
    linked = workplace.folder / "link"
    linked.symlink_to(prefix / "bin" / "lathe")
    through_link = subprocess.run(
        [linked, "inspect", "demo"], cwd="/", env={}, capture_output=True, check=False
    )
    expect(through_link.returncode == 0, through_link)
    shutil.rmtree(share)
    lost = installed("inspect", "demo")
    expect(lost.returncode == 2 and "LATHE_SHARE" in lost.stderr, lost)


def scenario_an_engine_that_cannot_start_is_a_message(workplace):
    # Many times: whether a write finds the engine still there is a matter of luck.
    for _ in range(10):
        missing = lathe(workplace, "inspect", "demo", "--engine", "/no/such/engine")
        expect(missing.code in (1, 2) and not missing.out, missing)
        expect("lathe: inspect: " in missing.err and "/no/such/engine" in missing.err, missing)
        ended = lathe(workplace, "inspect", "demo", "--engine", "false")
        expect(ended.code == 1 and "lathe: inspect: the engine " in ended.err, ended)
