"""What rows are stratified by.

Here: `strata_of`, labels of one column or of several.
Elsewhere: rows are dealt in _rows.py; StratifiedKFold and its kin, which know one column only, are in _folds.py.
Imports: numpy and pellucid.base.
"""

from typing import Any

import numpy as np

from pellucid.base import check_labels
from pellucid.model_selection._splitter import Array


def strata_of(labels: Any, n: int, *, where: str) -> tuple[Array, Array]:
    """The distinct strata (K,) and the number of each row's among them (N,).

    labels (N,), or (N, M): a stratum is then a combination of labels that occurs.
    Raises DataError for missing labels and for more or fewer than n rows.

    >>> strata, codes = strata_of([["a", 1], ["b", 1], ["a", 1]], 3, where="doctest")
    >>> strata.tolist(), codes.tolist()
    (["'a' with '1'", "'b' with '1'"], [0, 1, 0])
    """
    table = labels if isinstance(labels, np.ndarray) else np.asarray(labels)
    if table.ndim != 2 or table.shape[1] < 2:
        return check_labels(labels, n, where=where)
    columns = [check_labels(table[:, m], n, where=where) for m in range(table.shape[1])]
    _, first, codes = np.unique(
        np.stack([code for _, code in columns], axis=1), axis=0, return_index=True, return_inverse=True
    )
    words = [" with ".join(repr(known[code[row]].item()) for known, code in columns) for row in first.tolist()]
    return np.array(words), codes.reshape(-1)
