"""Data sets downloaded when asked for.

Here: `fetch_mnist`, `fetch_fashion_mnist`, `fetch_titanic`, `fetch_adult`, and the readers of their two file formats.
Elsewhere: the download itself, the cache and the table of files are in `_remote.py`.
Imports: numpy, the standard library and pellucid.errors.

All take the same options.  `data_home` is the cache directory (None: `cache_dir()`); `timeout` is in seconds, for each
wait on the network; `progress(done, size)` is called with bytes.  A whole copy on disk needs no network.
"""

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from pellucid.datasets._bunch import Bunch
from pellucid.datasets._remote import REMOTES, TIMEOUT_SECONDS, Progress, fetch_file
from pellucid.errors import ParameterError

__all__ = ["fetch_adult", "fetch_fashion_mnist", "fetch_mnist", "fetch_titanic"]

Part = Literal["train", "test"]
Arrays = tuple[NDArray[Any], NDArray[Any]]

FASHION_NAMES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
ADULT_NAMES = (
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship"),
    *("race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"),
)
ADULT_NUMBERS = ("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
TITANIC_NUMBERS = ("survived", "pclass", "age", "sibsp", "parch", "fare")


class Options(TypedDict, total=False):
    """Where to keep the files and how to fetch them; see the head of this module."""

    data_home: str | Path | None
    timeout: float
    progress: Progress | None


@overload
def fetch_mnist(subset: Part = "train", *, return_X_y: Literal[False] = False, **options: Unpack[Options]) -> Bunch: ...
@overload
def fetch_mnist(subset: Part = "train", *, return_X_y: Literal[True], **options: Unpack[Options]) -> Arrays: ...
def fetch_mnist(subset: Part = "train", *, return_X_y: bool = False, **options: Unpack[Options]) -> Bunch | Arrays:
    """MNIST: 60,000 ("train") or 10,000 ("test") handwritten digits of 28 x 28 pixels; 11.6 MB to download.

    data (N, 784) and images (N, 28, 28) uint8, target (N,) in 0..9; with `return_X_y` just data and target.
    Raises DownloadError when no mirror gives the right files.  Source: LeCun, Cortes and Burges, 1998.
    """
    return _answer(_fetch_pictures("mnist", subset, tuple("0123456789"), options), return_X_y)


@overload
def fetch_fashion_mnist(
    subset: Part = "train", *, return_X_y: Literal[False] = False, **options: Unpack[Options]
) -> Bunch: ...
@overload
def fetch_fashion_mnist(subset: Part = "train", *, return_X_y: Literal[True], **options: Unpack[Options]) -> Arrays: ...
def fetch_fashion_mnist(
    subset: Part = "train", *, return_X_y: bool = False, **options: Unpack[Options]
) -> Bunch | Arrays:
    """Fashion-MNIST: 60,000 ("train") or 10,000 ("test") articles of clothing of 28 x 28 pixels; 30.9 MB to download.

    data (N, 784) and images (N, 28, 28) uint8, target (N,) in 0..9; with `return_X_y` just data and target.
    Raises DownloadError when no mirror gives the right files.  Source: Xiao, Rasul and Vollgraf, 2017.
    """
    return _answer(_fetch_pictures("fashion_mnist", subset, FASHION_NAMES, options), return_X_y)


@overload
def fetch_titanic(*, return_X_y: Literal[False] = False, **options: Unpack[Options]) -> Bunch: ...
@overload
def fetch_titanic(*, return_X_y: Literal[True], **options: Unpack[Options]) -> Arrays: ...
def fetch_titanic(*, return_X_y: bool = False, **options: Unpack[Options]) -> Bunch | Arrays:
    """Titanic: 891 passengers, 14 columns of numbers, words and truths; 57 kB to download.

    data (891, 14) of objects, target `survived` (891,) in {0, 1}; with `return_X_y` just those two.  The column `alive`
    is the target in words: drop it, or every model is perfect.
    Raises DownloadError when no mirror gives the right file.  Source: seaborn-data.
    """
    key = "titanic/titanic.csv"
    header, *rows = csv.reader(io.StringIO(_fetch(key, options).decode("utf-8")))
    bunch = _table(rows, header, TITANIC_NUMBERS, "survived", ("died", "survived"), _origin("Titanic passengers", key))
    return _answer(bunch, return_X_y)


@overload
def fetch_adult(subset: Part = "train", *, return_X_y: Literal[False] = False, **options: Unpack[Options]) -> Bunch: ...
@overload
def fetch_adult(subset: Part = "train", *, return_X_y: Literal[True], **options: Unpack[Options]) -> Arrays: ...
def fetch_adult(subset: Part = "train", *, return_X_y: bool = False, **options: Unpack[Options]) -> Bunch | Arrays:
    """Adult (census income): 32,561 ("train") or 16,281 ("test") people, 14 columns; 6.0 MB to download.

    data (N, 14) of objects (`?` in the file is a missing word: None), target `income` (N,), 1 above 50,000 dollars a
    year; with `return_X_y` just those two.
    Raises DownloadError when no mirror gives the right files.  Source: Becker and Kohavi, 1996.
    """
    key = {"train": "adult/adult.data", "test": "adult/adult.test"}[_checked(subset)]
    lines = csv.reader(io.StringIO(_fetch(key, options).decode("utf-8")), skipinitialspace=True)
    rows = [line for line in lines if len(line) == len(ADULT_NAMES)]  # not the remark on top, nor the empty last line
    for row in rows:
        row[-1] = row[-1].rstrip(".")  # the test part ends its answers with a full stop
    answers = ("<=50K", ">50K")
    bunch = _table(rows, ADULT_NAMES, ADULT_NUMBERS, "income", answers, _origin("Census income, 1994", key))
    return _answer(bunch, return_X_y)


def _fetch(key: str, options: Options) -> bytes:
    home = options.get("data_home")
    place = fetch_file(
        key,
        REMOTES[key],
        cache=None if home is None else Path(home),
        timeout=options.get("timeout", TIMEOUT_SECONDS),
        progress=options.get("progress"),
    )
    return place.read_bytes()


def _fetch_pictures(name: str, subset: str, target_names: tuple[str, ...], options: Options) -> Bunch:
    stem = {"train": "train", "test": "t10k"}[_checked(subset)]
    keys = [f"{name}/{stem}-images-idx3-ubyte.gz", f"{name}/{stem}-labels-idx1-ubyte.gz"]
    images, labels = (_read_idx(gzip.decompress(_fetch(key, options))) for key in keys)
    count, height, width = images.shape
    pixels = tuple(f"pixel_{i}_{j}" for i in range(height) for j in range(width))
    data = images.reshape(count, -1)
    origin = _origin(f"{name}, {subset} part: {count} pictures of {height} x {width} pixels", keys[0])
    return Bunch(data, labels.astype(np.int64), pixels, target_names, "y", origin, images)


def _read_idx(raw: bytes) -> NDArray[np.uint8]:
    """IDX of bytes: 0, 0, 8, the number of axes, each length in 4 bytes (big-endian), then the values in C order.

    >>> _read_idx(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9])).tolist()
    [[7, 8, 9]]
    """
    axes = raw[3]
    shape = np.frombuffer(raw, ">u4", count=axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _table(
    rows: Sequence[Sequence[str]],
    header: Sequence[str],
    numbers: Sequence[str],
    target: str,
    target_names: tuple[str, ...],
    origin: str,
) -> Bunch:
    """Rows of text as a Bunch; the target is a class number or the name of a class."""
    features = [name for name in header if name != target]
    data = np.empty((len(rows), len(features)), dtype=object)
    for d, name in enumerate(features):
        at = header.index(name)
        data[:, d] = [_number(row[at]) if name in numbers else _word(row[at]) for row in rows]
    answers = [row[header.index(target)] for row in rows]
    codes = {text: k for k, word in enumerate(target_names) for text in (word, str(k))}
    y = np.array([codes[answer] for answer in answers], dtype=np.int64)
    return Bunch(data, y, tuple(features), target_names, target, origin)


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _word(text: str) -> str | bool | None:
    return {"": None, "?": None, "True": True, "False": False}.get(text, text)


def _origin(title: str, key: str) -> str:
    remote = REMOTES[key]
    return f"{title}\nSource: {remote.urls[0]}\nCitation: {remote.citation}\nLicence: {remote.licence}"


def _checked(subset: str) -> str:
    if subset not in ("train", "test"):
        raise ParameterError(f"subset is {subset!r}; it must be 'train' or 'test'.")
    return subset


def _answer(bunch: Bunch, return_X_y: bool) -> Bunch | Arrays:
    return (bunch.data, bunch.target) if return_X_y else bunch
