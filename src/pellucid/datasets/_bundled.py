"""The data sets that travel with the package.

Here: the table of them, their files by name, and the `load_*` functions under scikit-learn's names.
Elsewhere: the files are in `files/`, their sources in `SOURCES.md`; `scripts/export_datasets.py` wrote them.
Imports: numpy and pellucid.errors.
"""

import csv
import difflib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, final, overload

import numpy as np
from numpy.typing import NDArray

from pellucid.datasets._bunch import Bunch
from pellucid.errors import DataError

__all__ = [
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_iris",
    "load_wine",
    "names",
    "path",
    "target",
]

_FILES = Path(__file__).parent / "files"
_UCI = "Creative Commons Attribution 4.0 International (UCI Machine Learning Repository)"


@final
@dataclass(frozen=True)
class Bundled:
    """One row of the table: a file in `files/`, the column to predict, and what to say of both."""

    file: str
    target: str
    target_names: tuple[str, ...]
    title: str
    source: str
    citation: str
    licence: str

    def describe(self) -> str:
        """Title, source, citation and licence, one a line."""
        return f"{self.title}\nSource: {self.source}\nCitation: {self.citation}\nLicence: {self.licence}"


BUNDLED: dict[str, Bundled] = {
    "breast_cancer": Bundled(
        file="breast_cancer.csv",
        target="diagnosis",
        target_names=("malignant", "benign"),
        title="Wisconsin diagnostic breast cancer: 569 biopsies, 30 measurements of the cell nuclei.",
        source="https://archive.ics.uci.edu/dataset/17",
        citation="Wolberg, Mangasarian, Street and Street, 1993. Breast Cancer Wisconsin (Diagnostic). UCI.",
        licence=_UCI,
    ),
    "diabetes": Bundled(
        file="diabetes.csv",
        target="progression",
        target_names=(),
        title="Diabetes: 442 patients, 10 measurements, progression of the disease one year later.",
        source="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        citation="Efron, Hastie, Johnstone and Tibshirani, 2004. Least Angle Regression. Annals of Statistics 32(2).",
        licence="published with the article without a licence; this copy is from scikit-learn (BSD-3-Clause)",
    ),
    "digits": Bundled(
        file="digits.npz",
        target="y",
        target_names=tuple("0123456789"),
        title="Handwritten digits: 1797 pictures of 8 x 8 pixels, each 0 to 16 (the test part of the UCI set).",
        source="https://archive.ics.uci.edu/dataset/80",
        citation="Alpaydin and Kaynak, 1998. Optical Recognition of Handwritten Digits. UCI.",
        licence=_UCI,
    ),
    "iris": Bundled(
        file="iris.csv",
        target="species",
        target_names=("setosa", "versicolor", "virginica"),
        title="Iris: 150 flowers of 3 species, length and width of sepals and petals.",
        source="https://archive.ics.uci.edu/dataset/53 (rows 35 and 38 as Fisher printed them, which UCI has wrong)",
        citation="Fisher, 1936. The use of multiple measurements in taxonomic problems. Annals of Eugenics 7(2).",
        licence=_UCI,
    ),
    "wine": Bundled(
        file="wine.csv",
        target="cultivar",
        target_names=("class_0", "class_1", "class_2"),
        title="Wine: 178 wines from 3 cultivars of one Italian region, 13 chemical measurements.",
        source="https://archive.ics.uci.edu/dataset/109",
        citation="Aeberhard and Forina, 1991. Wine. UCI.",
        licence=_UCI,
    ),
}


def names() -> tuple[str, ...]:
    """Names of the bundled sets, sorted.

    >>> names()
    ('breast_cancer', 'diabetes', 'digits', 'iris', 'wine')
    """
    return tuple(sorted(BUNDLED))


def path(name: str) -> Path:
    """The file of a bundled set: a CSV table with a header, or for "digits" an NPZ with x (N, 8, 8) and y (N,).

    Raises DataError for a name that is not bundled.

    >>> path("iris").name, path("digits").name
    ('iris.csv', 'digits.npz')
    """
    return _FILES / _row(name).file


def target(name: str) -> str:
    """The column (in an NPZ: the key) of a bundled set that is usually predicted.

    Raises DataError for a name that is not bundled.

    >>> target("iris"), target("diabetes"), target("digits")
    ('species', 'progression', 'y')
    """
    return _row(name).target


