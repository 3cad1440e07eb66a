"""Random forests.

Here: `RandomForestClassifier`, `RandomForestRegressor`.
Elsewhere: what forests share, fit and predict among it, is in _forest.py.
Imports: numpy, pellucid.persistence, pellucid.random, pellucid.base, pellucid.tree and this package.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

from pellucid.base import Choice, Limit
from pellucid.ensemble._forest import FOREST_CLASS_WEIGHT, FOREST_LIMITS, ForestClassifier, ForestRegressor
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tree._decision_tree import MAX_BINS


@register("ensemble.RandomForestClassifier")
@final
class RandomForestClassifier(ForestClassifier):
    """The mean of trees, each grown on rows of its own and looking at few features in each node.

        p(k | x) = 1/T sum_t  share of class k in the leaf of x in tree t

    Tree t draws N rows with replacement, which counts row i about Poisson(1) times, and `max_features` features anew
    in each node, the square root of D by default: trees that differ err differently, and the mean errs less than they.
    Out-of-bag scores come free: about 37 % of the rows are new to each tree.  Missing values, categories, limits and
    max_bins are as for DecisionTreeClassifier; bins are made once for all trees, of all rows by their weight.
    Callbacks are called after each tree; Ctrl-C keeps the trees done.  With `warm_start` a fit keeps the trees of the
    one before and adds those that n_estimators asks for beyond them, from the same `seed_`: on the same rows this comes
    to the forest grown at once.  Columns, categories and classes must agree; the rows only if they are to be scored.

    X (N, D), y (N,) -> estimators_, T trees.  Cost: T sqrt(D) N log N at each level.  Assumes that single features say
    something: with a few that do among very many that do not, most nodes look at noise.  Shares lean towards the middle
    (pellucid.calibration).

    Raises ParameterError for max_samples or oob_score without bootstrap.  Source: Breiman, Random forests, Machine
    Learning 45, 2001.

    >>> X, y = [[0.0], [1.0], [8.0], [9.0]], ["no", "no", "yes", "yes"]
    >>> model = RandomForestClassifier(n_estimators=20, random_state=0).fit(X, y)
    >>> model.predict([[0.5], [8.5]]).tolist(), len(model.estimators_)
    (['no', 'yes'], 20)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "criterion": Choice("gini", "entropy", "log_loss"),
        **FOREST_LIMITS,
        "max_bins": MAX_BINS,
        "class_weight": FOREST_CLASS_WEIGHT,
    }
    draws_cuts = False

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
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        warm_start: bool = False,
        class_weight: Mapping[Any, float] | Literal["balanced", "balanced_subsample"] | None = None,
        ccp_alpha: float = 0.0,
        max_samples: float | None = None,
        monotonic_cst: Any = None,
        max_bins: int | None = None,
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
        self.max_bins = max_bins


@register("ensemble.RandomForestRegressor")
@final
class RandomForestRegressor(ForestRegressor):
    """The mean of trees, each grown on rows of its own.

        f(x) = 1/T sum_t  value of the leaf of x in tree t

    X (N, D), y (N,) -> estimators_, T trees.  Rows are drawn, and callbacks called, as for RandomForestClassifier,
    whose assumptions it shares; every node looks at all features unless `max_features` says less, which costs T D N log
    N a level.  A forest cannot predict beyond the targets it saw.  Source: Breiman, Random forests, Machine Learning
    45, 2001.

    >>> model = RandomForestRegressor(n_estimators=50, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]], [0, 0, 5, 5])
    >>> model.predict([[-3.0], [12.0]]).round().tolist()
    [0.0, 5.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "criterion": Choice("squared_error", "absolute_error"),
        **FOREST_LIMITS,
        "max_bins": MAX_BINS,
    }
    draws_cuts = False

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
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        warm_start: bool = False,
        ccp_alpha: float = 0.0,
        max_samples: float | None = None,
        monotonic_cst: Any = None,
        max_bins: int | None = None,
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
        self.max_bins = max_bins
