"""Look for bytes that make reading a table fail in any other way than with an error of pellucid's own.

    pip install atheris                                     (Linux, Python 3.11 to 3.13; in an environment of its own)
    mkdir -p /tmp/tables && python fuzz/read_table.py /tmp/tables -max_total_time=300 -max_len=4096

Coverage guides it; a finding ends the run and is written to a file crash-..., which the same command with the file in
place of the folder repeats. It stands outside the tests: it needs minutes and a package that they do not.
The first byte chooses the options, the rest is the file. Every run starts from one small file of each format.
"""

import io
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pellucid"]):
    from pellucid.data import read_table, scan_table
    from pellucid.data._packing import _openers
    from pellucid.errors import PellucidError

import numpy as np
import polars as pl

OPTIONS = (
    {},
    {"separator": ";"},
    {"decimal": ","},
    {"encoding": "latin-1"},
    {"encoding": "utf-16"},
    {"rows": 2},
    {"kinds": {"x": "number", "word": "category"}},
    {"kinds": {"x": "boolean"}, "missing": ["1"]},
    {"unpacked": 64},
)


class Stdin:
    """Standard input that gives the bytes of one try."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def one_input(raw: bytes) -> None:
    """Reads the bytes whole and in batches; whatever is not a PellucidError escapes and is a finding."""
    options = OPTIONS[raw[0] % len(OPTIONS)] if raw else {}
    sys.stdin = Stdin(raw[1:])
    try:
        assert len(read_table("-", **options)) >= 1
    except PellucidError:
        pass
    sys.stdin = Stdin(raw[1:])
    try:
        kinds = dict.fromkeys(("x", "word", "a", "b"), "category")
        list(scan_table("-", rows=2, kinds=kinds))
    except PellucidError:
        pass


def seeds() -> list[bytes]:
    """One small file of each format."""
    text = 'x,word\n1,"a, ""b"""\n2.5,\n'
    frame = pl.DataFrame({"x": [1.5, None], "word": ["a", None]})
    found = [text.encode(), text.encode("utf-16"), text.replace(",", ";").encode(), frame.write_ndjson().encode()]
    for write in (frame.write_parquet, frame.write_ipc, frame.write_ipc_stream):
        write(buffer := io.BytesIO())
        found.append(buffer.getvalue())
    for save in (np.savez, np.savez_compressed):
        save(buffer := io.BytesIO(), x=np.eye(2), word=np.array(["a", "b"]))
        found.append(buffer.getvalue())
    np.save(buffer := io.BytesIO(), np.eye(2))
    found.append(buffer.getvalue())
    for opened in _openers().values():
        with opened(buffer := io.BytesIO(), "wb") as file:
            file.write(text.encode())
        found.append(buffer.getvalue())
    return found


def main() -> None:
    """Puts the seeds into the folder and starts the search."""
    folder = next((Path(word) for word in sys.argv[1:] if Path(word).is_dir()), None)
    if folder is not None:
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number}").write_bytes(b"\0" + seed)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
