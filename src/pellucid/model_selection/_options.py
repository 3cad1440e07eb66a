"""Limits of the parameters that all searches share.

Here: `ESTIMATOR`, and `SEARCH_LIMITS`, a row for each shared parameter.
Elsewhere: the kinds of limits are in pellucid.base.
Imports: pellucid.base.
"""

from collections.abc import Callable
from typing import Any, final

from pellucid.base import Choice, Flag, Kind, Limit, OneOf, Whole


@final
class Fittable(Limit):
    """An instance with fit, get_params and set_params, ours or scikit-learn's.

    >>> str(Fittable()), Fittable().admits(int)
    ('an estimator, such as LogisticRegression()', False)
    """

    says = "it is cloned; the given one stays as it is"

    def admits(self, value: object) -> bool:
        return not isinstance(value, type) and all(hasattr(value, name) for name in ("fit", "get_params", "set_params"))

    def inside(self) -> list[Any]:
        return []

    def outside(self) -> list[Any]:
        return [int, 3, "LogisticRegression"]

    def __str__(self) -> str:
        return "an estimator, such as LogisticRegression()"


ESTIMATOR = Fittable()
N_JOBS = OneOf(Whole(low=1), Whole(high=-1), Choice(None), says="evaluations at once; -1: as many as processors")
SETTINGS = Kind(dict, list, tuple, words="a mapping of parameter to values, or a list of such")

SEARCH_LIMITS: dict[str, Limit] = {
    "estimator": ESTIMATOR,
    "scoring": Kind(object, words="a name of get_scorer_names(), a callable, a list or dict of them, or None"),
    "n_jobs": N_JOBS,
    "refit": OneOf(Flag(), Kind(str, Callable, words="the name of a score, or a callable that picks a row")),  # type: ignore[arg-type]
    "cv": Kind(object, words="a number of folds, a splitter, pairs of row numbers, or None"),
    "verbose": OneOf(Whole(low=0), Flag(), says="as joblib takes it; progress is shown by callbacks"),
    "pre_dispatch": OneOf(Whole(low=1), Kind(str, words="an expression such as '2*n_jobs'")),
    "error_score": OneOf(Choice("raise"), Kind(float, int, words="a number, NaN among them")),
    "return_train_score": Flag(),
}
"""A row for each parameter that all searches have."""
