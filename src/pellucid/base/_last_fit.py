"""Fits that begin where the last one ended, for estimators with the parameter `warm_start`.

Here: `last_fit`, what there is to go on from; `check_resumes`, which refuses what does not go with it.
Elsewhere: how a model goes on is its own fit's matter.
Imports: pellucid.errors and pellucid.base.
"""

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pellucid.base._estimator import Estimator, learnable
from pellucid.errors import DataError

SHOWN = 20  # entries of a list in a message; more are not read


@contextmanager
def last_fit(estimator: Estimator, sign: str) -> Iterator[dict[str, Any]]:
    """What the last fit learned, by name, if warm_start asks to begin there; to be asked for before `_begin_fit`.

    sign: an attribute without which the last fit had failed, and there is nothing.  Where the fit that goes on from it
    fails, the estimator is left as it was before.

    >>> from pellucid.base import Flag
    >>> class Count(Estimator):
    ...     limits = {"warm_start": Flag()}
    ...     rows_: int
    ...     def __init__(self, warm_start: bool = False) -> None:
    ...         self.warm_start = warm_start
    ...     def fit(self, X, y=None):
    ...         with last_fit(self, "rows_") as last:
    ...             self._begin_fit()
    ...             self.rows_ = last.get("rows_", 0) + len(self._fit_table(X))
    ...         return self
    >>> Count().fit([[1.0]]).fit([[2.0], [3.0]]).rows_, Count(warm_start=True).fit([[1.0]]).fit([[2.0], [3.0]]).rows_
    (2, 3)
    """
    there = vars(estimator)["warm_start"] and sign in vars(estimator)
    before = vars(estimator).copy() if there else {}
    last = {name: before[name] for name in learnable(type(estimator)) if name in before}
    try:
        yield last
    except BaseException:
        if last:
            vars(estimator).clear()
            vars(estimator).update(before)
        raise


def check_resumes(where: str, what: str, before: Any, now: Any) -> None:
    """Raise DataError unless what the last fit saw is what this one sees.

    >>> check_resumes("Model", "n_features_in_", 3, 4)
    Traceback (most recent call last):
    pellucid.errors.DataError: Model: warm_start goes on from the last fit, which had n_features_in_ 3, and this one \
has 4; give the same, or set warm_start=False to begin anew.
    """
    if before == now:
        return
    shown = reprlib.Repr()
    shown.maxlist = SHOWN
    raise DataError(
        f"{where}: warm_start goes on from the last fit, which had {what} {shown.repr(before)}, and this one has "
        f"{shown.repr(now)}; give the same, or set warm_start=False to begin anew."
    )
