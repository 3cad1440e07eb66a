"""Forests of extremely randomised trees.

Here: `ExtraTreesClassifier`, `ExtraTreesRegressor`.
Elsewhere: what forests share, fit and predict among it, is in _forest.py.
Imports: numpy, pellucid.persistence, pellucid.random, pellucid.base and this package.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

from pellucid.base import Choice, Limit
from pellucid.ensemble._forest import FOREST_CLASS_WEIGHT, FOREST_LIMITS, ForestClassifier, ForestRegressor
from pellucid.persistence import register
from pellucid.random import Seed


@register("ensemble.ExtraTreesClassifier")
@final
class ExtraTreesClassifier(ForestClassifier):
    """The mean of trees that draw not only the features they look at, but the cuts too.

        cut of feature f in a node ~ Uniform(lowest x_f, highest x_f of its rows); the best of the drawn ones is taken

    Nothing is sorted, so trees grow faster than a random forest's, larger, and less alike; by default each sees all
    rows.  Otherwise as RandomForestClassifier.  A category is cut at a drawn place in the order of the mean target.

    X (N, D), y (N,) -> estimators_, T trees.  Cost: T sqrt(D) N at each level.  Assumes features without outliers: they
    stretch the range that cuts are drawn from, and searched cuts do better.  Source: Geurts, Ernst and Wehenkel,
    Extremely randomized trees, Machine Learning 63, 2006.

    >>> X, y = [[0.0], [1.0], [8.0], [9.0]], ["no", "no", "yes", "yes"]
    >>> ExtraTreesClassifier(n_estimators=20, random_state=0).fit(X, y).predict([[0.5], [8.5]]).tolist()
    ['no', 'yes']
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "criterion": Choice("gini", "entropy", "log_loss"),
        **FOREST_LIMITS,
        "class_weight": FOREST_CLASS_WEIGHT,
    }
    draws_cuts = True

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: Literal["gini", "entropy", "log_loss"] = "gini",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: float | Literal["sqrt", "log2"] | None = "sqrt",
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = False,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        warm_start: bool = False,
        class_weight: Mapping[Any, float] | Literal["balanced", "balanced_subsample"] | None = None,
        ccp_alpha: float = 0.0,
        max_samples: float | None = None,
        monotonic_cst: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst


@register("ensemble.ExtraTreesRegressor")
@final
class ExtraTreesRegressor(ForestRegressor):
    """The mean of trees that draw the cuts they choose from; see ExtraTreesClassifier.

        f(x) = 1/T sum_t  value of the leaf of x in tree t

    Every node looks at all features unless `max_features` says less, at a cost of T D N a level; shapes and assumptions
    are as for ExtraTreesClassifier.  Source: Geurts, Ernst and Wehenkel, Extremely randomized trees, Machine Learning
    63, 2006.

    >>> model = ExtraTreesRegressor(n_estimators=20, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]], [0, 0, 5, 5])
    >>> model.predict([[-3.0], [12.0]]).tolist()
    [0.0, 5.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "criterion": Choice("squared_error", "absolute_error"),
        **FOREST_LIMITS,
    }
    draws_cuts = True

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: Literal["squared_error", "absolute_error"] = "squared_error",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: float | Literal["sqrt", "log2"] | None = 1.0,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = False,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        warm_start: bool = False,
        ccp_alpha: float = 0.0,
        max_samples: float | None = None,
        monotonic_cst: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.warm_start = warm_start
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst
