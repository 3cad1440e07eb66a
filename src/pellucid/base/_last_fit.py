"""Fits that begin where the last one ended, for estimators with the parameter `warm_start`.

Here: `last_fit`, what there is to go on from; `check_resumes`, which refuses what does not go with it.
Elsewhere: how a model goes on is its own fit's matter.
Imports: pellucid.errors and pellucid.base.
"""

import reprlib
from collections.abc import Mapping
from typing import Any

from pellucid.base._estimator import Estimator, learnable
from pellucid.errors import DataError

SHOWN = 20  # entries of a list in a message; more are not read


def last_fit(estimator: Estimator) -> dict[str, Any]:
    """What the last fit learned, by name, if warm_start asks to begin there; to be read before `_begin_fit`."""
    if not vars(estimator)["warm_start"]:
        return {}
    return {name: vars(estimator)[name] for name in learnable(type(estimator)) if name in vars(estimator)}


def check_resumes(estimator: Estimator, last: Mapping[str, Any], what: str, before: Any, now: Any) -> None:
    """Raise DataError unless `before`, of what the last fit saw, is `now`; then what it learned is back in place."""
    if before == now:
        return
    for name in learnable(type(estimator)):
        vars(estimator).pop(name, None)
    vars(estimator).update(last)
    shown = reprlib.Repr()
    shown.maxlist = shown.maxtuple = SHOWN
    raise DataError(
        f"{type(estimator).__name__}: warm_start goes on from the last fit, which had {what} {shown.repr(before)}, and "
        f"this one has {shown.repr(now)}; give the same, or set warm_start=False to begin anew."
    )
