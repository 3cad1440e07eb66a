"""Decision trees.

Here: `DecisionTreeClassifier`, `DecisionTreeRegressor`, and what they share.
Elsewhere: growth is in _growth.py, cutting back in _pruning.py, the arrays of a fitted tree in _tree.py; many trees
together are in pellucid.ensemble.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence and pellucid.base; Numba inside fit.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    SEED,
    Choice,
    Classifier,
    Kind,
    Limit,
    OneOf,
    Real,
    Regressor,
    Traits,
    Watch,
    Whole,
    check_labels,
    check_targets,
    check_weights,
    class_weights,
)
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.persistence import register
from pellucid.random import Seed, generator
from pellucid.tree._bins import coded_for
from pellucid.tree._columns import TakesCategories
from pellucid.tree._growth import NO_LIMIT, Criterion, Growth, growing
from pellucid.tree._monotonic import MONOTONIC, signs_of
from pellucid.tree._pruning import PruningPath, prune, pruning_path
from pellucid.tree._rules import Rule, rules_of
from pellucid.tree._tree import Tree
from pellucid.tree._units import check_squares, unit_of
from pellucid.tree._walk import Grove

ROWS_OR_SHARE = "a share of the rows, rounded up"

CLASS_WEIGHT: Limit = OneOf(
    Choice("balanced", None),
    Kind(Mapping, words="a mapping of label to weight"),
    says="balanced: each class weighs the same",
)

STEPS_TO_DOUBLE = 16  # steps in which the leaves of a tree that someone looks at become twice as many
SPLITS_UNHEARD = 1024  # of 100,000 rows and 20 columns, at most a quarter of a second; the fit took as long

TREE_LIMITS: dict[str, Limit] = {
    "max_depth": OneOf(Whole(low=1), Choice(None), says="questions before a leaf; None: no limit"),
    "min_samples_split": OneOf(
        Whole(low=2), Real(0.0, 1.0, open_low=True), says=f"rows of a node that is split, or {ROWS_OR_SHARE}"
    ),
    "min_samples_leaf": OneOf(
        Whole(low=1),
        Real(0.0, 1.0, open_low=True, open_high=True),
        says=f"rows that a leaf holds, or {ROWS_OR_SHARE}",
    ),
    "min_weight_fraction_leaf": Real(0.0, 0.5, says="share of the weight that a leaf holds"),
    "max_features": OneOf(
        Whole(low=1),
        Real(0.0, 1.0, open_low=True),
        Choice("sqrt", "log2", None),
        says="features looked at in a node, or a share of them",
    ),
    "max_leaf_nodes": OneOf(Whole(low=2), Choice(None), says="the splits that help most come first; None: no limit"),
    "min_impurity_decrease": Real(low=0.0, says="fall of impurity, by share of the weight, that a split must bring"),
    "random_state": SEED,
    "ccp_alpha": Real(low=0.0, says="price of a leaf, in impurity, by which the tree is cut back"),
}
"""Rows shared by all trees and forests."""

MAX_BINS: Limit = OneOf(
    Whole(low=2, high=255),
    Choice(None),
    says="bins into which a column of numbers is cut once, for splits between them; None: exact splits",
)
"""The row of those that search for the best split."""


class BaseDecisionTree(TakesCategories):
    """What both trees share; abstract."""

    criterion: Criterion
    max_depth: int | None
    min_samples_split: float
    min_samples_leaf: float
    min_weight_fraction_leaf: float
    max_features: float | Literal["sqrt", "log2"] | None
    max_leaf_nodes: int | None
    min_impurity_decrease: float
    ccp_alpha: float
    monotonic_cst: Any
    max_bins: int | None
    random_state: Seed

    tree_: Tree
    """What was learned, as arrays."""
    max_features_: int
    """Features looked at in a node."""
    _grove: Grove  # the same, ready for many walks

    @property
    def feature_importances_(self) -> Array:
        """Share (D,) of each feature in the fall of impurity on the rows of the fit; it favours many-valued ones."""
        return self.tree_.compute_feature_importances(self.n_features_in_)

    @final
    def get_depth(self) -> int:
        """Questions on the longest way from the root to a leaf."""
        return self.tree_.max_depth

    @final
    def get_n_leaves(self) -> int:
        """The number of leaves."""
        return self.tree_.n_leaves

    @final
    def apply(self, X: Any) -> Array:
        """The node number of the leaf each row comes to.   X (N, D) -> (N,)"""
        tree = self.tree_
        return Grove([tree]).apply(*self._cells(X))[:, 0]

    @final
    def decision_path(self, X: Any) -> Any:
        """The nodes each row goes through.   X (N, D) -> SciPy's sparse (N, M) of 0 and 1"""
        tree = self.tree_
        return tree.decision_path(self._mixed(X))

    @final
    def rules(self) -> list[Rule]:
        """A row for each leaf: the conditions on the way to it, what it says, how many rows of the fit it holds."""
        tree = self.tree_
        return rules_of(tree, self._column_names(), self.categories_, [self._said(m) for m in range(tree.node_count)])

    def _said(self, node: int) -> Any:
        raise NotImplementedError

    @final
    def _values(self, X: Any) -> Array:
        """What the leaves say.   X (N, D) -> (N, K)"""
        tree = self.tree_
        held: Grove | None = vars(self).get("_grove")  # none in the trees of a forest, which walks through all at once
        grove = held if held is not None and held.trees[0] is tree else Grove([tree])
        table, check = self._cells(X)
        return grove.sums(table, refuse=check)

    @final
    def _take(self, tree: Tree) -> Self:
        """Set what was learned, cut back."""
        self.tree_ = prune(tree, self.ccp_alpha) if self.ccp_alpha > 0 else tree
        self._grove = Grove([self.tree_])
        return self

    @final
    def _grow(self, table: Array, y: Array, weights: Array | None, n_classes: int) -> Tree:
        """The tree, not cut back.   table (N, D), y (N,) class numbers or targets"""
        weight = np.ones(len(table)) if weights is None else weights
        signs = signs_of(self.monotonic_cst, self._column_names(), n_classes, where=type(self).__name__)
        growth = growth_of(self, weight, table.shape[1], n_classes, signs)
        self.max_features_ = growth.max_features
        seed = int(generator(self.random_state).integers(2**63))
        coded, splits = coded_for(self, table, weights), _a_few if self.callbacks else _many
        with Watch(self) as watch:
            for tree in growing(coded, y, weight, growth, seed, splits):
                self.tree_ = tree
                if watch.step(**(_told(tree) if self.callbacks else {})):
                    break
        if "tree_" not in vars(self):
            raise KeyboardInterrupt  # before there was any
        return self.tree_

    def _traits(self) -> Traits:
        return Traits(missing=True, text=True)

    @final
    def _check_learned(self) -> None:
        classes = vars(self).get("classes_", np.empty(1))
        tree = self.tree_
        check_categories(type(self).__name__, self.categories_, self.n_features_in_)
        if tree.value.shape[2] != len(classes) or (tree.feature >= self.n_features_in_).any():
            raise ModelFileError(f"{type(self).__name__}: tree_ in the record does not fit its classes and features.")
        self._grove = Grove([tree])


