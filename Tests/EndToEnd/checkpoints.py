"""Checkpoints to break: reads and writes safetensors by hand, so that files can be wrong."""

import json
import shutil
import struct

from command import FIXTURES

OLMOE = FIXTURES / "olmoe"
SHARDED = FIXTURES / "mixtral"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"


def copy(source, folder):
    """A copy of a checkpoint without its reference activations."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("reference*"))
    return folder


def read(path):
    """(header, data) of a safetensors file."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def write(path, header, data, length=None):
    """A safetensors file; `length` is what the file claims of its header."""
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


def edit_header(folder, change):
    """Lets `change` alter the header of the weights, the data stays."""
    header, data = read(folder / WEIGHTS)
    change(header)
    write(folder / WEIGHTS, header, data)


def edit_json(path, change):
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def without(folder, tensor):
    """Takes a tensor out of the weights, data and all, so that the file itself is sound."""
    header, data = read(folder / WEIGHTS)
    begin, end = header.pop(tensor)["data_offsets"]
    for entry in (entry for name, entry in header.items() if name != "__metadata__"):
        offsets = entry["data_offsets"]
        entry["data_offsets"] = [
            place - (end - begin) if place >= end else place for place in offsets
        ]
    write(folder / WEIGHTS, header, data[:begin] + data[end:])