def _row(name: str) -> Bundled:
    if name in BUNDLED:
        return BUNDLED[name]
    near = difflib.get_close_matches(name, BUNDLED, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise DataError(f"datasets: {name!r} is not bundled; the bundled sets are {', '.join(names())}.{hint}")


@overload
def load_iris(*, return_X_y: Literal[False] = False) -> Bunch: ...
@overload
def load_iris(*, return_X_y: Literal[True]) -> tuple[NDArray[Any], NDArray[Any]]: ...
def load_iris(*, return_X_y: bool = False) -> Bunch | tuple[NDArray[Any], NDArray[Any]]:
    """Iris: data (150, 4) in cm, target (150,) in {0, 1, 2}; with `return_X_y` just those two arrays.

    Source: Fisher, 1936.

    >>> load_iris().target_names
    ('setosa', 'versicolor', 'virginica')
    """
    return _answer(_load_table("iris"), return_X_y)


@overload
def load_wine(*, return_X_y: Literal[False] = False) -> Bunch: ...
@overload
def load_wine(*, return_X_y: Literal[True]) -> tuple[NDArray[Any], NDArray[Any]]: ...
def load_wine(*, return_X_y: bool = False) -> Bunch | tuple[NDArray[Any], NDArray[Any]]:
    """Wine: data (178, 13), target (178,) in {0, 1, 2}; with `return_X_y` just those two arrays.

    Source: Aeberhard and Forina, 1991.

    >>> x, y = load_wine(return_X_y=True)
    >>> x.shape, np.bincount(y).tolist()
    ((178, 13), [59, 71, 48])
    """
    return _answer(_load_table("wine"), return_X_y)


@overload
def load_breast_cancer(*, return_X_y: Literal[False] = False) -> Bunch: ...
@overload
def load_breast_cancer(*, return_X_y: Literal[True]) -> tuple[NDArray[Any], NDArray[Any]]: ...
def load_breast_cancer(*, return_X_y: bool = False) -> Bunch | tuple[NDArray[Any], NDArray[Any]]:
    """Breast cancer: data (569, 30), target (569,), 0 malignant and 1 benign; with `return_X_y` just those two arrays.

    Source: Wolberg, Mangasarian, Street and Street, 1993.

    >>> np.bincount(load_breast_cancer().target).tolist()
    [212, 357]
    """
    return _answer(_load_table("breast_cancer"), return_X_y)


@overload
def load_diabetes(*, return_X_y: Literal[False] = False, scaled: bool = True) -> Bunch: ...
@overload
def load_diabetes(*, return_X_y: Literal[True], scaled: bool = True) -> tuple[NDArray[Any], NDArray[Any]]: ...
def load_diabetes(*, return_X_y: bool = False, scaled: bool = True) -> Bunch | tuple[NDArray[Any], NDArray[Any]]:
    """Diabetes: data (442, 10), target (442,) between 25 and 346; with `return_X_y` just those two arrays.

        scaled:  x_d <- (x_d - mean(x_d)) / (std(x_d) sqrt(N)),  so that each column sums to 0 and its squares to 1

    `scaled=False` gives the measurements in their own units, as the file `path("diabetes")` has them.
    Source: Efron et al., 2004.

    >>> x, y = load_diabetes(return_X_y=True)
    >>> bool(np.allclose((x * x).sum(axis=0), 1.0))
    True
    """
    bunch = _load_table("diabetes")
    if scaled:
        x = bunch.data - bunch.data.mean(axis=0)
        bunch = replace(bunch, data=x / np.sqrt((x * x).sum(axis=0)))
    return _answer(bunch, return_X_y)


@overload
def load_digits(*, return_X_y: Literal[False] = False) -> Bunch: ...
@overload
def load_digits(*, return_X_y: Literal[True]) -> tuple[NDArray[Any], NDArray[Any]]: ...
def load_digits(*, return_X_y: bool = False) -> Bunch | tuple[NDArray[Any], NDArray[Any]]:
    """Digits: data (1797, 64) in 0..16, target (1797,), images (1797, 8, 8); with `return_X_y` just data and target.

    Source: Alpaydin and Kaynak, 1998.

    >>> load_digits().images[0].max()
    np.float64(15.0)
    """
    row = BUNDLED["digits"]
    with np.load(_FILES / row.file, allow_pickle=False) as arrays:
        images = arrays["x"].astype(np.float64)  # (N, 8, 8)
        y = arrays["y"].astype(np.int64)
    pixels = tuple(f"pixel_{i}_{j}" for i in range(8) for j in range(8))
    data = images.reshape(len(images), -1)  # (N, 64)
    bunch = Bunch(data, y, pixels, row.target_names, row.target, row.describe(), images)
    return _answer(bunch, return_X_y)


def _load_table(name: str) -> Bunch:
    """A bundled CSV whose last column is the target, as float64 columns and class numbers (or float64 values)."""
    row = BUNDLED[name]
    with (_FILES / row.file).open(encoding="utf-8", newline="") as file:
        header, *cells = csv.reader(file)
    x = np.array([line[:-1] for line in cells], dtype=np.float64)
    last = [line[-1] for line in cells]
    y = np.array([row.target_names.index(word) for word in last] if row.target_names else last)
    y = y.astype(np.int64 if row.target_names else np.float64)
    return Bunch(x, y, tuple(header[:-1]), row.target_names, row.target, row.describe())


def _answer(bunch: Bunch, return_X_y: bool) -> Bunch | tuple[NDArray[Any], NDArray[Any]]:
    return (bunch.data, bunch.target) if return_X_y else bunch