def _a_few(leaves: int) -> int:
    """Splits of a step that someone looks at: one at first, then so many that a large tree takes some hundred steps."""
    return max(1, leaves // STEPS_TO_DOUBLE)


def _many(leaves: int) -> int:
    """Splits after which Ctrl-C is heard."""
    return max(SPLITS_UNHEARD, leaves // 4)


def _told(tree: Tree) -> dict[str, float]:
    """What a step tells: leaves, and the impurity that is left, as the mean over the rows."""
    leaf = tree.children_left < 0
    weight = tree.weighted_n_node_samples / unit_of(tree.weighted_n_node_samples)
    left = float((weight[leaf] * tree.impurity[leaf]).sum() / weight[0])
    return {"leaves": float(leaf.sum()), "impurity": left}


def growth_of(options: Any, weight: Array, n_features: int, n_classes: int, signs: tuple[int, ...] = ()) -> Growth:
    """The parameters of a tree or forest as numbers; `weight` is of the rows to learn from."""
    n = int(np.count_nonzero(weight))

    def rows(given: float, least: int) -> int:
        return int(given) if isinstance(given, int | np.integer) else max(least, int(np.ceil(given * n)))

    return Growth(
        criterion=options.criterion,
        n_classes=n_classes,
        max_depth=NO_LIMIT if options.max_depth is None else int(options.max_depth),
        max_leaves=0 if options.max_leaf_nodes is None else int(options.max_leaf_nodes),
        max_features=features_at_a_node(options.max_features, n_features),
        min_samples_split=rows(options.min_samples_split, 2),
        min_samples_leaf=rows(options.min_samples_leaf, 1),
        min_weight=float(options.min_weight_fraction_leaf * weight.sum()),
        min_impurity_decrease=float(options.min_impurity_decrease),
        monotonic=signs,
    )


def features_at_a_node(given: float | str | None, n_features: int) -> int:
    """max_features as a number, at least 1.

    >>> features_at_a_node("sqrt", 20), features_at_a_node(0.5, 20), features_at_a_node(None, 20)
    (4, 10, 20)
    """
    if given is None:
        return n_features
    if given == "sqrt":
        return max(1, int(np.sqrt(n_features)))
    if given == "log2":
        return max(1, int(np.log2(n_features)))
    if isinstance(given, int | np.integer):
        return min(int(given), n_features)
    return max(1, int(float(given) * n_features))


def check_categories(where: str, categories: list[Any], n_features: int) -> None:
    """Raise ModelFileError unless there is one sorted list of text, or None, for each column."""
    good = len(categories) == n_features and all(
        known is None or (isinstance(known, np.ndarray) and known.dtype.kind == "U" and known.ndim == 1)
        for known in categories
    )
    if not good:
        raise ModelFileError(f"{where}: categories_ in the record are not one list of text, or None, for each column.")


@register("tree.DecisionTreeClassifier")
@final
class DecisionTreeClassifier(Classifier, BaseDecisionTree):
    """A tree of questions about single features, each chosen to make the classes on its two sides as pure as can be.

        split of a node = argmax_{feature, cut}  I - (W_l I_l + W_r I_r) / W
        gini: I = 1 - sum_k p_k^2;    entropy, log_loss: I = -sum_k p_k log2 p_k

    W sums the weights, l and r are the sides, p the shares of the classes in a node.  A leaf predicts its shares.
    Growth ends where a node is pure, where no cut is left, or at a limit; then branches fall whose fall of impurity is
    below ccp_alpha for each leaf.  X (N, D) may hold NaN, and a frame text and categories: a row without a value, or
    with a category unseen at fit, goes where it served best in training (with the larger side if none was missing).
    Of cuts that serve equally the first feature is taken, and its lowest threshold.  With monotonic_cst cuts of a
    signed feature whose sides would break it are passed over, and below it all answers are held to the bounds it set.

    With max_bins each column of numbers is cut once into at most so many bins of about the same weight, and splits lie
    between bins only: a level then costs N D, a node of many rows no sorting, and the codes half of the memory.
    What is lost are cuts inside bins.  Trees of few leaves hardly miss them, and a column with no more distinct values
    than bins loses nothing: its splits are the exact ones.  Frames may hold up to 255 categories a column then.

    Cost: N D log N at each level of a tree.  Assumes little: no scaling, no linearity; its boundary is made of steps
    along the axes, so slanted ones take many leaves, and small changes of the data change the tree.

    Raises DataError for infinite values, for text outside a frame and, with max_bins, for more than 255 categories.
    Source: Breiman et al., Classification and
    Regression Trees, 1984.

    >>> import polars as pl
    >>> X = pl.DataFrame({"colour": ["red", "green", "red", "blue", None], "size": [1.0, None, 3.0, 4.0, 5.0]})
    >>> model = DecisionTreeClassifier().fit(X, ["no", "yes", "no", "yes", "yes"])
    >>> model.rules()[0]
    Rule(conditions=('colour in {red}',), prediction='no', rows=2, weight=2.0, impurity=0.0)
    >>> model.predict(pl.DataFrame({"colour": ["red", "black"], "size": [None, 2.0]})).tolist()
    ['no', 'yes']
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "criterion": Choice("gini", "entropy", "log_loss"),
        **TREE_LIMITS,
        "class_weight": CLASS_WEIGHT,
        "monotonic_cst": MONOTONIC,
        "max_bins": MAX_BINS,
    }

    def __init__(
        self,
        *,
        criterion: Literal["gini", "entropy", "log_loss"] = "gini",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: float | Literal["sqrt", "log2"] | None = None,
        random_state: Seed = None,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        ccp_alpha: float = 0.0,
        monotonic_cst: Any = None,
        max_bins: int | None = None,
    ) -> None:
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
        self.max_bins = max_bins

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Grow the tree on rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        return self._take(self._uncut(X, y, sample_weight))

    def cost_complexity_pruning_path(self, X: Any, y: Any, sample_weight: Any = None) -> PruningPath:
        """The values of ccp_alpha at which branches fall, and the impurity that is left; learns nothing."""
        return pruning_path(type(self)(**self.get_params())._uncut(X, y, sample_weight))

    def predict_proba(self, X: Any) -> Array:
        """Share of each class in the leaf, in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""
        return self._values(X)

    def _uncut(self, X: Any, y: Any, sample_weight: Any) -> Tree:
        """Checks the input, notes what it saw, grows."""
        self._begin_fit()
        where = type(self).__name__
        table = self._fit_cells(X)
        classes, codes = check_labels(y, len(table), where=where)
        weights = check_weights(sample_weight, len(table), where=where)
        self.classes_, codes, weights = weigh_classes(classes, codes, weights, self.class_weight, where)
        return self._grow(table, codes, weights, len(self.classes_))

    @property
    def n_classes_(self) -> int:
        """K."""
        return len(self.classes_)

    def _said(self, node: int) -> Any:
        return self.classes_[self.tree_.value[node, 0].argmax()].item()


def weigh_classes(
    classes: Array, codes: Array, weights: Array | None, class_weight: Any, where: str
) -> tuple[Array, Array, Array | None]:
    """Classes that have a row of positive weight, the rows' numbers among them, and the weights with their classes'.

    Rows of classes that go get the number 0; their weight is 0.
    """
    weights = class_weights(class_weight, classes, codes, weights, where=where)
    if weights is None or (present := np.bincount(codes, weights=weights, minlength=len(classes)) > 0).all():
        return classes, codes, weights
    place = np.maximum(np.cumsum(present) - 1, 0)
    return classes[present], np.where(present[codes], place[codes], 0), weights


@register("tree.DecisionTreeRegressor")
@final
class DecisionTreeRegressor(Regressor, BaseDecisionTree):
    """A tree of questions about single features, each chosen so that one number for each of its two sides errs least.

        split of a node = argmax_{feature, cut}  I - (W_l I_l + W_r I_r) / W
        squared_error:  I = mean (y - mean y)^2, a leaf predicts the mean
        absolute_error: I = mean |y - median y|, a leaf predicts the median

    Growth, missing values, categories, ties, bins, cost and assumptions are as for DecisionTreeClassifier; a tree
    cannot predict beyond the targets it saw.  absolute_error costs log N times as much, and sorts with bins, too.

    Raises DataError for targets beyond 1e140 with squared_error: their squares overflow.  Source: Breiman et al., 1984.

    >>> model = DecisionTreeRegressor(max_depth=1).fit([[1.0], [2.0], [8.0], [9.0]], [0.0, 2.0, 10.0, 12.0])
    >>> model.predict([[3.0], [7.0]]).tolist(), model.tree_.threshold[0].item()
    ([1.0, 11.0], 5.0)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "criterion": Choice("squared_error", "absolute_error"),
        **TREE_LIMITS,
        "monotonic_cst": MONOTONIC,
        "max_bins": MAX_BINS,
    }

    def __init__(
        self,
        *,
        criterion: Literal["squared_error", "absolute_error"] = "squared_error",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: float | Literal["sqrt", "log2"] | None = None,
        random_state: Seed = None,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        ccp_alpha: float = 0.0,
        monotonic_cst: Any = None,
        max_bins: int | None = None,
    ) -> None:
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
        self.max_bins = max_bins

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Grow the tree on rows X (N, D) and targets y (N,); row i counts sample_weight[i] times."""
        return self._take(self._uncut(X, y, sample_weight))

    def cost_complexity_pruning_path(self, X: Any, y: Any, sample_weight: Any = None) -> PruningPath:
        """The values of ccp_alpha at which branches fall, and the impurity that is left; learns nothing."""
        return pruning_path(type(self)(**self.get_params())._uncut(X, y, sample_weight))

    def predict(self, X: Any) -> Array:
        """What the leaf says.   X (N, D) -> (N,)"""
        return self._values(X)[:, 0]

    def _uncut(self, X: Any, y: Any, sample_weight: Any) -> Tree:
        """Checks the input, notes what it saw, grows."""
        self._begin_fit()
        where = type(self).__name__
        table = self._fit_cells(X)
        targets = check_targets(y, len(table), where=where).astype(np.float64, copy=False)
        if self.criterion == "squared_error":
            check_squares(targets, where=where)
        return self._grow(table, targets, check_weights(sample_weight, len(table), where=where), 0)

    def _said(self, node: int) -> Any:
        return float(self.tree_.value[node, 0, 0])
