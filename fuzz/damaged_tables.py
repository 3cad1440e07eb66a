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

import numpy as np

FILES_A_CHILD = 300


class Stdin:
    """Standard input that gives the bytes of one try."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def whole_files() -> list[bytes]:
    """One valid file of each format and compression."""
    import polars as pl

    frame = pl.DataFrame({"x": [1.5, None, 3.0] * 20, "word": ["a", None, "bc"] * 20, "t": [True, False, None] * 20})
    found = []
    for compression in ("zstd", "lz4", "uncompressed", "snappy"):
        frame.write_parquet(buffer := io.BytesIO(), compression=compression)
        found.append(buffer.getvalue())
    for compression in ("zstd", "lz4", "uncompressed"):
        for write in (frame.write_ipc, frame.write_ipc_stream):
            write(buffer := io.BytesIO(), compression=compression)
            found.append(buffer.getvalue())
    return found


def damaged(raw: bytes, rng: np.random.Generator) -> bytes:
    """The bytes cut off, or with some of them changed."""
    spoilt, how = bytearray(raw), rng.integers(3)
    if how == 0:
        return raw[: rng.integers(len(raw))]
    for at in rng.integers(len(raw), size=rng.integers(1, 6)):
        spoilt[at] = spoilt[at] ^ (1 << int(rng.integers(8))) if how == 1 else int(rng.choice([0, 1, 127, 128, 255]))
    return bytes(spoilt)


def child(seed: int, last: Path) -> None:
    """Reads damaged files; whatever is not a PellucidError ends it."""
    from pellucid.data import read_table
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


def main() -> None:
    """Runs the children and says which died."""
    if sys.argv[1:2] == ["--child"]:
        return child(int(sys.argv[2]), Path(sys.argv[3]))
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp())
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
