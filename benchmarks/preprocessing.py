"""From a table of numbers and words to a matrix: pellucid beside scikit-learn, in one run, taking turns.

    python benchmarks/preprocessing.py [TIMES]

The training rows of Adult, TIMES over (20), as a frame of pandas. A ColumnTransformer fills missing numbers with their
mean and scales them, fills missing words with the most frequent one and one-hot encodes them; the first table makes a
dense matrix, the second a sparse one. The matrices are compared before anything is timed. Aim: 2x.
"""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import sklearn.compose
import sklearn.impute
import sklearn.pipeline
import sklearn.preprocessing
from timing import alternating, machine, table

from pellucid.compose import ColumnTransformer
from pellucid.impute import SimpleImputer
from pellucid.pipeline import make_pipeline
from pellucid.preprocessing import OneHotEncoder, StandardScaler

ADULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "adult_train.csv"
ROUNDS = 3  # odd, so that the median is one of the runs; each takes seconds


def adult(times: int) -> pd.DataFrame:
    once = pd.read_csv(ADULT, na_values="?", skipinitialspace=True)
    return pd.concat([once] * times, ignore_index=True)


def ours(numbers: list[str], words: list[str], sparse: bool) -> ColumnTransformer:
    scaled = make_pipeline(SimpleImputer(), StandardScaler())
    coded = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=sparse))
    return ColumnTransformer([("numbers", scaled, numbers), ("words", coded, words)])


def theirs(numbers: list[str], words: list[str], sparse: bool) -> sklearn.compose.ColumnTransformer:
    scaled = sklearn.pipeline.make_pipeline(sklearn.impute.SimpleImputer(), sklearn.preprocessing.StandardScaler())
    coded = sklearn.pipeline.make_pipeline(
        sklearn.impute.SimpleImputer(strategy="most_frequent"),
        sklearn.preprocessing.OneHotEncoder(sparse_output=sparse),
    )
    return sklearn.compose.ColumnTransformer([("numbers", scaled, numbers), ("words", coded, words)])


def dense(matrix: Any) -> np.ndarray:
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


def main() -> None:
    frame = adult(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    numbers = frame.select_dtypes("number").columns.tolist()
    words = [name for name in frame.columns if name not in (*numbers, "income")]
    print(f"{machine()}; {len(frame)} rows, {len(numbers)} columns of numbers, {len(words)} of words")
    for sparse in (False, True):
        own, peer = ours(numbers, words, sparse), theirs(numbers, words, sparse)
        few = frame.iloc[:10_000]
        np.testing.assert_allclose(dense(own.fit_transform(few)), dense(peer.fit_transform(few)), rtol=1e-9, atol=1e-9)
        kind = "sparse" if sparse else "dense"
        for title, verb in (("fit and transform", "fit_transform"), ("transform", "transform")):
            ways = {
                name: partial(getattr(model.fit(frame), verb), frame)
                for name, model in (("pellucid", own), ("scikit-learn", peer))
            }
            print(table(f"{title}, {kind}", alternating(ways, rounds=ROUNDS), ours="pellucid"), flush=True)


if __name__ == "__main__":
    main()
