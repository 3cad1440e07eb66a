"""Estimators built anew from the parameters of others, without scikit-learn.

Here: `clone`.
Elsewhere: how one of ours copies itself is `Estimator.__sklearn_clone__`, which scikit-learn's `clone` calls, too.
Imports: the standard library only.
"""

from copy import deepcopy
from typing import Any


def clone(estimator: Any) -> Any:
    """An unfitted estimator with the parameters of this one, which are cloned in their turn.

    Ours, scikit-learn's, and any other with `get_params`; lists, tuples, sets and dicts of such, item by item. What
    has no parameters is copied deeply, with what it has learned.

    >>> from pellucid.preprocessing import StandardScaler
    >>> scaler = StandardScaler(with_std=False).fit([[1.0]])
    >>> again = clone(scaler)
    >>> again, hasattr(again, "mean_"), [name for name, _ in clone([("scale", scaler)])]
    (StandardScaler(with_std=False), False, ['scale'])
    """
    kind = type(estimator)
    if kind is dict:
        return {key: clone(value) for key, value in estimator.items()}
    if kind in (list, tuple, set, frozenset):
        return kind(clone(item) for item in estimator)
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return deepcopy(estimator)
    if hasattr(estimator, "__sklearn_clone__"):
        return estimator.__sklearn_clone__()
    return kind(**{name: clone(value) for name, value in estimator.get_params(deep=False).items()})
