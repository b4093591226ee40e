"""Checkpoints that are damaged, incomplete, hostile or locked: one clear line, never a crash."""

import shutil
import subprocess

import checkpoints
from command import FIXTURES, expect, lathe
from terminal import Failure

GATE = "model.layers.1.mlp.experts.3.gate_proj.weight"
BIG = 1 << 40


def files(workplace):
    """Every file but the crash log with size and time, to see that nothing was written."""
    return {
        path: (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in workplace.folder.rglob("*")
        if workplace.folder / "state" not in (path, *path.parents)
    }


def overlap(header):
    entry = header[[name for name in header if name != "__metadata__"][1]]
    entry["data_offsets"] = [place - 4 for place in entry["data_offsets"]]


def move_out(header):
    entries = [entry for name, entry in header.items() if name != "__metadata__"]
    max(entries, key=lambda entry: entry["data_offsets"][1])["data_offsets"][1] += BIG


def set_type(name, kind):
    return lambda header: header[name].update(dtype=kind)


def set_shape(name, shape):
    return lambda header: header[name].update(shape=shape)


def set_key(key, value):
    return lambda config: config.update({key: value})


def truncate(folder, length):
    path = folder / checkpoints.WEIGHTS
    path.write_bytes(path.read_bytes()[:length])


def claim(folder, length):
    header, data = checkpoints.read(folder / checkpoints.WEIGHTS)
    checkpoints.write(folder / checkpoints.WEIGHTS, header, data, length)


def reroute(folder, file):
    def change(index):
        index["weight_map"][next(iter(index["weight_map"]))] = file

    checkpoints.edit_json(folder / checkpoints.INDEX, change)


def replace(name, text):
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def edit_header(change):
    return lambda folder: checkpoints.edit_header(folder, change)


def edit_config(change):
    return lambda folder: checkpoints.edit_json(folder / "config.json", change)


# How to make a bad checkpoint from a good one, and what the message must name.
BROKEN = {
    "truncated": (lambda folder: truncate(folder, 500_000), ["bytes are missing"]),
    "cut within the header": (lambda folder: truncate(folder, 100), ["header"]),
    "no bytes at all": (lambda folder: truncate(folder, 0), ["empty"]),
    "header longer than the file": (lambda folder: claim(folder, BIG), ["header"]),
    "header of 2^63 bytes": (lambda folder: claim(folder, 1 << 63), ["header"]),
    "header that is not JSON": (lambda folder: claim(folder, 50), ["JSON"]),
    "overlapping tensors": (edit_header(overlap), ["overlaps"]),
    "offsets beyond the file": (edit_header(move_out), ["bytes are missing"]),
    "wrong dtype": (edit_header(set_type(GATE, "I32")), [GATE, "I32"]),
    "unknown dtype": (edit_header(set_type(GATE, "Q9")), [GATE, "Q9"]),
    "wrong shape": (edit_header(set_shape(GATE, [64, 32])), [GATE, "[64, 32]", "[32, 64]"]),
    "impossible shape": (edit_header(set_shape(GATE, [1 << 40, 1 << 40])), [GATE]),
    "negative shape": (edit_header(set_shape(GATE, [-32, -64])), [GATE]),
    "missing tensor": (lambda folder: checkpoints.without(folder, GATE), [GATE, "missing"]),
    "weights that are not there": (lambda folder: (folder / "config.json").unlink(), ["config.json"]),
    "unsupported family": (edit_config(set_key("model_type", "gpt9")), ["gpt9", "olmoe"]),
    "config that is not JSON": (replace("config.json", "{ no"), ["JSON"]),
    "config without a key": (
        edit_config(lambda config: config.pop("num_experts")), ["num_experts", "missing"]),
    "config with a wrong value": (edit_config(set_key("num_experts", -8)), ["num_experts"]),
    "config with a text for a number": (
        edit_config(set_key("hidden_size", "64")), ["hidden_size"]),
    "huge config": (edit_config(set_key("num_hidden_layers", 1 << 62)), ["num_hidden_layers"]),
}  # fmt: skip

BROKEN_SHARDS = {
    "missing shard": (
        lambda folder: (folder / "model-00002-of-00011.safetensors").unlink(),
        ["model-00002-of-00011.safetensors", "missing"]),
    "index that points outside": (
        lambda folder: reroute(folder, "../../etc/passwd"), ["../../etc/passwd", "folder"]),
    "index with an absolute path": (
        lambda folder: reroute(folder, "/etc/passwd"), ["/etc/passwd", "folder"]),
    "index that is wrong": (
        lambda folder: reroute(folder, "model-00005-of-00011.safetensors"), ["index"]),
    "index that is not JSON": (replace(checkpoints.INDEX, "["), ["JSON"]),
    "index without a map": (replace(checkpoints.INDEX, "{}"), ["weight_map"]),
}  # fmt: skip


EXPERT = "model.layers.0.mlp.experts.1.up_proj."


def edit_quantization(key, value):
    return edit_config(lambda config: config["quantization_config"].update({key: value}))


# The quantised checkpoint to spoil, how, and what the message must name.
BROKEN_QUANTISED = {
    "scales that are missing": (
        "gptq", lambda folder: checkpoints.without(folder, EXPERT + "scales"),
        [EXPERT + "scales", "missing"]),
    "codes of the wrong shape": (
        "awq", edit_header(set_shape(EXPERT + "qweight", [4, 64])),
        [EXPERT + "qweight", "[4, 64]", "[64, 4]"]),
    "codes of the wrong dtype": (
        "compressed-int4", edit_header(set_type(EXPERT + "weight_packed", "F32")),
        [EXPERT + "weight_packed", "F32", "I32"]),
    "blocks that are missing": (
        "mxfp4",
        lambda folder: checkpoints.without(
            folder, "model.layers.0.mlp.experts.down_proj_blocks"),
        ["down_proj_blocks", "missing"]),
    "an unknown method": (
        "fp8", edit_quantization("quant_method", "hqq"),
        ["quantization_config.quant_method", "hqq", "gptq"]),
    "bits nobody packs": (
        "gptq", edit_quantization("bits", 5), ["quantization_config.bits", "5", "2, 3, 4, 8"]),
}  # fmt: skip


def scenario_bad_checkpoints_are_refused_in_one_line(workplace):
    cases = [(checkpoints.OLMOE, name, *case) for name, case in BROKEN.items()]
    cases += [(checkpoints.SHARDED, name, *case) for name, case in BROKEN_SHARDS.items()]
    cases += [
        (FIXTURES / "quantized" / source, name, *case)
        for name, (source, *case) in BROKEN_QUANTISED.items()
    ]
    for source, name, spoil, words in cases:
        folder = checkpoints.copy(source, workplace.folder / name)
        spoil(folder)
        before = files(workplace)
        try:
            lathe(workplace, "inspect", folder).must_refuse(name, *words, what="inspect")
            lathe(workplace, folder).must_refuse(name, *words, what="open")
        except Failure as failure:
            raise Failure(f"{name}: {failure}") from failure
        expect(files(workplace) == before, f"{name}: something was written")
        shutil.rmtree(folder)


def scenario_folders_that_are_no_checkpoint_are_refused(workplace):
    empty, foreign = workplace.folder / "empty", workplace.folder / "foreign"
    empty.mkdir()
    foreign.mkdir()
    (foreign / "notes.txt").write_text("hello", encoding="utf-8")
    for path, word in (
        (empty, "empty"),
        (foreign, "config.json"),
        (foreign / "notes.txt", "not a folder"),
        (workplace.folder / "nothing here", "no such file"),
        ("/dev/null", "folder"),
    ):
        lathe(workplace, "inspect", path).must_refuse(str(path), word, what="inspect")


def scenario_files_one_may_not_read_are_refused(workplace):
    folder = checkpoints.copy(checkpoints.OLMOE, workplace.folder / "locked")
    # Root may read everything as long as it has its capabilities.
    powerless = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
    if subprocess.run([*powerless, "true"], check=False, capture_output=True).returncode != 0:
        powerless = []
    for path in (folder / "config.json", folder / checkpoints.WEIGHTS, folder):
        mode = path.stat().st_mode
        path.chmod(0)
        refused = lathe(workplace, "inspect", folder, before=powerless)
        path.chmod(mode)
        refused.must_refuse("locked", "permission", what="inspect")
