"""Write the bundled data sets from the copies inside an installed scikit-learn (BSD-3-Clause).

    python scripts/export_datasets.py [FOLDER]

FOLDER is src/pellucid/datasets/files when left out.  Tables become CSV with a header, the target last and classes by
name; digits become an NPZ with x (N, 8, 8) and y (N,), both uint8.  Each number is the shortest text that reads back
as the same float64.  `tests/datasets/test_bundled.py` runs this and compares the result with what is bundled.
"""

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.datasets

from pellucid.datasets._bundled import BUNDLED

FILES = Path(__file__).resolve().parents[1] / "src" / "pellucid" / "datasets" / "files"


def export_table(name: str, folder: Path) -> None:
    row = BUNDLED[name]
    loader = getattr(sklearn.datasets, f"load_{name}")
    bunch: Any = loader(scaled=False) if name == "diabetes" else loader()
    with (folder / row.file).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*bunch.feature_names, row.target])
        for x, y in zip(bunch.data, bunch.target, strict=True):
            answer = str(bunch.target_names[y]) if row.target_names else shortest(y)
            writer.writerow([*map(shortest, x), answer])


def export_digits(folder: Path) -> None:
    bunch: Any = sklearn.datasets.load_digits()
    x, y = bunch.images.astype(np.uint8), bunch.target.astype(np.uint8)
    np.savez_compressed(folder / BUNDLED["digits"].file, x=x, y=y)


def shortest(value: float) -> str:
    return np.format_float_positional(value, trim="-")


def main(folder: Path = FILES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in BUNDLED:
        if name == "digits":
            export_digits(folder)
        else:
            export_table(name, folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
