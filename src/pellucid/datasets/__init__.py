"""Data sets to learn on.

Here: `load_*` reads a set that travels with the package (`names`, `path` and `target` tell of their files), `make_*`
draws one from a formula, `fetch_*` downloads one, once, into `cache_dir()`; `REMOTES` is the table of those files.
Elsewhere: tables, images and loaders of one's own files are in pellucid.data.
Imports: numpy only; see each module.
"""

from pellucid.datasets._bunch import Bunch
from pellucid.datasets._bundled import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    names,
    path,
    target,
)
from pellucid.datasets._fetched import fetch_adult, fetch_fashion_mnist, fetch_mnist, fetch_titanic
from pellucid.datasets._generated import (
    make_blobs,
    make_circles,
    make_classification,
    make_moons,
    make_regression,
    make_spirals,
)
from pellucid.datasets._remote import REMOTES, Remote, cache_dir, fetch_file

__all__ = [
    "Bunch",
    "cache_dir",
    "fetch_adult",
    "fetch_fashion_mnist",
    "fetch_file",
    "fetch_mnist",
    "fetch_titanic",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_iris",
    "load_wine",
    "make_blobs",
    "make_circles",
    "make_classification",
    "make_moons",
    "make_regression",
    "make_spirals",
    "names",
    "path",
    "Remote",
    "REMOTES",
    "target",
]
