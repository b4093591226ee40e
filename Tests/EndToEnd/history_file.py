"""The history of a workplace, looked at with another SQLite than Lathe's."""

import os
import shutil
import sqlite3
import stat
import tempfile

import checkpoints
from terminal import Failure


def path(workplace):
    return workplace.folder / "state" / "lathe" / "history.sqlite"


def rows(workplace, columns="*"):
    """The rows as a machine would find them that came up again: in a copy, so that it is Lathe that
    has to put the file itself right."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("", "-wal"):
            part = path(workplace).with_name(path(workplace).name + ending)
            if part.exists():
                shutil.copy(part, folder)
        database = sqlite3.connect(os.path.join(folder, path(workplace).name))
        try:
            check = database.execute("PRAGMA integrity_check").fetchall()
            if check != [("ok",)]:
                raise Failure(f"the history is damaged: {check}")
            tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            select = f"SELECT {columns} FROM run ORDER BY id"
            return database.execute(select).fetchall() if tables else []
        finally:
            database.close()


def change(workplace, statements):
    """Changes the file behind Lathe's back."""
    database = sqlite3.connect(path(workplace))
    database.executescript(statements)
    database.close()


def forbid_writing(workplace):
    """Takes the right to write from the file and its folder."""
    folder = path(workplace).parent
    for part in folder.iterdir():
        part.chmod(stat.S_IRUSR)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)


def allow_writing(workplace):
    path(workplace).parent.chmod(stat.S_IRWXU)


def powerless():
    """What to put before a command so that root, too, has to heed permissions."""
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []


def limited(blocks):
    """What to put before a command whose files may not grow beyond so many blocks of 512 bytes."""
    return ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"]


def tiny(workplace):
    """(folder, file of ids) of a model and data that are measured in milliseconds."""
    model, ids = workplace.folder / "tiny", workplace.folder / "ids.npy"
    if not model.exists():
        checkpoints.copy(checkpoints.OLMOE, model)
        header = "{'descr': '<i4', 'fortran_order': False, 'shape': (64,), }".ljust(117) + "\n"
        numbers = b"".join((index % 16).to_bytes(4, "little") for index in range(64))
        ids.write_bytes(
            b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.encode() + numbers
        )
    return model, ids
