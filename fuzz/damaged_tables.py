"""Look for damaged Parquet and Arrow files that end the process instead of raising an error of pellucid's own.

    python fuzz/damaged_tables.py [FIRST_SEED [SEEDS [FOLDER]]]

Every seed is a child process that reads many damaged copies (cut off, bits flipped, bytes overwritten) of small valid
files.  When a child dies or another error escapes, the bytes it read last are left in FOLDER and the seed is printed.
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

FILES_A_CHILD = 300


class Stdin:
    """Standard input that gives the bytes of one try."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def whole_files() -> list[bytes]:
    """One valid file of each format and compression, and of each encoding of Parquet where pyarrow is there."""
    import polars as pl

    frame = pl.DataFrame({"x": [1.5, None, 3.0] * 20, "word": ["a", None, "bc"] * 20, "t": [True, False, None] * 20})
    more = {"few": pl.Series(["a", "b", None] * 20, dtype=pl.Categorical), "void": [None] * 60}
    more |= {"list": [[1, 2], [], None] * 20, "day": pl.Series([1, 2, 3] * 20).cast(pl.Date)}
    more |= {"pair": pl.Series([[1, 2]] * 60, dtype=pl.Array(pl.Int8, 2)), "two": [{"a": 1, "b": "c"}] * 60}
    found = _parquet_of_pyarrow(frame.with_columns(whole=range(60)))
    for wide in (frame.with_columns(**more), frame.with_columns(**more).cast({"few": pl.Enum(["a", "b"])})):
        for write in (wide.write_parquet, wide.write_ipc, wide.write_ipc_stream):
            write(buffer := io.BytesIO(), compression="zstd")
            found.append(buffer.getvalue())
    for compression in ("zstd", "lz4", "uncompressed", "snappy"):
        frame.write_parquet(buffer := io.BytesIO(), compression=compression)
        found.append(buffer.getvalue())
    for compression in ("zstd", "lz4", "uncompressed"):
        for write in (frame.write_ipc, frame.write_ipc_stream):
            write(buffer := io.BytesIO(), compression=compression)
            found.append(buffer.getvalue())
    return found


def _parquet_of_pyarrow(frame: "pl.DataFrame") -> list[bytes]:
    """The frame in encodings and pages that Polars reads but does not write."""
    try:
        from pyarrow import parquet
    except ImportError:
        return []
    found, table = [], frame.to_arrow()
    for codec in ("none", "snappy", "gzip", "zstd"):
        for pages in ("1.0", "2.0"):
            encodings = {"x": "BYTE_STREAM_SPLIT", "word": "DELTA_BYTE_ARRAY", "whole": "DELTA_BINARY_PACKED"}
            for words in ("DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"):
                chosen = {"use_dictionary": False, "column_encoding": encodings | {"word": words, "t": "RLE"}}
                options = {"compression": codec, "data_page_version": pages}
                parquet.write_table(table, buffer := io.BytesIO(), **chosen, **options)
                found.append(buffer.getvalue())
            parquet.write_table(table, buffer := io.BytesIO(), row_group_size=25, **options)
            found.append(buffer.getvalue())
    return found


def damaged(raw: bytes, rng: np.random.Generator) -> bytes:
    """The bytes cut off, or with some of them changed, anywhere or near one place."""
    spoilt, how = bytearray(raw), rng.integers(7)
    if how == 0:
        return raw[: rng.integers(len(raw))]
    near = rng.integers(len(raw)) if how > 4 else 0
    for shift in rng.integers(16 if how > 4 else len(raw), size=rng.integers(1, 6)):
        at = (near + shift) % len(raw)
        spoilt[at] = spoilt[at] ^ (1 << int(rng.integers(8))) if how % 2 else int(rng.choice([0, 1, 127, 128, 255]))
    return bytes(spoilt)


def child(seed: int, last: Path) -> None:
    """Reads damaged files; whatever is not a PellucidError ends it."""
    from pellucid.data import read_table, scan_table
    from pellucid.errors import PellucidError

    rng, files = np.random.default_rng(seed), whole_files()
    for _ in range(FILES_A_CHILD):
        raw = damaged(files[rng.integers(len(files))], rng)
        last.write_bytes(raw)
        sys.stdin = Stdin(raw)
        try:
            read_table("-")
        except PellucidError:
            pass
        try:
            list(scan_table(last))
        except PellucidError:
            pass


def main() -> None:
    """Runs the children and says which died."""
    if sys.argv[1:2] == ["--child"]:
        return child(int(sys.argv[2]), Path(sys.argv[3]))
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + seeds):
        last = folder / f"seed-{seed}.bin"
        command = [sys.executable, __file__, "--child", str(seed), str(last)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode == 0:
            last.unlink()
            continue
        reason = next((line for line in done.stderr.splitlines() if "memory allocation" in line), done.stderr[-200:])
        print(f"seed {seed}: exit status {done.returncode}, {reason.strip()}, bytes in {last}", flush=True)
    return None


if __name__ == "__main__":
    main()
