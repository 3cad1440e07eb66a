"""The laws every public estimator keeps, each checked for all of them.

An estimator is found by its package's `__all__`, so that none can be forgotten; what it needs besides is a row below:
SETTINGS gives further or faster instances, EXCEPTIONS names what an estimator cannot do, with the reason.
"""

import inspect
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, parametrize_with_checks

import pellucid
from pellucid._layers import LAYERS
from pellucid.base import Classifier, Estimator, Regressor, Transformer
from pellucid.base._estimator import learnable, parameters
from pellucid.errors import NotFittedError, ParameterError, PellucidError
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

_NETWORKS: list[dict[str, Any]] = [{"tol": 0.1, "max_iter": 1000}, {"solver": "lbfgs", "alpha": 30.0, "max_iter": 1000}]

_CLASSIFIERS = [("line", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=1))]
_REGRESSORS = [("line", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=3))]

_SEARCHED: dict[str, Any] = {"cv": 2, "error_score": "raise"}
_SEEDED: dict[str, Any] = {**_SEARCHED, "random_state": 0}
_SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "OptunaSearchCV")

SETTINGS: dict[str, list[dict[str, Any]]] = {
    "KNeighborsClassifier": [{}, {"weights": "distance", "algorithm": "kd_tree"}],
    "KNeighborsRegressor": [{}, {"weights": "distance", "algorithm": "ball_tree"}],
    "RadiusNeighborsClassifier": [
        {"radius": 2.5, "outlier_label": "most_frequent"},
        {"radius": 2.5, "weights": "distance", "algorithm": "ball_tree", "outlier_label": "most_frequent"},
    ],
    "RadiusNeighborsRegressor": [{"radius": 2.5}, {"radius": 2.5, "weights": "distance", "algorithm": "kd_tree"}],
    "NearestCentroid": [
        *({}, {"shrink_threshold": 0.5, "priors": "empirical"}),
        {"metric": "manhattan", "priors": "empirical"},
    ],
    "GaussianMixture": [
        {"random_state": 0},
        *({"n_components": 2, "covariance_type": c, "random_state": 0} for c in ("full", "tied", "diag", "spherical")),
    ],
    "PCA": [
        {},
        {"n_components": 2, "whiten": True, "svd_solver": "randomized", "random_state": 0},
        {"svd_solver": "full"},
    ],
    "IncrementalPCA": [{"batch_size": 10}, {"n_components": 2, "whiten": True}],
    "TruncatedSVD": [{"n_components": 1, "random_state": 0}],
    "GaussianNB": [{}, {"priors": None, "var_smoothing": 1e-3}],
    "MultinomialNB": [{}, {"alpha": 0.5, "fit_prior": False}],
    "ComplementNB": [{}, {"alpha": 0.5}],
    "BernoulliNB": [{}, {"binarize": 1.0}],
    "CategoricalNB": [{"min_categories": 60}],
    "KMeans": [{"n_clusters": 3, "random_state": 0}],
    "MiniBatchKMeans": [
        {"n_clusters": 3, "random_state": 0},
        {"n_clusters": 3, "batch_size": 20, "init": "random", "random_state": 0},
    ],
    "LinearRegression": [{}, {"positive": True}, {"solver": "gd", "tol": 1e-10, "max_iter": 100_000}],
    "LogisticRegression": [
        *({}, {"solver": "lbfgs"}, {"C": 100.0}, {"class_weight": "balanced"}),
        {"penalty": "l1", "tol": 1e-9},
        {"solver": "gd", "tol": 1e-8, "max_iter": 20_000},
        {"solver": "saga", "tol": 1e-11, "max_iter": 100_000, "random_state": 0},
    ],
    "ElasticNet": [{"alpha": 0.1, "tol": 1e-10}],
    "ElasticNetCV": [{"alphas": 10, "cv": 3}],
    "Lasso": [{"alpha": 0.1, "tol": 1e-10}, {"alpha": 0.01, "precompute": False, "tol": 1e-10}],
    "LassoCV": [{"alphas": 10, "cv": 3}],
    "Ridge": [{}, {"solver": "svd"}, {"positive": True}],
    "LinearSVC": [{"tol": 1e-9, "max_iter": 100_000, "random_state": 0}],
    "LinearSVR": [
        {"tol": 1e-8, "C": 0.1, "max_iter": 100_000, "random_state": 0},
        {"loss": "squared_epsilon_insensitive", "tol": 1e-9, "max_iter": 100_000, "random_state": 0},
    ],
    "HuberRegressor": [{"tol": 1e-8, "max_iter": 5000}],
    "Perceptron": [{"shuffle": False}],
    "SGDClassifier": [{"random_state": 0}, {"loss": "log_loss", "random_state": 0, "early_stopping": True}],
    "SGDRegressor": [{"random_state": 0, "eta0": 1e-3}],
    "DummyClassifier": [{}, {"strategy": "stratified", "random_state": 0}, {"strategy": "most_frequent"}],
    "DummyRegressor": [{}, {"strategy": "median"}],
    "RandomForestClassifier": [{"n_estimators": 7, "min_samples_leaf": 3, "random_state": 0}],
    "RandomForestRegressor": [{"n_estimators": 7, "min_samples_leaf": 3, "random_state": 0}],
    "ExtraTreesClassifier": [{"n_estimators": 5, "random_state": 0}],
    "HistGradientBoostingClassifier": [{"max_iter": 10, "min_samples_leaf": 1}],
    "HistGradientBoostingRegressor": [{"max_iter": 10, "min_samples_leaf": 1}],
    "GradientBoostingClassifier": [{"n_estimators": 5, "max_depth": 1, "random_state": 0}],
    "GradientBoostingRegressor": [
        {"n_estimators": 20, "random_state": 0},
        {"n_estimators": 20, "max_depth": 2, "loss": "huber", "random_state": 0},
    ],
    "CalibratedClassifierCV": [
        {"estimator": LogisticRegression(), "cv": 2},
        {"estimator": LogisticRegression(), "cv": 2, "method": "isotonic", "ensemble": False},
    ],
    "AdaBoostClassifier": [{"n_estimators": 5}],
    "AdaBoostRegressor": [{"n_estimators": 5, "random_state": 0}],
    "BaggingClassifier": [
        {"n_estimators": 5, "random_state": 0},
        {"estimator": DecisionTreeClassifier(max_depth=2), "max_features": 0.5, "random_state": 0, "n_jobs": 2},
    ],
    "BaggingRegressor": [{"estimator": LinearRegression(), "n_estimators": 3, "random_state": 0}],
    "VotingClassifier": [
        {"estimators": _CLASSIFIERS, "weights": [2, 1]},  # a tie goes to the label that sorts first, as for neighbours
        {"estimators": [*_CLASSIFIERS, ("none", "drop")], "voting": "soft", "weights": [2, 1, 1], "n_jobs": 2},
    ],
    "VotingRegressor": [{"estimators": _REGRESSORS}],
    "StackingClassifier": [{"estimators": _CLASSIFIERS, "cv": 2}, {"estimators": _CLASSIFIERS, "passthrough": True}],
    "StackingRegressor": [{"estimators": _REGRESSORS, "cv": 3}],
    "ExtraTreesRegressor": [{"n_estimators": 5, "random_state": 0}],
    "MLPClassifier": [{"random_state": 0, **row} for row in _NETWORKS],
    "MLPRegressor": [{"random_state": 0, **row} for row in _NETWORKS],
    "StandardScaler": [{}, {"with_mean": False}, {"with_std": False}, {"with_mean": False, "with_std": False}],
    "MinMaxScaler": [{}, {"clip": True, "feature_range": (-1, 3)}],
    "MaxAbsScaler": [{}, {"clip": True}],
    "Binarizer": [{}, {"threshold": -0.5}],
    "RobustScaler": [{}, {"with_centering": False, "quantile_range": (10.0, 80.0)}, {"unit_variance": True}],
    "QuantileTransformer": [{"n_quantiles": 1}, {"n_quantiles": 10, "output_distribution": "normal"}],
    "PolynomialFeatures": [{}, {"degree": (1, 3), "interaction_only": True, "include_bias": False}],
    "TargetEncoder": [{"random_state": 0}, {"smooth": 0.0, "shuffle": False}],
    "FunctionTransformer": [{}, {"func": "arcsinh", "inverse_func": "sinh", "validate": True}],
    "PowerTransformer": [{}, {"standardize": False}],
    "KBinsDiscretizer": [{}, {"encode": "ordinal", "strategy": "uniform"}],
    "Normalizer": [{}, {"norm": "l1"}, {"norm": "max"}],
    "OneHotEncoder": [{}, {"drop": "first", "handle_unknown": "ignore"}, {"max_categories": 5}],
    "OrdinalEncoder": [{}, {"min_frequency": 2, "handle_unknown": "use_encoded_value", "unknown_value": -1}],
    "SimpleImputer": [{}, {"strategy": "median", "add_indicator": True}, {"strategy": "most_frequent"}],
    "MissingIndicator": [{"features": "all"}, {}],
    "KNNImputer": [{}, {"n_neighbors": 2, "weights": "distance", "add_indicator": True}],
    "TableVectorizer": [{}, {"dtype": "float32"}],
    "GridSearchCV": [
        {"estimator": LogisticRegression(), "param_grid": {"C": [0.1, 1.0]}, **_SEARCHED},
        {"estimator": LinearRegression(), "param_grid": {"fit_intercept": [True, False]}, **_SEARCHED},
    ],
    "RandomizedSearchCV": [
        {"estimator": LogisticRegression(), "param_distributions": {"C": [0.1, 1.0]}, "n_iter": 2, **_SEARCHED},
    ],
    "HalvingGridSearchCV": [
        {"estimator": LogisticRegression(), "param_grid": {"C": [0.1, 1.0]}, "min_resources": "smallest", **_SEEDED},
        {"estimator": LinearRegression(), "param_grid": {"fit_intercept": [True, False]}, **_SEEDED},
    ],
    "OptunaSearchCV": [
        {"estimator": LogisticRegression(), "param_distributions": {"C": [0.1, 1.0]}, "n_trials": 2, **_SEEDED},
    ],
    "HalvingRandomSearchCV": [
        {"estimator": LogisticRegression(), "param_distributions": {"C": [0.1, 1.0]}, "n_candidates": 2, **_SEEDED},
    ],
    "ColumnTransformer": [
        {"transformers": [("scale", StandardScaler(), slice(None))]},
        {"transformers": [("range", MinMaxScaler(), [0])], "remainder": StandardScaler(), "n_jobs": 2},
    ],
    "TransformedTargetRegressor": [
        {"regressor": LinearRegression(), "transformer": StandardScaler()},
        {"regressor": LinearRegression()},
    ],
    "FeatureUnion": [
        {"transformer_list": [("scale", StandardScaler())]},
        {"transformer_list": [("range", MinMaxScaler()), ("scale", StandardScaler()), ("none", "drop")], "n_jobs": 2},
    ],
    "Pipeline": [
        {"steps": [("scale", StandardScaler()), ("range", MinMaxScaler())]},
        {"steps": [("scale", StandardScaler()), ("model", LogisticRegression())]},
        {"steps": [("none", "passthrough"), ("model", LinearRegression())]},
    ],
}

