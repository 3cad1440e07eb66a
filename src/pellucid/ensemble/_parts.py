"""The estimators inside an ensemble, ours and scikit-learn's: what they may be, how one is fitted, what it is asked.

Here: `fit_part`, `seeded`, `counting_rows`, `counting_splits`, `role_of`, `codes_of`, `shares`, `check_part`,
`rows_asked`.
Elsewhere: ensembles whose parts have names are in _named_parts.py; copies of one part in _bagging.py and _ada_boost.py.
Imports: numpy, pellucid.errors, pellucid.base, pellucid.compose and pellucid.tree; pellucid.model_selection inside the
functions.
"""

import inspect
from typing import Any, Literal

import numpy as np

from pellucid.base import Estimator, clone
from pellucid.base._tables import Array
from pellucid.compose._members import check_instance, traits_of
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.tree._columns import TakesCategories

Method = Literal["predict_proba", "decision_function", "predict"]
ANSWERS: tuple[Method, ...] = ("predict_proba", "decision_function", "predict")


def role_of(estimator: Any) -> str | None:
    """ "classifier", "regressor" or another role, by its own word or its scikit-learn tags; None for what has none.

    >>> from pellucid.linear_model import Ridge
    >>> role_of(Ridge()), role_of("drop")
    ('regressor', None)
    """
    role = getattr(estimator, "role", None)
    if role is None and not isinstance(estimator, Estimator) and hasattr(estimator, "__sklearn_tags__"):
        role = estimator.__sklearn_tags__().estimator_type
    return role


def check_part(name: str, estimator: Any, role: str, *, where: str) -> None:
    """Raise ParameterError for a class, for what cannot be fitted, and for another role than `role`."""
    check_instance(name, estimator, where=where)
    if not hasattr(estimator, "fit") or not hasattr(estimator, "predict"):
        raise ParameterError(f"{where}: {name!r} is {estimator!r}; give an estimator with fit and predict.")
    found = role_of(estimator)
    if found is not None and found != role:
        raise ParameterError(
            f"{where}: The estimator {type(estimator).__name__} ({name!r}) should be a {role}; it is a {found}."
        )


def takes_weights(estimator: Any) -> bool:
    """Whether fit has a `sample_weight`.

    >>> from pellucid.linear_model import Ridge
    >>> takes_weights(Ridge())
    True
    """
    return "sample_weight" in inspect.signature(estimator.fit).parameters


def check_takes_weights(name: str, estimator: Any, *, where: str) -> None:
    """Raise ParameterError for a part that cannot weigh rows."""
    if not takes_weights(estimator):
        raise ParameterError(
            f"{where}: {name!r} is a {type(estimator).__name__}, whose fit takes no sample_weight; leave the weights "
            "out, or put another estimator in its place."
        )


def fit_part(name: str, estimator: Any, X: Any, y: Array, weights: Array | None, *, where: str) -> Any:
    """A fitted copy of `estimator`.

    Raises ParameterError for weights that it cannot take, KeyboardInterrupt where its fit was cut short.
    """
    from pellucid.model_selection._given_estimator import was_interrupted

    part = clone(estimator)
    if weights is None:
        part.fit(X, y)
    else:
        check_takes_weights(name, part, where=where)
        part.fit(X, y, sample_weight=weights)
    if was_interrupted(part):  # its fit keeps quiet about Ctrl-C; half a part makes no whole
        raise KeyboardInterrupt
    return part


def seeded(estimator: Any, rng: np.random.Generator) -> Any:
    """An unfitted copy in which every `random_state`, those of inner estimators too, is a number drawn from `rng`.

    >>> from pellucid.tree import DecisionTreeRegressor
    >>> seeded(DecisionTreeRegressor(), np.random.default_rng(0)).random_state
    1826701615
    """
    part = clone(estimator)
    seeds = sorted(name for name in part.get_params() if name == "random_state" or name.endswith("__random_state"))
    return part.set_params(**{name: int(rng.integers(2**31)) for name in seeds}) if seeds else part


def counting_rows(X: Any, y: Array, weights: Array | None) -> tuple[Any, Array, Array | None]:
    """Rows, targets and weights without the rows of weight zero, which are as if they were not there."""
    if weights is None or weights.all():
        return X, y, weights
    from pellucid.model_selection._containers import take_rows

    rows = np.flatnonzero(weights)
    return take_rows(X, rows), y[rows], weights[rows]


def counting_splits(splits: list[tuple[Array, Array]], weights: Array | None) -> list[tuple[Array, Array]]:
    """Splits of all rows as splits of those that `counting_rows` leaves; a split that tests none of them goes.

    >>> pairs = [(np.array([0, 1]), np.array([2, 3])), (np.array([2, 3]), np.array([0, 1]))]
    >>> [(train.tolist(), test.tolist()) for train, test in counting_splits(pairs, np.array([1.0, 0.0, 1.0, 1.0]))]
    [([0], [1, 2]), ([1, 2], [0])]
    """
    if weights is None or weights.all():
        return splits
    counts = weights > 0
    place = np.cumsum(counts) - 1
    kept = [(place[train[counts[train]]], place[test[counts[test]]]) for train, test in splits]
    return [(train, test) for train, test in kept if len(test) > 0]


def codes_of(labels: Any, classes: Array, *, where: str) -> Array:
    """The place of each label in `classes`, sorted (K,).   (N,) -> (N,) of int;   DataError for other labels

    >>> codes_of(["yes", "no"], np.array(["no", "yes"]), where="doctest").tolist()
    [1, 0]
    """
    given = np.asarray(labels)
    codes = np.minimum(np.searchsorted(classes, given), len(classes) - 1)
    if (classes[codes] != given).any():
        odd = given[classes[codes] != given][0].item()
        raise DataError(f"{where}: a part predicts the label {odd!r}; y has {', '.join(map(repr, classes.tolist()))}.")
    return codes


def shares(part: Any, X: Any, classes: Array, *, where: str) -> Array:
    """Probabilities of `classes` by one part that may know fewer of them; a part without any gives its vote.

    X (N, D), classes (K,) -> (N, K), rows sum to 1
    """
    own = codes_of(part.classes_, classes, where=where)
    if hasattr(part, "predict_proba"):
        given = np.asarray(part.predict_proba(X))
        if len(own) == len(classes):
            return given
        wide = np.zeros((len(given), len(classes)))
        wide[:, own] = given
        return wide
    return np.eye(len(classes))[codes_of(part.predict(X), classes, where=where)]


def rows_asked(part: Any, X: Any) -> Any:
    """X to predict: sparse rows are written out, once for all copies of `part`, where it takes such rows as trees do.

    >>> from pellucid.tree import DecisionTreeRegressor
    >>> from scipy.sparse import csr_array
    >>> rows_asked(DecisionTreeRegressor(), csr_array([[0.0, 1.0]])).tolist()
    [[0.0, 1.0]]
    """
    takes_them = hasattr(X, "tocsr") and (isinstance(part, TakesCategories) or traits_of(part).sparse)
    return X.toarray() if takes_them else X


def check_learned_parts(parts: Any, *, where: str, attribute: str = "estimators_") -> None:
    """Raise ModelFileError unless `parts` is a list, not empty, of objects that predict."""
    if not isinstance(parts, list) or not parts or not all(hasattr(part, "predict") for part in parts):
        raise ModelFileError(f"{where}: {attribute} in the record are not estimators that predict; it is damaged.")
