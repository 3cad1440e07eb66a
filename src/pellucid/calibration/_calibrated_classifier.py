"""Classifiers whose probabilities are to be taken at their word.

Here: `CalibratedClassifierCV`; `CalibratedClassifier`, one fitted classifier with its maps.
Elsewhere: the maps are in _sigmoid.py and _isotonic.py; how far probabilities are off is measured in pellucid.metrics.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.model_selection, pellucid.compose,
pellucid.svm and pellucid.ensemble.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    Choice,
    Classifier,
    Flag,
    Kind,
    Limit,
    OneOf,
    Traits,
    check_labels,
    check_weights,
    count_rows,
)
from pellucid.base._tables import Array
from pellucid.calibration._isotonic import Isotonic
from pellucid.calibration._sigmoid import Sigmoid
from pellucid.compose._members import check_storable, in_turn, is_fitted, traits_of
from pellucid.ensemble._forest import N_JOBS
from pellucid.ensemble._parts import check_part, codes_of, counting_rows, counting_splits, fit_part, takes_weights
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.model_selection import check_cv, cross_val_predict
from pellucid.model_selection._check_cv import splits_of
from pellucid.model_selection._containers import take_rows
from pellucid.persistence import register
from pellucid.svm import LinearSVC

_MAPS: dict[str, type[Sigmoid] | type[Isotonic]] = {"sigmoid": Sigmoid, "isotonic": Isotonic}


@register("calibration.CalibratedClassifier")
@final
@dataclass(frozen=True)
class CalibratedClassifier:
    """A fitted classifier and what makes probabilities of its scores: one map for two classes, else one a class.

    >>> from pellucid.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    >>> CalibratedClassifier(model, [Sigmoid(-1.0, 0.0)], model.classes_).predict_proba([[0.5]]).round(6).tolist()
    [[0.5, 0.5]]
    """

    estimator: Any
    calibrators: list[Any]
    classes: Array

    def __post_init__(self) -> None:
        n_maps = 1 if len(self.classes) == 2 else len(self.classes)
        if len(self.calibrators) != n_maps or not all(isinstance(m, Sigmoid | Isotonic) for m in self.calibrators):
            raise ModelFileError(f"CalibratedClassifier: {len(self.classes)} classes need {n_maps} maps of scores.")

    @classmethod
    def learned(
        cls, estimator: Any, scores: Array, codes: Array, weights: Array | None, classes: Array, method: str
    ) -> Self:
        """Maps learned from scores (N, M) of rows the estimator has not seen and the numbers of their classes (N,)."""
        kind, first = _MAPS[method], 1 if len(classes) == 2 else 0
        maps = [kind.learned(scores[:, k], (codes == k + first) * 1.0, weights) for k in range(scores.shape[1])]
        return cls(estimator, maps, classes)

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class.   X (N, D) -> (N, K), rows sum to 1

        With more than two classes each map speaks for its class alone, and their sum is made 1; where all say 0 the
        classes are equally probable.
        """
        scores = scores_of(self.estimator, X, self.classes, where="CalibratedClassifier")
        p = np.column_stack([m.predict(scores[:, k]) for k, m in enumerate(self.calibrators)])
        if len(self.classes) == 2:
            return np.hstack([1.0 - p, p])
        total = p.sum(axis=1, keepdims=True)
        return np.where(total > 0, p / np.where(total > 0, total, 1.0), 1.0 / p.shape[1])

    def to_record(self) -> dict[str, Any]:
        """Its three parts."""
        return {"estimator": self.estimator, "calibrators": self.calibrators, "classes": self.classes}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The classifier of these parts."""
        return cls(record["estimator"], list(record["calibrators"]), np.asarray(record["classes"]))


def scores_of(estimator: Any, X: Any, classes: Array, *, where: str) -> Array:
    """The decision, or else the probabilities, of a classifier; for two classes those of the second.

    X (N, D), classes (K,) -> (N, 1) for K = 2, else (N, K).  Raises DataError where it knows other classes.
    """
    if not np.array_equal(estimator.classes_, classes):
        raise DataError(
            f"{where}: a classifier was fitted to rows of the classes {np.asarray(estimator.classes_).tolist()} only, "
            f"and there are {classes.tolist()}; use fewer folds, or stratified ones."
        )
    return _as_columns(np.asarray(getattr(estimator, _method(estimator))(X)))


def _as_columns(given: Array) -> Array:
    if given.ndim == 1:
        return given[:, None]
    return given[:, 1:] if given.shape[1] == 2 else given


def _method(estimator: Any) -> Any:
    return "decision_function" if hasattr(estimator, "decision_function") else "predict_proba"


@register("calibration.CalibratedClassifierCV")
@final
class CalibratedClassifierCV(Classifier):
    """A classifier whose scores are mapped to probabilities, by rows it has not learned from.

        p(k | x) = mean over folds of  m_k(s_k(x)),  then made to sum to 1;   s: decision or probability of the class
        sigmoid:  m(s) = 1 / (1 + exp(a s + b));     isotonic: the rising m closest to the labels in squares

    Of all rows that get a probability of 0.8, four in five should be of the class; for margins, boosting and naive
    Bayes that is not so by itself.  A map learned on rows the classifier knows would only see how sure it is of those,
    so folds are kept apart: `ensemble=True` fits a classifier and a map for each fold and predicts their mean,
    `ensemble=False` learns one map from out-of-fold scores and fits one classifier to all rows.

    X (N, D), y (N,) -> calibrated_classifiers_.  a and b are found by Newton's method, m by pooling adjacent violators.

    - `estimator`: ours or scikit-learn's, with decision_function or predict_proba; None is LinearSVC().
    - `method`: sigmoid has two parameters and fits small data; isotonic any rising map, from about 1000 rows on, and
      ties scores that were apart.
    - `cv`: a number of folds (None: 5, stratified), a splitter, pairs of row numbers; "prefit": the estimator is fitted
      already, and fit learns the map alone, from rows that must be new to it.
    - `ensemble`: "auto" is True but for prefit (and scikit-learn's FrozenEstimator).

    Cost: folds times the estimator's, and N log N for the maps.  Assumes that new rows come as these did: with other
    shares of the classes the probabilities are off again.  Weights are for the maps, and for the estimator where it
    takes them (a DataWarning says where not).

    Raises DataError for one class and for folds without one of the classes.  Source: Platt, 1999; Zadrozny and Elkan,
    Transforming classifier scores into accurate multiclass probability estimates, KDD 2002.

    >>> from pellucid.datasets import load_breast_cancer
    >>> from pellucid.metrics import brier_score_loss
    >>> from pellucid.ensemble import AdaBoostClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> raw = AdaBoostClassifier(n_estimators=10)
    >>> model = CalibratedClassifierCV(raw, cv=3).fit(X[::2], y[::2])
    >>> off = [brier_score_loss(y[1::2], m.predict_proba(X[1::2])[:, 1]) for m in (raw.fit(X[::2], y[::2]), model)]
    >>> bool(off[1] < off[0]), len(model.calibrated_classifiers_)
    (True, 3)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "estimator": Kind(object, words="a classifier, or None for LinearSVC()"),
        "method": Choice("sigmoid", "isotonic", says="what maps scores to probabilities"),
        "cv": Kind(object, words="a number of folds, a splitter, pairs of row numbers, 'prefit' or None"),
        "n_jobs": N_JOBS,
        "ensemble": OneOf(Choice("auto"), Flag(), says="whether each fold keeps its classifier and map"),
    }

    calibrated_classifiers_: list[Any]
    """Classifiers with their maps: one a fold, or a single one."""

    def __init__(
        self,
        estimator: Any = None,
        *,
        method: Literal["sigmoid", "isotonic"] = "sigmoid",
        cv: Any = None,
        n_jobs: int | None = None,
        ensemble: bool | Literal["auto"] = "auto",
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.cv = cv
        self.n_jobs = n_jobs
        self.ensemble = ensemble

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn classifiers and maps from rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        where, model = type(self).__name__, self._model()
        check_part("estimator", model, "classifier", where=where)
        if not any(hasattr(model, method) for method in ("decision_function", "predict_proba")):
            raise ParameterError(
                f"{where}: estimator is a {type(model).__name__}, which has neither decision_function nor "
                "predict_proba, so there are no scores to map."
            )
        n_rows = count_rows(X, where=where)
        classes, codes = check_labels(y, n_rows, where=where)
        weights = check_weights(sample_weight, n_rows, where=where)
        splits = []
        if not self._is_prefit():  # before rows of weight zero go: pairs of row numbers mean all rows
            splits = splits_of(check_cv(self.cv, classes[codes], classifier=True), X, classes[codes], None)
            splits = counting_splits(splits, weights)
        X, labels, weights = counting_rows(X, classes[codes], weights)
        classes = np.unique(labels)
        if self._is_prefit():
            if not is_fitted(model):
                raise ParameterError(f"{where}: cv='prefit', and the estimator is not fitted yet; fit it, or set cv=5.")
            classes = np.asarray(model.classes_)
        if len(classes) < 2:
            raise DataError(
                f"{where}: y has one class, {classes.tolist()[0]!r}, among the rows that count; two or more are "
                "needed to tell apart."
            )
        codes = codes_of(labels, classes, where=where)
        self.calibrated_classifiers_ = self._calibrate(model, X, labels, codes, weights, classes, splits)
        self.classes_ = classes
        for name in ("n_features_in_", "feature_names_in_"):
            held = self.calibrated_classifiers_[0].estimator
            if hasattr(held, name):
                setattr(self, name, getattr(held, name))
        return self

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""
        total: Array = np.sum([held.predict_proba(X) for held in self.calibrated_classifiers_], axis=0)
        return total / len(self.calibrated_classifiers_)

    def _calibrate(
        self,
        model: Any,
        X: Any,
        labels: Array,
        codes: Array,
        weights: Array | None,
        classes: Array,
        splits: list[tuple[Array, Array]],
    ) -> list[Any]:
        """The classifiers with their maps, from rows that all count."""
        where = type(self).__name__
        finish = partial(CalibratedClassifier.learned, classes=classes, method=self.method)
        if self._is_prefit():
            return [finish(model, scores_of(model, X, classes, where=where), codes, weights)]
        fit_weights = weights
        if weights is not None and not takes_weights(model):
            text = f"{where}: {type(model).__name__}.fit takes no sample_weight; weights are for the maps only."
            warnings.warn(DataWarning(text), stacklevel=3)
            fit_weights = None
        frozen = type(model).__name__ == "FrozenEstimator"
        if self.ensemble is True or (self.ensemble == "auto" and not frozen):

            def one(train: Array, test: Array) -> CalibratedClassifier:
                w = None if fit_weights is None else fit_weights[train]
                part = fit_part("estimator", model, take_rows(X, train), labels[train], w, where=where)
                scores = scores_of(part, take_rows(X, test), classes, where=where)
                return finish(part, scores, codes[test], None if weights is None else weights[test])

            return in_turn([partial(one, *pair) for pair in splits], self.n_jobs)
        options = {} if fit_weights is None else {"sample_weight": fit_weights}
        given = cross_val_predict(
            model, X, labels, cv=splits, method=_method(model), n_jobs=self.n_jobs, params=options
        )
        part = fit_part("estimator", model, X, labels, fit_weights, where=where)
        return [finish(part, _as_columns(np.asarray(given)), codes, weights)]

    def _model(self) -> Any:
        return LinearSVC(random_state=0) if self.estimator is None else self.estimator

    def _is_prefit(self) -> bool:
        return isinstance(self.cv, str) and self.cv == "prefit"

    def _traits(self) -> Traits:
        return replace(traits_of(self._model()), needs_fit=True, many_targets=False)

    def _check_storable(self) -> None:
        where = type(self).__name__
        fitted = [("estimator", held.estimator) for held in vars(self).get("calibrated_classifiers_", [])]
        check_storable([("estimator", self.estimator), *fitted], where=where)
        if self.cv is not None and not isinstance(self.cv, int | str):
            raise ModelFileError(f"{where}: cv is {self.cv!r}, which no model file can hold; give a number of folds.")

    def _check_learned(self) -> None:
        held = self.calibrated_classifiers_
        good = isinstance(held, list) and len(held) > 0 and all(type(c) is CalibratedClassifier for c in held)
        if not good or any(not np.array_equal(c.classes, self.classes_) for c in held):
            raise ModelFileError(f"{type(self).__name__}: calibrated_classifiers_ in the record do not fit classes_.")