SPLIT: dict[str, dict[str, Any]] = {  # what a model fitted on two thirds of the rows needs for the third
    "RadiusNeighborsRegressor": {"radius": 8.0},  # of `problem`'s rows, the loneliest has its first neighbour at 6.2
}

ASKED = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")

_NONE = inspect.Parameter.empty
_ROLES = ("Classifier", "Regressor")
_DRAWS = "rows or features are drawn by their place"
_IN_PLACE = "its parts are fitted in place, as scikit-learn's are, which is excused from this check, too"
_BEGINS = "its first weights are drawn by the place of columns and classes"

_GLOBAL_OUTPUT = dict.fromkeys(
    ("check_global_output_transform_pandas", "check_global_set_output_transform_polars"),
    "there is no global switch, and scikit-learn's is its own: set_output of the transformer asks for frames",
)

_NAMELESS = dict.fromkeys(
    ("check_set_output_transform_pandas", "check_set_output_transform_polars"),
    "the check asks for names out, which a function has where they are given",
)

EXCEPTIONS: dict[tuple[str, str], str] = {
    # (class, name of the law or of scikit-learn's check): why not
    ("KNeighborsClassifier", "labels"): "a tie of votes, common among five, goes to the label that sorts first",
    ("RadiusNeighborsClassifier", "labels"): "a tie of votes, common among few, goes to the label that sorts first",
    ("NearestNeighbors", "state"): "it has no predict or transform, which the law asks",
    ("DBSCAN", "state"): "it has no predict or transform, which the law asks",
    **{
        (name, "check_sample_weight_equivalence_on_dense_data"): (
            "first centres are drawn by the place of rows, and a row twice moves those after it; scikit-learn's too"
        )
        for name in ("KMeans", "MiniBatchKMeans")
    },
    **{
        (name, law): "it meets one row after the other, and each leaves its mark"
        for name in ("SGDClassifier", "SGDRegressor", "Perceptron")
        for law in (
            "order",
            "weights",
            "check_sample_weight_equivalence_on_dense_data",
            "check_sample_weight_equivalence_on_sparse_data",
        )
    },
    ("SGDClassifier", "labels"): "each class meets the rows in an order of its own, drawn by its place",
    **{(name, "order"): "its folds are rows that follow each other" for name in ("LassoCV", "ElasticNetCV")},
    **{(f"{name}{role}", "order"): _DRAWS for name in ("RandomForest", "ExtraTrees") for role in _ROLES},
    ("HistGradientBoostingClassifier", "order"): "of splits that gain equally, common on few rows, the first column's",
    **{
        (f"RandomForest{role}", law): "a tree draws rows, and a row twice is drawn otherwise; scikit-learn's too"
        for role in _ROLES
        for law in ("weights", "check_sample_weight_equivalence_on_dense_data")
    },
    **{
        ("CalibratedClassifierCV", law): "its folds are rows that follow each other, and a row twice moves others"
        for law in ("order", "weights")
    },
    **{
        ("AdaBoostRegressor", law): "each part is fitted to rows drawn by their place; scikit-learn's too"
        for law in ("order", "weights", "check_sample_weight_equivalence_on_dense_data")
    },
    **{
        (f"Bagging{role}", law): "a copy draws rows and columns by their place; scikit-learn's too"
        for role in _ROLES
        for law in ("order", "weights", "check_sample_weight_equivalence_on_dense_data")
    },
    **{
        (f"Stacking{role}", law): "its folds are rows that follow each other, and a row twice moves those after it"
        for role in _ROLES
        for law in ("order", "weights")
    },
    **{(f"MLP{role}", "order"): _BEGINS for role in _ROLES},
    ("MLPClassifier", "labels"): _BEGINS,
    **{
        (name, "check_classifiers_one_label_sample_weights"): "it hands weights on; the estimator names what they leave"
        for name in _SEARCHES
    },
    ("TargetEncoder", "fit_transform"): "it is cross-fitted: no training row is encoded by its own target",
    ("FunctionTransformer", "state"): "it learns nothing, and transforms without a fit",
    ("Normalizer", "state"): "it learns nothing, and transforms without a fit",
    ("Binarizer", "state"): "it learns nothing, and transforms without a fit",
    ("TableVectorizer", "alone"): "it reads and gives frames, and Polars makes them",
    ("TableVectorizer", "check_dataframe_column_names_consistency"): "it finds columns by name, in any order",
    ("ColumnTransformer", "check_dataframe_column_names_consistency"): "it finds columns by name, in any order",
    **{
        (name, law): "it looks at the target only"
        for name in ("DummyClassifier", "DummyRegressor")
        for law in ("infinity", "words", "no features", "fewer features")
    },
    **{
        ("FunctionTransformer", law): "it hands on what it is given"
        for law in ("infinity", "words", "no features", "fewer features")
    },
    **{
        (name, "words"): "it takes words"
        for name in (
            *("OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "TableVectorizer"),
            *("SimpleImputer", "MissingIndicator"),
        )
    },
    **{
        ("HalvingGridSearchCV", law): "its first candidates learn from rows that are drawn, and counted among these"
        for law in ("infinity", "words")
    },
    ("DBSCAN", "fewer features"): "it has no predict or transform, which the law asks",
    ("NearestNeighbors", "fewer features"): "it has no predict or transform, which the law asks",
    **{
        (name, law): _IN_PLACE
        for name in ("FeatureUnion", "Pipeline")
        for law in ("check_dont_overwrite_parameters", "check_estimators_overwrite_params")
    },
}


def _public_classes() -> Iterator[type[Estimator]]:
    for layer in LAYERS:
        if find_spec(f"pellucid.{layer}") is None:
            continue
        package = import_module(f"pellucid.{layer}")
        for name in getattr(package, "__all__", []):
            found = getattr(package, name)
            if isinstance(found, type) and issubclass(found, Estimator) and not inspect.isabstract(found):
                if layer != "base":
                    yield found


CLASSES = list(_public_classes())
REQUIRED = {  # what has no default, from the first row of settings
    kind: {name: SETTINGS[kind.__name__][0][name] for name, value in parameters(kind).items() if value is _NONE}
    for kind in CLASSES
}
INSTANCES = [kind(**given) for kind in CLASSES for given in SETTINGS.get(kind.__name__, [{}])]
ON_TABLES = [e for e in INSTANCES if not e._traits().images]
PREDICTORS = [e for e in ON_TABLES if isinstance(e, Classifier | Regressor)]
WEIGHTED = [e for e in PREDICTORS if "sample_weight" in inspect.signature(e.fit).parameters]


def each(estimators: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("estimator", estimators, ids=repr)


def fresh(estimator: Estimator, law: str) -> Estimator:
    """A clone to work on; skips where the estimator is excused from the law."""
    if reason := EXCEPTIONS.get((type(estimator).__name__, law)):
        pytest.skip(reason)
    return clone(estimator)


def problem(estimator: Estimator, n_rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, 4) on unlike scales, and a target of the estimator's kind that they predict well but not perfectly."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(n_rows, 4)) * [1.0, 10.0, 0.1, 1.0] + [0.0, 5.0, 0.0, -1.0]
    score = X[:, 0] + X[:, 1] / 10 + 0.5 * rng.normal(size=n_rows)
    if estimator._traits().positive:
        X = np.ceil(np.abs(X))  # counts, which are categories, too; no row of zeros, which are alike to all classes
    return X, score if estimator.role == "regressor" else np.digitize(score, [0.0, 1.0])


def images() -> tuple[np.ndarray, np.ndarray]:
    """Images (12, 6, 6) with a bar across, or down."""
    X = np.zeros((12, 6, 6))
    X[:6, 3, :] = X[6:, :, 3] = 1.0
    return X, np.repeat([0, 1], 6)


def answers(estimator: Any, X: Any) -> dict[str, np.ndarray]:
    return {name: np.asarray(getattr(estimator, name)(X)) for name in ASKED if hasattr(estimator, name)}


def assert_same_answers(left: dict[str, np.ndarray], right: dict[str, np.ndarray], atol: float) -> None:
    assert left.keys() == right.keys()
    for name in left:
        if left[name].dtype.kind == "f":
            np.testing.assert_allclose(left[name], right[name], rtol=0, atol=atol, err_msg=name)
        else:
            np.testing.assert_array_equal(left[name], right[name], err_msg=name)


# -- scikit-learn's own checks


def excused(estimator: Any) -> dict[str, str]:
    own = {law: why for (name, law), why in EXCEPTIONS.items() if name == type(estimator).__name__}
    if isinstance(estimator, FunctionTransformer):
        return own | (_GLOBAL_OUTPUT | _NAMELESS if estimator.func else {})  # without one it hands frames on
    return own | (_GLOBAL_OUTPUT if isinstance(estimator, Transformer) else {})


with warnings.catch_warnings():
    warnings.filterwarnings("ignore", ".*does not inherit from `sklearn.base.BaseEstimator`")
    each_with_its_checks = parametrize_with_checks(ON_TABLES, expected_failed_checks=excused, xfail_strict=True)


@pytest.mark.filterwarnings("ignore")  # scikit-learn's checks give and look at warnings of many kinds on purpose
@each_with_its_checks
def test_it_passes_the_check_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@each(ON_TABLES)
def test_column_names_are_kept_and_compared_as_scikit_learn_does(estimator: Estimator) -> None:
    law = "check_dataframe_column_names_consistency"
    check_dataframe_column_names_consistency(type(estimator).__name__, fresh(estimator, law))


@each(PREDICTORS)
def test_grid_search_cross_validation_and_pipelines_of_scikit_learn_take_it(estimator: Estimator) -> None:
    X, y = problem(estimator)
    model = fresh(estimator, "scikit-learn's tools").set_params(**SPLIT.get(type(estimator).__name__, {}))
    name = next(iter(parameters(type(model))))
    search = GridSearchCV(
        make_pipeline(model), {f"{type(model).__name__.lower()}__{name}": [getattr(model, name)]}, cv=3
    )
    assert len(search.fit(X, y).predict(X)) == len(X)
    assert np.isfinite(cross_val_score(model, X, y, cv=3)).all()


# -- parameters


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_parameter_has_a_row_of_limits_and_every_row_a_parameter(kind: type[Estimator]) -> None:
    assert sorted(kind.limits) == sorted(parameters(kind))


ROWS = [(kind, name) for kind in CLASSES for name in kind.limits]


@pytest.mark.parametrize(("kind", "name"), ROWS, ids=lambda part: getattr(part, "__name__", part))
def test_fit_refuses_what_is_outside_a_limit_and_says_all_of_it(kind: type[Estimator], name: str) -> None:
    limit = kind.limits[name]
    for value in limit.outside():
        with pytest.raises(ParameterError) as caught:
            kind(**{**REQUIRED[kind], name: value}).fit([[0.0], [1.0]], [0, 1])
        for part in (kind.__name__, f"{name} is {value!r}", str(limit), limit.says):
            assert part in str(caught.value)


@pytest.mark.parametrize(("kind", "name"), ROWS, ids=lambda part: getattr(part, "__name__", part))
def test_what_is_inside_a_limit_is_admitted_the_default_too(kind: type[Estimator], name: str) -> None:
    default = REQUIRED[kind].get(name, parameters(kind)[name])
    for value in (*kind.limits[name].inside(), default):
        kind(**{**REQUIRED[kind], name: value})._check_params()


@each(INSTANCES)
def test_the_repr_is_the_call_that_rebuilds_it(estimator: Estimator) -> None:
    again = eval(repr(estimator), {kind.__name__: kind for kind in CLASSES})  # noqa: S307  # our own words
    assert repr(again.get_params()) == repr(estimator.get_params())  # by repr: two steps alike are not equal


# -- state


@each(ON_TABLES)
def test_what_fit_sets_is_announced_in_the_class(estimator: Estimator) -> None:
    model = fresh(estimator, "state").fit(*problem(estimator))
    set_by_fit = {name for name in vars(model) if name not in parameters(type(model))}
    assert {name for name in set_by_fit if not name.startswith("_")} <= set(learnable(type(model)))


@each(ON_TABLES)
def test_a_fit_that_fails_leaves_nothing_of_the_one_before(estimator: Estimator) -> None:
    model = fresh(estimator, "state").fit(*problem(estimator))
    with pytest.raises(ValueError):
        model.fit(np.empty((0, 4)), [])
    with pytest.raises(NotFittedError, match="call fit first"):
        answers(model, problem(estimator)[0])


class _Tasks:
    """A callback of scikit-learn's protocol: the tasks that are open, and what the first of them showed when."""

    def __init__(self, X: np.ndarray) -> None:
        self.X, self.open, self.shown = X, [], []

    def setup(self, estimator: Any, context: Any) -> None:
        assert self.open == []

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.open.append(context)

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any) -> None:
        assert self.open.pop() is context
        if fitted_estimator is not None and (len(self.shown) < 3 or context.parent is None):
            self.shown.append((fitted_estimator, answers(fitted_estimator, self.X)))

    def teardown(self, estimator: Any, context: Any) -> None:
        assert self.open == []


@each(ON_TABLES)
def test_a_callback_of_scikit_learn_sees_tasks_that_end_and_models_that_stay_as_they_were(estimator: Estimator) -> None:
    X, y = problem(estimator)
    tasks = _Tasks(X)
    model = fresh(estimator, "callbacks").set_callbacks(tasks).fit(X, y)
    for shown, then in tasks.shown:
        assert_same_answers(answers(shown, X), then, atol=0.0)
    assert_same_answers(tasks.shown[-1][1], answers(model, X), atol=0.0)
    assert_same_answers(answers(fresh(estimator, "callbacks").fit(X, y), X), answers(model, X), atol=0.0)


@each(ON_TABLES)
def test_a_saved_and_loaded_one_gives_the_same_bits(estimator: Estimator, tmp_path: Path) -> None:
    X, y = problem(estimator)
    X = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = fresh(estimator, "files").fit(X, y)
    pellucid.save(model, tmp_path / "model.pellucid")
    again = pellucid.load(tmp_path / "model.pellucid")
    assert type(again) is type(model)
    assert repr(again.get_params()) == repr(model.get_params())  # by repr: NaN differs from itself
    np.testing.assert_array_equal(getattr(again, "feature_names_in_", []), getattr(model, "feature_names_in_", []))
    assert_same_answers(answers(again, X), answers(model, X), atol=0.0)


_ALONE = """
import importlib.abc, sys

class OnlyNumPy(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names | {"numpy", "safetensors", "pellucid"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, OnlyNumPy())
import numpy as np
import pellucid
from pathlib import Path

for path in Path(sys.argv[1]).glob("*.pellucid"):
    try:
        model, X = pellucid.load(path), np.load(path.with_suffix(".npy"))
        said = {name: np.asarray(getattr(model, name)(X)) for name in sys.argv[2:] if hasattr(model, name)}
    except Exception as error:
        said = {"error": np.array(f"{type(error).__name__}: {error}")}
    np.savez(path.with_suffix(".npz"), **said)
"""


LAST_BITS = {"QuantileTransformer": 1e-14}  # quantiles of the normal distribution are SciPy's where it is there


def test_saved_ones_give_the_same_answers_where_every_import_but_numpy_and_safetensors_is_blocked(
    tmp_path: Path,
) -> None:
    wanted = {}
    for number, estimator in enumerate(INSTANCES):
        if (type(estimator).__name__, "alone") in EXCEPTIONS:
            continue
        X, y = images() if estimator._traits().images else problem(estimator)
        model = clone(estimator)
        if "n_jobs" in parameters(type(model)):
            model.set_params(n_jobs=None)  # several at once take joblib
        model.fit(X, y)
        wanted[number] = answers(model, X)
        pellucid.save(model, tmp_path / f"{number}.pellucid")
        np.save(tmp_path / f"{number}.npy", X)
    command = [sys.executable, "-c", _ALONE, str(tmp_path), *ASKED]
    source = {**os.environ, "PYTHONPATH": str(Path(pellucid.__file__).parents[1])}
    done = subprocess.run(command, env=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    failed = {}
    for number, told in wanted.items():
        with np.load(tmp_path / f"{number}.npz") as found:
            try:
                atol = LAST_BITS.get(type(INSTANCES[number]).__name__, 0.0)
                assert_same_answers(dict(found), told, atol=atol)
            except AssertionError as error:
                failed[repr(INSTANCES[number])] = found["error"].item() if "error" in found else str(error)
    assert not failed, "\n".join(f"{made}: {why}" for made, why in failed.items())


# -- laws of learning


@each(ON_TABLES)
def test_a_second_fit_forgets_the_first(estimator: Estimator) -> None:
    X, y = problem(estimator)
    again = fresh(estimator, "second fit").fit(X, y)
    answers(again, X)
    again.fit(X[::-1], y)
    assert_same_answers(answers(again, X), answers(clone(estimator).fit(X[::-1], y), X), atol=0.0)


@each(ON_TABLES)
def test_frames_of_every_kind_give_the_numbers_of_the_array(estimator: Estimator) -> None:
    X, y = problem(estimator)
    wanted = answers(fresh(estimator, "frames").fit(X, y), X)
    names = ["a", "b", "c", "d"]
    for frame in (
        pd.DataFrame(X, columns=names),
        pl.DataFrame(X, schema=names),
        pa.table(dict(zip(names, X.T, strict=True))),
    ):
        model = clone(estimator).fit(frame, y)
        assert_same_answers(answers(model, frame), wanted, atol=0.0)
        assert list(getattr(model, "feature_names_in_", names)) == names


@each(WEIGHTED)
def test_a_row_twice_is_a_row_of_weight_two_and_a_row_of_weight_zero_is_none(estimator: Estimator) -> None:
    X, y = problem(estimator)
    times = np.arange(len(X)) % 3
    weighted = fresh(estimator, "weights").fit(X, y, sample_weight=times)
    repeated = clone(estimator).fit(X.repeat(times, axis=0), y.repeat(times))
    assert_same_answers(answers(weighted, X), answers(repeated, X), atol=1e-6)


@each(PREDICTORS)
def test_the_order_of_rows_and_of_columns_changes_nothing(estimator: Estimator) -> None:
    X, y = problem(estimator)
    rows, columns = np.random.default_rng(0).permutation(len(X)), [2, 0, 3, 1]
    wanted = answers(fresh(estimator, "order").fit(X, y), X)
    mixed = clone(estimator).fit(X[rows][:, columns], y[rows])
    assert_same_answers(answers(mixed, X[:, columns]), wanted, atol=1e-6)


@each([e for e in PREDICTORS if isinstance(e, Classifier)])
@pytest.mark.parametrize("labels", [["b", "c", "d"], [-3, 0, 40], ["zebra", "älg", "ox"]], ids=str)
def test_renaming_the_labels_renames_the_predictions(estimator: Estimator, labels: list[Any]) -> None:
    X, y = problem(estimator)
    plain = fresh(estimator, "labels").fit(X, y)
    named = clone(estimator).fit(X, np.array(labels)[y])
    order = np.argsort(labels)  # the classes come sorted by their own names
    if not estimator._traits().deterministic:
        pytest.skip("it draws a label by its place among the sorted ones")
    if hasattr(plain, "predict_proba"):
        np.testing.assert_allclose(named.predict_proba(X), plain.predict_proba(X)[:, order], atol=1e-6)
    np.testing.assert_array_equal(named.predict(X), np.array(labels)[plain.predict(X)])


@each([e for e in ON_TABLES if isinstance(e, Transformer)])
def test_fit_transform_is_fit_and_then_transform(estimator: Any) -> None:
    X, y = problem(estimator)
    once = fresh(estimator, "fit_transform").fit_transform(X, y)
    np.testing.assert_array_equal(once, clone(estimator).fit(X, y).transform(X))


# -- bad input


def _with(X: np.ndarray, value: Any) -> np.ndarray:
    out = X.astype(object if isinstance(value, str) else float)
    out[3, 1] = value
    return out


REFUSED: dict[str, tuple[Any, str]] = {  # (X, y) -> (X, y), and what is said of it
    "infinity": (lambda X, y: (_with(X, np.inf), y), r"infinite values .*: 1 \(row 3\)|: 0 \(row 3\).* are 1, 2, 3 of"),
    "words": (lambda X, y: (_with(X, "a"), y), r"'a' \(row 3, column (1\), not a number; encode|0\).* are 1, 2, 3 of)"),
    "no rows": (lambda X, y: (X[:0], y[:0]), "0 row|n_samples=0"),
    "no features": (lambda X, y: (X[:, :0], y), "0 feature|no column"),
}
ADMITTED: dict[str, Any] = {
    "a constant column": lambda X, y: (np.column_stack([X, np.ones(len(X))]), y),
    "columns that are multiples": lambda X, y: (np.column_stack([X, 2 * X[:, 0]]), y),
    "a target that never changes": lambda X, y: (X, np.zeros_like(y)),
    "a single row": lambda X, y: (X[:1], y[:1]),
}


@pytest.mark.parametrize("law", REFUSED)
@each(ON_TABLES)
def test_what_it_cannot_use_is_refused_with_its_place_and_a_way_out(estimator: Estimator, law: str) -> None:
    damage, said = REFUSED[law]
    with pytest.raises(PellucidError, match=said):
        fresh(estimator, law).fit(*damage(*problem(estimator)))


@each(ON_TABLES)
def test_rows_of_another_number_of_features_are_refused(estimator: Estimator) -> None:
    X, y = problem(estimator)
    model = fresh(estimator, "fewer features").fit(X, y)
    with pytest.raises(PellucidError, match="3 features|column"):
        answers(model, X[:, :3])


@each(WEIGHTED)
def test_negative_weights_are_refused(estimator: Estimator) -> None:
    X, y = problem(estimator)
    weight = np.ones(len(X))
    weight[4] = -1.0
    with pytest.raises(PellucidError, match="sample_weight has 1 negative"):
        fresh(estimator, "negative weights").fit(X, y, sample_weight=weight)


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning", "ignore::pellucid.errors.ConvergenceWarning")
@pytest.mark.parametrize("law", ADMITTED)
@each(ON_TABLES)
def test_odd_tables_are_learned_from_with_finite_answers_or_refused_in_words(estimator: Estimator, law: str) -> None:
    X, y = ADMITTED[law](*problem(estimator))
    model = fresh(estimator, law)
    try:
        found = answers(model.fit(X, y), X)
    except PellucidError as error:
        assert law in ("a target that never changes", "a single row") and len(str(error)) > 30
        return
    assert all(np.isfinite(v).all() for name, v in found.items() if v.dtype.kind == "f" and "log" not in name)


@each([e for e in PREDICTORS if isinstance(e, Classifier)])
def test_a_label_unseen_in_training_counts_as_a_mistake(estimator: Any) -> None:
    X, y = problem(estimator)
    model = fresh(estimator, "unseen label").fit(X, y)
    other = y.copy()
    other[:6] = 99
    assert model.score(X, other) == pytest.approx(np.mean(model.predict(X) == other))
