"""From a CSV file to a matrix of numbers: pellucid beside pandas, in one run, taking turns; medians and ratios.

    python benchmarks/reading.py [ROWS]

Three tables: numbers only; numbers with missing cells; and numbers, words and dates, of which the numbers and the
dates (seconds since 1970) make the matrix and the words are read as well. Both start from the file and end with a
float64 matrix (N, D) whose missing cells are NaN; the matrices are compared before anything is timed. pandas reads by
its own engine and Arrow's, and is told which column holds dates; pellucid finds out.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from pellucid.data import read_table

ROUNDS = 7  # odd, so that the median is one of the runs
DATES = ["day"]
EPOCH = pd.Timestamp("1970-01-01")
DIGITS = 6  # behind the point, as measured values are written


def tables(rows: int) -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(0)
    numbers = {f"x{d}": rng.normal(size=rows).round(DIGITS) for d in range(10)}
    holes = {name: np.where(rng.random(rows) < 0.1, np.nan, column) for name, column in numbers.items()}
    days = np.datetime64("2020-01-01") + rng.integers(0, 2000, rows)
    words = {"word": rng.choice(["red", "green", "blue"], rows), "id": rng.integers(10**6, size=rows).astype(str)}
    mixed = dict(list(numbers.items())[:5]) | {"word": words["word"], "code": np.char.add("c", words["id"])}
    frames = {"numbers": pl.DataFrame(numbers), "missing": pl.DataFrame(holes).fill_nan(None)}
    return frames | {"mixed": pl.DataFrame(mixed).with_columns(pl.Series("day", days.astype(str)))}


def by_pellucid(path: Path, names: list[str]) -> np.ndarray:
    return read_table(path).frame.select(names).to_numpy()


def by_pandas(path: Path, names: list[str]) -> np.ndarray:
    return matrix_of(pd.read_csv(path, parse_dates=DATES if DATES[0] in names else None), names)


def by_pandas_arrow(path: Path, names: list[str]) -> np.ndarray:
    return matrix_of(pd.read_csv(path, engine="pyarrow", parse_dates=DATES if DATES[0] in names else None), names)


def matrix_of(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    dates = {name: (frame[name] - EPOCH).dt.total_seconds() for name in DATES if name in names}
    return frame.assign(**dates)[names].to_numpy(dtype=np.float64)


READERS: dict[str, Callable[[Path, list[str]], np.ndarray]] = {
    "pellucid": by_pellucid,
    "pandas": by_pandas,
    "pandas (pyarrow)": by_pandas_arrow,
}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        for title, frame in tables(rows).items():
            path = Path(folder) / f"{title}.csv"
            frame.write_csv(path)
            names = [name for name in frame.columns if name.startswith("x") or name in DATES]
            first = [read(path, names) for read in READERS.values()]
            for other in first[1:]:
                np.testing.assert_allclose(first[0], other, rtol=1e-15)  # pandas may be a unit in the last place off
            seconds: dict[str, list[float]] = {name: [] for name in READERS}
            for _ in range(ROUNDS):
                for name, read in READERS.items():
                    start = time.perf_counter()
                    read(path, names)
                    seconds[name].append(time.perf_counter() - start)
            own = statistics.median(seconds["pellucid"])
            print(f"{title}: {rows} rows, {len(frame.columns)} columns, {path.stat().st_size / 1e6:.0f} MB")
            for name, taken in seconds.items():
                middle = statistics.median(taken)
                print(f"  {name:18} {middle:6.2f} s   {middle / own:5.2f} x pellucid's time")


if __name__ == "__main__":
    main()
