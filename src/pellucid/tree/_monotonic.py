"""Bounds on the way an answer may move with a feature.

Here: `MONOTONIC`, the limit of the parameter; `signs_of`, one sign for each feature.
Elsewhere: trees keep to them in _split_kernels.py, boosting in pellucid.ensemble.
Imports: numpy, pellucid.errors and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf
from pellucid.errors import ParameterError

MONOTONIC: Limit = OneOf(
    Choice(None),
    Kind(list, tuple, np.ndarray, Mapping, words="a sign for each feature, or a mapping of its name to its sign"),
    says="+1: the answer may only rise with the feature, -1: only fall, 0: both",
)


def signs_of(given: Any, names: list[str], n_classes: int, *, where: str) -> tuple[int, ...]:
    """`given` as one of -1, 0, +1 for each feature, () for no bound at all.

    Of two classes it is the probability of the second that moves.  Raises ParameterError for other signs, another
    number of them, names that are no feature's, and for more than two classes.

    >>> signs_of({"age": 1}, ["size", "age"], 2, where="doctest")
    (0, 1)
    """
    if given is None:
        return ()
    if isinstance(given, Mapping):
        if unknown := [name for name in given if name not in names]:
            raise ParameterError(
                f"{where}: monotonic_cst names {unknown[0]!r}; the features are {', '.join(names[:5])}."
            )
        given = [given.get(name, 0) for name in names]
    signs = np.asarray(given)
    if signs.shape != (len(names),) or not np.isin(signs, (-1, 0, 1)).all():
        raise ParameterError(
            f"{where}: monotonic_cst is {signs.tolist()}; it must hold -1, 0 or 1 for each of {len(names)} features."
        )
    if not signs.any():
        return ()
    if n_classes > 2:
        raise ParameterError(
            f"{where}: monotonic_cst bounds one probability, and y has {n_classes} classes; leave it out."
        )
    return tuple(signs.astype(int).tolist())
