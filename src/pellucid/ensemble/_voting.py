"""Different models, one vote each.

Here: `VotingClassifier`, `VotingRegressor`.
Elsewhere: a model that learns whom to trust is in _stacking.py; what both share is in _named_parts.py.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.compose and this package.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    Choice,
    Classifier,
    Flag,
    Kind,
    Limit,
    OneOf,
    Regressor,
    available_if,
    check_labels,
    check_targets,
    check_weights,
    count_rows,
)
from pellucid.base._tables import Array
from pellucid.ensemble._forest import N_JOBS
from pellucid.ensemble._named_parts import ESTIMATORS, NamedParts
from pellucid.ensemble._parts import codes_of, counting_rows, shares
from pellucid.errors import ParameterError
from pellucid.persistence import register

WEIGHTS: Limit = OneOf(Kind(list, tuple, np.ndarray, words="one weight a part"), Choice(None), says="None: all alike")


class BaseVoting(NamedParts):
    """What both share; abstract."""

    weights: Sequence[float] | None

    @final
    def _shares_of_parts(self) -> Array | None:
        """The weights of the parts that are not dropped (T,).  Raises ParameterError where there are more or fewer."""
        if self.weights is None:
            return None
        where = type(self).__name__
        if len(self.weights) != len(self.estimators):
            raise ParameterError(
                f"{where}: Number of `estimators` and weights must be equal; got {len(self.weights)} weights, "
                f"{len(self.estimators)} estimators."
            )
        kept = {name for name, _ in self._kept()}
        pairs = zip(self.estimators, self.weights, strict=True)
        shares_ = check_weights([weight for (name, _), weight in pairs if name in kept], len(kept), where=where)
        return shares_

    @final
    def _predictions(self, X: Any) -> list[Array]:
        return [np.asarray(part.predict(X)) for part in self.estimators_]


def _soft(model: "VotingClassifier") -> bool:
    return model.voting == "soft"


@register("ensemble.VotingClassifier")
@final
class VotingClassifier(Classifier, BaseVoting):
    """The class for which most of several different classifiers are, or which is most probable on average.

        hard:  argmax_k  sum_t w_t [h_t(x) = k];      soft:  argmax_k  sum_t w_t p_t(k | x) / sum_t w_t

    A tie goes to the label that sorts first.  Each part is fitted to X (N, D), y (N,) on its own; X is handed to it as
    it is, so it may be whatever all of them take; parts are ours or scikit-learn's and learn the labels themselves.
    Parameters of a part are set as `name__parameter`, a part is replaced by its name, "drop" leaves it out.

    Cost: that of the parts; `n_jobs` of them at a time, with the same result.  Assumes parts that err in different
    places: five copies of one model vote as it alone.  Soft voting takes the probabilities at their word, and one part
    that is always sure outvotes the others (pellucid.calibration).

    - `flatten_transform`: with soft voting, whether `transform` gives (N, T K) rather than (T, N, K).

    Raises ParameterError for names, parts or weights that will not do.  Source: Kuncheva, Combining Pattern
    Classifiers, 2nd edition, 2014, chapters 4 and 5.

    >>> from pellucid.linear_model import LogisticRegression
    >>> from pellucid.tree import DecisionTreeClassifier
    >>> X, y = [[0.0], [1.0], [8.0], [9.0]], ["no", "no", "yes", "yes"]
    >>> parts = [("line", LogisticRegression()), ("tree", DecisionTreeClassifier())]
    >>> model = VotingClassifier(parts, voting="soft").fit(X, y)
    >>> model.predict([[2.0], [7.0]]).tolist(), model.named_estimators_.tree.get_n_leaves()
    (['no', 'yes'], 2)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "estimators": ESTIMATORS,
        "voting": Choice("hard", "soft", says="hard: each part one label; soft: probabilities"),
        "weights": WEIGHTS,
        "n_jobs": N_JOBS,
        "flatten_transform": Flag(),
        "verbose": Flag(says="a line for each part"),
    }

    def __init__(
        self,
        estimators: Sequence[tuple[str, Any]],
        *,
        voting: Literal["hard", "soft"] = "hard",
        weights: Sequence[float] | None = None,
        n_jobs: int | None = None,
        flatten_transform: bool = True,
        verbose: bool = False,
    ) -> None:
        self.estimators = estimators
        self.voting = voting
        self.weights = weights
        self.n_jobs = n_jobs
        self.flatten_transform = flatten_transform
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit every part on rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        where = type(self).__name__
        n_rows = count_rows(X, where=where)
        classes, codes = check_labels(y, n_rows, where=where)
        weights = check_weights(sample_weight, n_rows, where=where)
        kept = self._check_estimators(weights)
        self._shares_of_parts()
        for name, part in kept:
            if self.voting == "soft" and not hasattr(part, "predict_proba"):
                raise ParameterError(
                    f"{where}: {name!r} is a {type(part).__name__}, which has no predict_proba; use voting='hard'."
                )
        X, labels, weights = counting_rows(X, classes[codes], weights)
        self._fit_parts(X, labels, weights)
        self.classes_ = np.unique(labels)
        return self

    def predict(self, X: Any) -> Array:
        """The label with most votes.   X (N, D) -> (N,)"""
        if self.voting == "soft":
            return self.classes_[self._mean_shares(X).argmax(axis=1)]
        votes, weight = self._votes(X), self._shares_of_parts()
        counts = np.zeros((len(votes), len(self.classes_)))
        for t in range(votes.shape[1]):
            counts[np.arange(len(votes)), votes[:, t]] += 1.0 if weight is None else weight[t]
        return self.classes_[counts.argmax(axis=1)]

    @available_if(_soft, "only voting='soft' gives probabilities")
    def predict_proba(self, X: Any) -> Array:
        """Mean over the parts of the probability of each class.   X (N, D) -> (N, K), rows sum to 1"""
        return self._mean_shares(X)

    @available_if(_soft, "only voting='soft' gives probabilities")
    def predict_log_proba(self, X: Any) -> Array:
        """log(predict_proba(X)).   X (N, D) -> (N, K)"""
        with np.errstate(divide="ignore"):
            return np.log(self._mean_shares(X))

    def transform(self, X: Any) -> Array:
        """What the parts say: the places of their labels in `classes_` (N, T), or their probabilities if soft."""
        if self.voting == "hard":
            return self._votes(X)
        given = self._all_shares(X)
        return np.hstack(list(given)) if self.flatten_transform else given

    def fit_transform(self, X: Any, y: Any, sample_weight: Any = None) -> Array:
        """fit, then transform(X)."""
        return self.fit(X, y, sample_weight).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the columns that `transform` gives."""
        own, kept = type(self).__name__.lower(), [name for name, _ in self._kept()]
        n_classes = len(self.classes_)
        if self.voting == "hard":
            return np.array([f"{own}_{name}" for name in kept], dtype=object)
        if not self.flatten_transform:
            raise ParameterError(
                "VotingClassifier: get_feature_names_out is not supported when voting='soft' and "
                "flatten_transform=False, for its output is no table."
            )
        return np.array([f"{own}_{name}{k}" for name in kept for k in range(n_classes)], dtype=object)

    def _votes(self, X: Any) -> Array:
        classes, where = self.classes_, type(self).__name__
        return np.column_stack([codes_of(said, classes, where=where) for said in self._predictions(X)])

    def _all_shares(self, X: Any) -> Array:
        """X (N, D) -> (T, N, K)"""
        classes = self.classes_
        return np.stack([shares(part, X, classes, where=type(self).__name__) for part in self.estimators_])

    def _mean_shares(self, X: Any) -> Array:
        return np.average(self._all_shares(X), axis=0, weights=self._shares_of_parts())


@register("ensemble.VotingRegressor")
@final
class VotingRegressor(Regressor, BaseVoting):
    """The mean of what several different regressors predict.

        f(x) = sum_t w_t f_t(x) / sum_t w_t

    Shapes, parts, cost and assumptions are as for VotingClassifier.  The mean errs, in squares, at most as much as the
    parts do on average, and less by how much they differ; one that is far off still pulls it.  Source: Krogh and
    Vedelsby, Neural network ensembles, cross validation, and active learning, NeurIPS 1994.

    >>> from pellucid.linear_model import LinearRegression
    >>> from pellucid.tree import DecisionTreeRegressor
    >>> parts = [("line", LinearRegression()), ("tree", DecisionTreeRegressor())]
    >>> model = VotingRegressor(parts).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> model.transform([[4.0]]).round(6).tolist(), model.predict([[4.0]]).round(6).tolist()
    ([[4.0, 2.0]], [3.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "estimators": ESTIMATORS,
        "weights": WEIGHTS,
        "n_jobs": N_JOBS,
        "verbose": Flag(says="a line for each part"),
    }

    def __init__(
        self,
        estimators: Sequence[tuple[str, Any]],
        *,
        weights: Sequence[float] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.estimators = estimators
        self.weights = weights
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit every part on rows X (N, D) and targets y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        where = type(self).__name__
        n_rows = count_rows(X, where=where)
        targets = check_targets(y, n_rows, where=where)
        weights = check_weights(sample_weight, n_rows, where=where)
        self._check_estimators(weights)
        self._shares_of_parts()
        self._fit_parts(*counting_rows(X, targets, weights))
        return self

    def predict(self, X: Any) -> Array:
        """The weighted mean of the parts.   X (N, D) -> (N,)"""
        said = self.transform(X)
        return np.average(said, axis=1, weights=self._shares_of_parts())

    def transform(self, X: Any) -> Array:
        """What each part predicts.   X (N, D) -> (N, T)"""
        return np.column_stack(self._predictions(X))

    def fit_transform(self, X: Any, y: Any, sample_weight: Any = None) -> Array:
        """fit, then transform(X)."""
        return self.fit(X, y, sample_weight).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the columns that `transform` gives."""
        _ = self.estimators_  # says what is missing before fit
        return np.array([f"votingregressor_{name}" for name, _ in self._kept()], dtype=object)
