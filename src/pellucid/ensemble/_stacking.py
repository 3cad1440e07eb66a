"""Different models, and one on top that learns how far to trust each.

Here: `StackingClassifier`, `StackingRegressor`.
Elsewhere: a plain vote is in _voting.py; what both share is in _named_parts.py; the answers of models to rows they
have not seen are pellucid.model_selection.cross_val_predict.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.compose and this package;
pellucid.model_selection and pellucid.linear_model in fit, as they take longer to load than the rest of the package;
SciPy where X is sparse.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
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
    Regressor,
    Whole,
    available_if,
    check_labels,
    check_targets,
    check_weights,
    count_rows,
    read_table,
)
from pellucid.base._tables import Array
from pellucid.compose._members import check_storable, in_turn, is_fitted
from pellucid.ensemble._forest import N_JOBS
from pellucid.ensemble._named_parts import ESTIMATORS, NamedParts
from pellucid.ensemble._parts import (
    ANSWERS,
    Method,
    check_part,
    check_takes_weights,
    codes_of,
    counting_rows,
    counting_splits,
    fit_part,
)
from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence import register

_STACKING_LIMITS: dict[str, Limit] = {
    "estimators": ESTIMATORS,
    "final_estimator": Kind(object, words="an estimator, or None for a linear one"),
    "cv": Kind(object, words="a number of folds, a splitter, pairs of row numbers, 'prefit' or None"),
    "n_jobs": N_JOBS,
    "passthrough": Flag(says="whether the final estimator sees X, too"),
    "verbose": OneOf(Whole(low=0), Flag(), says="a line for each part"),
}


class BaseStacking(NamedParts):
    """What both share; abstract."""

    final_estimator: Any
    cv: Any
    passthrough: bool
    stack_method: Literal["auto"] | Method = "predict"

    final_estimator_: Any
    """The model on top, fitted."""
    stack_method_: list[Method]
    """What each part is asked."""

    @abstractmethod
    def _default_final(self) -> Any:
        """The model on top where none is given."""

    @abstractmethod
    def _columns(self, method: str, given: Array) -> Array:
        """One part's answers as columns.   (N,) or (N, K) -> (N, M)"""

    @final
    def _stack(self, X: Any, y: Array, weights: Array | None) -> None:
        """Fit the parts on all rows, and the final estimator on answers of parts that had not seen the row."""
        from pellucid.model_selection import check_cv, cross_val_predict
        from pellucid.model_selection._check_cv import splits_of

        where = type(self).__name__
        prefit = isinstance(self.cv, str) and self.cv == "prefit"
        splits = []
        if not prefit:  # before rows of weight zero go: pairs of row numbers mean all rows
            splits = splits_of(check_cv(self.cv, y, classifier=self.role == "classifier"), X, y, None)
            splits = counting_splits(splits, weights)
        X, y, weights = counting_rows(X, y, weights)
        final_estimator = self._default_final() if self.final_estimator is None else self.final_estimator
        check_part("final_estimator", final_estimator, str(self.role), where=where)
        if weights is not None:
            check_takes_weights("final_estimator", final_estimator, where=where)
        methods: list[Method] = [self._method(name, part) for name, part in self._kept()]
        if prefit:
            for name, part in self._kept():
                if not is_fitted(part):
                    raise ParameterError(f"{where}: cv='prefit', and {name!r} is not fitted yet; fit it, or set cv=5.")
            self.estimators_ = [part for _, part in self._kept()]
            self._note_columns()
            answers = [_ask(part, m, X) for part, m in zip(self.estimators_, methods, strict=True)]
        else:
            options = {} if weights is None else {"sample_weight": weights}
            work = [
                partial(cross_val_predict, part, X, y, cv=splits, method=method, params=options)
                for (_, part), method in zip(self._kept(), methods, strict=True)
            ]
            self._fit_parts(X, y, weights)
            answers = in_turn(work, self.n_jobs)
        self.stack_method_ = methods
        table = self._beside(answers, X)
        self.final_estimator_ = fit_part("final_estimator", final_estimator, table, y, weights, where=where)

    @final
    def _method(self, name: str, part: Any) -> Method:
        """What a part is asked.  Raises ParameterError where it cannot answer."""
        wanted: tuple[Method, ...] = ANSWERS if self.stack_method == "auto" else (self.stack_method,)
        for method in wanted:
            if hasattr(part, method):
                return method
        raise ParameterError(
            f"{type(self).__name__}: {name!r} is a {type(part).__name__}, which does not implement the method "
            f"{wanted[0]}; set stack_method='auto'."
        )

    @final
    def _beside(self, answers: Sequence[Array], X: Any) -> Any:
        """The answers side by side, with X behind them where it passes through."""
        pairs = zip(self.stack_method_, answers, strict=True)
        table = np.hstack([self._columns(method, np.asarray(given)) for method, given in pairs])
        if not self.passthrough:
            return table
        if hasattr(X, "tocsr"):
            from scipy.sparse import hstack

            return hstack([table, X]).tocsr()
        return np.hstack([table, read_table(X, where=f"{type(self).__name__}, passthrough")[0]])

    @final
    def transform(self, X: Any) -> Any:
        """What the parts say, the input of the final estimator.   X (N, D) -> (N, M), and X behind with passthrough"""
        parts, methods = self.estimators_, self.stack_method_
        return self._beside([_ask(part, method, X) for part, method in zip(parts, methods, strict=True)], X)

    @final
    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the columns that `transform` gives."""
        own, names = type(self).__name__.lower(), []
        seen = vars(self).get("feature_names_in_", [f"x{d}" for d in range(self.n_features_in_)])
        for (name, _), width in zip(self._kept(), self._widths(), strict=True):
            names += [f"{own}_{name}"] if width == 1 else [f"{own}_{name}{k}" for k in range(width)]
        passed = list(seen if input_features is None else input_features) if self.passthrough else []
        return np.array([*names, *passed], dtype=object)

    def _widths(self) -> list[int]:
        """How many columns each part gives."""
        return [1 for _ in self.stack_method_]

    @final
    def _check_storable(self) -> None:
        where = type(self).__name__
        super()._check_storable()
        check_storable([("final_estimator", self.final_estimator)], where=where)
        if self.cv is not None and not isinstance(self.cv, int | str):
            raise ModelFileError(f"{where}: cv is {self.cv!r}, which no model file can hold; give a number of folds.")

    @final
    def _check_learned(self) -> None:
        super()._check_learned()
        where = type(self).__name__
        known = len(self.stack_method_) == len(self.estimators_) and all(m in ANSWERS for m in self.stack_method_)
        if not known or not hasattr(self.final_estimator_, "predict"):
            raise ModelFileError(f"{where}: stack_method_ or final_estimator_ in the record does not fit its parts.")


def _ask(part: Any, method: str, X: Any) -> Array:
    return np.asarray(getattr(part, method)(X))


def _final_has(method: str) -> Any:
    def answers(model: BaseStacking) -> bool:
        held = vars(model).get("final_estimator_", model.final_estimator)
        return hasattr(model._default_final() if held is None else held, method)

    return answers


@register("ensemble.StackingClassifier")
@final
class StackingClassifier(Classifier, BaseStacking):
    """A classifier that learns from what several others say of rows they have not seen.

        z_i = [h_1(x_i), ..., h_T(x_i)],  each h_t fitted on folds without row i;      final estimator on (z_i, y_i)
        prediction: final([h_1(x), ..., h_T(x)]),  now each h_t fitted on all rows

    A part that has learned its rows by heart looks perfect on them; out of fold it does not, so the final estimator
    cannot fall for it.  All parts are asked on the same folds.  Parts say, with stack_method "auto", probabilities, or
    their decision, or their label (as its place in `classes_`); of two probabilities that sum to 1 the second is kept.

    - `final_estimator`: None is LogisticRegression().
    - `cv`: a number of folds (None: 5, stratified), a splitter, pairs of row numbers; "prefit": the parts are fitted
      already and asked as they are, which is honest only if they have not seen these rows.
    - `passthrough`: whether the final estimator sees X, too.

    X (N, D), y (N,) -> estimators_, final_estimator_; X is handed to parts as it is, and they are ours or
    scikit-learn's.  Cost: (folds + 1) times that of the parts.  Assumes rows that do not depend on each other: with
    groups or time give a splitter that keeps them apart.

    Raises ParameterError for names and parts that will not do, DataError where rows are in no test fold or in two.
    Source: Wolpert, Stacked generalization, Neural Networks 5, 1992.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> from pellucid.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> parts = [("line", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=3))]
    >>> model = StackingClassifier(parts).fit(X, y)
    >>> model.transform(X).shape, model.stack_method_, model.score(X, y) > 0.95
    ((150, 6), ['predict_proba', 'predict_proba'], True)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **_STACKING_LIMITS,
        "stack_method": Choice("auto", *ANSWERS, says="what the parts are asked"),
    }

    def __init__(
        self,
        estimators: Sequence[tuple[str, Any]],
        final_estimator: Any = None,
        *,
        cv: Any = None,
        stack_method: Literal["auto"] | Method = "auto",
        n_jobs: int | None = None,
        passthrough: bool = False,
        verbose: int = 0,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.stack_method = stack_method
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Stack on rows X (N, D) and labels y (N,); row i counts sample_weight[i] times, in parts and on top."""
        self._begin_fit()
        where = type(self).__name__
        n_rows = count_rows(X, where=where)
        classes, codes = check_labels(y, n_rows, where=where)
        weights = check_weights(sample_weight, n_rows, where=where)
        self._check_estimators(weights)
        counted = codes if weights is None else codes[weights > 0]
        self.classes_ = classes[np.unique(counted)]
        self._stack(X, classes[codes], weights)
        return self

    def predict(self, X: Any) -> Array:
        """The label the final estimator predicts.   X (N, D) -> (N,)"""
        return np.asarray(self.final_estimator_.predict(self.transform(X)))

    @available_if(_final_has("predict_proba"), "the final estimator gives no probabilities")
    def predict_proba(self, X: Any) -> Array:
        """The final estimator's probabilities.   X (N, D) -> (N, K), rows sum to 1"""
        return np.asarray(self.final_estimator_.predict_proba(self.transform(X)))

    @available_if(_final_has("predict_proba"), "the final estimator gives no probabilities")
    def predict_log_proba(self, X: Any) -> Array:
        """log(predict_proba(X)).   X (N, D) -> (N, K)"""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(_final_has("decision_function"), "the final estimator has none")
    def decision_function(self, X: Any) -> Array:
        """The final estimator's decision.   X (N, D) -> (N,) or (N, K)"""
        return np.asarray(self.final_estimator_.decision_function(self.transform(X)))

    def fit_transform(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """fit, then transform(X): answers of parts that have seen these rows, unlike those the fit learns from."""
        return self.fit(X, y, sample_weight).transform(X)

    def _default_final(self) -> Any:
        from pellucid.linear_model import LogisticRegression

        return LogisticRegression()

    def _columns(self, method: str, given: Array) -> Array:
        if method == "predict":
            return codes_of(given, self.classes_, where="StackingClassifier")[:, None].astype(np.float64)
        if given.ndim == 1:
            return given[:, None]
        return given[:, 1:] if method == "predict_proba" and given.shape[1] == 2 else given

    def _widths(self) -> list[int]:
        several = len(self.classes_) if len(self.classes_) > 2 else 1
        return [1 if method == "predict" else several for method in self.stack_method_]


@register("ensemble.StackingRegressor")
@final
class StackingRegressor(Regressor, BaseStacking):
    """A regressor that learns from what several others predict for rows they have not seen.

        z_i = [f_1(x_i), ..., f_T(x_i)],  each f_t fitted on folds without row i;      final estimator on (z_i, y_i)

    Shapes, folds, parts, cost and assumptions are as for StackingClassifier; `final_estimator` None is RidgeCV().
    Source: Breiman, Stacked regressions, Machine Learning 24, 1996.

    >>> from pellucid.linear_model import LinearRegression
    >>> from pellucid.tree import DecisionTreeRegressor
    >>> X = np.linspace(0.0, 1.0, 40)[:, None]
    >>> model = StackingRegressor([("line", LinearRegression()), ("tree", DecisionTreeRegressor())]).fit(X, X[:, 0])
    >>> model.predict([[0.5]]).round(2).tolist(), model.transform(X).shape
    ([0.5], (40, 2))
    """

    limits: ClassVar[Mapping[str, Limit]] = _STACKING_LIMITS

    def __init__(
        self,
        estimators: Sequence[tuple[str, Any]],
        final_estimator: Any = None,
        *,
        cv: Any = None,
        n_jobs: int | None = None,
        passthrough: bool = False,
        verbose: int = 0,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Stack on rows X (N, D) and targets y (N,); row i counts sample_weight[i] times, in parts and on top."""
        self._begin_fit()
        where = type(self).__name__
        n_rows = count_rows(X, where=where)
        targets = check_targets(y, n_rows, where=where)
        weights = check_weights(sample_weight, n_rows, where=where)
        self._check_estimators(weights)
        self._stack(X, targets, weights)
        return self

    def predict(self, X: Any) -> Array:
        """What the final estimator predicts.   X (N, D) -> (N,)"""
        return np.asarray(self.final_estimator_.predict(self.transform(X)))

    def fit_transform(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """fit, then transform(X): answers of parts that have seen these rows, unlike those the fit learns from."""
        return self.fit(X, y, sample_weight).transform(X)

    def _default_final(self) -> Any:
        from pellucid.linear_model import RidgeCV

        return RidgeCV()

    def _columns(self, method: str, given: Array) -> Array:
        return given.reshape(len(given), -1)
