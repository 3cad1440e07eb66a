"""What all forests share: trees grown independently of each other, and their mean.

Each tree has a stream of random numbers of its own, by its number; so a forest depends on its seed, and neither on
n_jobs nor on the order in which trees are done, and its first T trees are those of the smaller forest.

Here: `BaseForest`, `ForestClassifier`, `ForestRegressor`, all abstract; the limits their parameters share.
Elsewhere: random forests are in _random_forest.py, extremely randomised ones in _extra_trees.py; one tree is grown in
pellucid.tree; fits that go on from the one before begin in _warm_start.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.base, pellucid.tree and this package; joblib and Numba inside
fit.
"""

import warnings
from abc import abstractmethod
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    Choice,
    Classifier,
    Flag,
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
from pellucid.ensemble._warm_start import ANEW, WARM_START, Growing
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.random import generator
from pellucid.tree._bins import coded_for
from pellucid.tree._columns import Coded, Columns, TakesCategories, lay_columns
from pellucid.tree._decision_tree import (
    TREE_LIMITS,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    check_categories,
    growth_of,
    weigh_classes,
)
from pellucid.tree._growth import Criterion, Ground, Growth, grow_tree
from pellucid.tree._monotonic import MONOTONIC, signs_of
from pellucid.tree._pruning import prune
from pellucid.tree._tree import Tree
from pellucid.tree._units import check_squares, unit_of
from pellucid.tree._walk import Grove

N_JOBS: Limit = OneOf(
    Whole(low=1), Whole(high=-1), Choice(None), says="trees grown at once; -1: as many as processors; None: 1"
)

FOREST_LIMITS: dict[str, Limit] = {
    "n_estimators": Whole(low=1, says="trees"),
    **TREE_LIMITS,
    "bootstrap": Flag(says="whether each tree draws its rows, with replacement"),
    "oob_score": Flag(says="whether rows are scored by the trees that did not draw them"),
    "n_jobs": N_JOBS,
    "warm_start": WARM_START,
    "max_samples": OneOf(
        Whole(low=1), Real(0.0, 1.0, open_low=True), Choice(None), says="rows a tree draws, or a share; None: as many"
    ),
    "monotonic_cst": MONOTONIC,
}

FOREST_CLASS_WEIGHT: Limit = OneOf(
    Choice("balanced", "balanced_subsample", None),
    Kind(Mapping, words="a mapping of label to weight"),
    says="balanced: each class weighs the same, in all rows or in those of each tree",
)


class BaseForest(Growing, TakesCategories):
    """What all forests share; abstract."""

    n_estimators: int
    criterion: Criterion
    bootstrap: bool
    oob_score: bool
    max_samples: float | None
    ccp_alpha: float
    n_jobs: int | None
    monotonic_cst: Any
    max_bins: int | None
    """Only where cuts are searched for."""
    draws_cuts: ClassVar[bool]
    """Whether cuts are drawn, not searched for."""

    estimators_: list[Any]
    """The trees."""
    oob_score_: float
    """Accuracy or R^2 of rows, each predicted by the trees that did not draw it."""

    @property
    def feature_importances_(self) -> Array:
        """Mean over the trees of each feature's share (D,) in the fall of impurity; it favours many-valued ones."""
        total: Array = np.mean([tree.feature_importances_ for tree in self.estimators_], axis=0)
        return total / total.sum() if total.sum() > 0 else total

    @final
    def apply(self, X: Any) -> Array:
        """The node number of the leaf each row comes to in each tree.   X (N, D) -> (N, T)"""
        return self._trees().apply(*self._cells(X))

    @final
    def decision_path(self, X: Any) -> tuple[Any, Array]:
        """The nodes each row goes through, as SciPy's sparse (N, nodes of all trees), and where each tree begins."""
        from scipy.sparse import hstack

        trees, table = self._trees().trees, self._mixed(X)
        paths = [tree.decision_path(table) for tree in trees]
        return hstack(paths).tocsr(), np.cumsum([0, *(path.shape[1] for path in paths)])

    @final
    def _means(self, X: Any) -> Array:
        """What the trees say on average.   X (N, D) -> (N, K)"""
        grove, (table, check) = self._trees(), self._cells(X)
        return grove.sums(table, self.n_jobs, check) / len(grove.trees)

    @final
    def _trees(self) -> Grove:
        """The trees side by side, as they are now: a callback may ask before all have grown.

        A fit makes all of its trees anew, or adds some to those of the one before: so their number, the first and the
        last tell whether those held are these.
        """
        estimators = self.estimators_
        held: Grove | None = vars(self).get("_grove")
        if held is not None and len(held.trees) == len(estimators):
            ends = zip((held.trees[0], held.trees[-1]), (estimators[0], estimators[-1]), strict=True)
            if all(tree is estimator.tree_ for tree, estimator in ends):
                return held
        return Grove([estimator.tree_ for estimator in estimators])

    @final
    def _grow(self, table: Array, y: Array, weights: Array | None, n_classes: int, before: Mapping[str, Any]) -> None:
        """Grow the trees, one step of the watch each.   table (N, D), y (N,) class numbers or targets

        before: what the fit had learned that this one goes on from.
        """
        self._check_alike(before, table)
        held = before.get("estimators_", [])
        self._check_adds(len(held))
        weight = np.ones(len(table)) if weights is None else weights
        signs = signs_of(self.monotonic_cst, self._column_names(), n_classes, where=type(self).__name__)
        growth = growth_of(self, weight, table.shape[1], n_classes, signs)
        n_drawn, balance = self._rows_to_draw(weight), self._balance(y)
        root = np.random.SeedSequence(int(generator(self._draw_seed(before)).integers(2**63)))
        streams = root.spawn(self.n_estimators)
        scores_anew = self.oob_score and not (len(held) == self.n_estimators and "oob_score_" in before)
        if len(held) == self.n_estimators:
            self._keep(before, "" if scores_anew else self._all_there())
        left_out = _LeftOut(table, max(n_classes, 1)) if scores_anew else None
        if left_out is not None:
            for estimator, stream in zip(held, streams, strict=False):
                drawn = _draw_rows(weight, n_drawn, np.random.default_rng(stream))
                self._check_drew(estimator.tree_, table, y, weight, drawn)
                left_out.add(estimator.tree_, drawn == 0)
        if len(held) < self.n_estimators:
            if self.draws_cuts:
                coded: Coded | Columns = lay_columns(table, self.categories_, y if n_classes else None)
            else:
                coded = coded_for(self, table, weights)
            self.estimators_ = [*held]
            more = streams[len(held) :]
            tasks = ((coded, y, weight, growth, n_drawn, balance, self.ccp_alpha, stream) for stream in more)
            with Watch(self, len(more)) as watch, closing(_planted(tasks, self.n_jobs)) as planted:
                for tree, left in planted:
                    self.estimators_.append(self._estimator(tree, growth.max_features))
                    if left_out is not None and left is not None:
                        left_out.add(tree, left)
                    if watch.step():
                        break
            if not self.estimators_:
                raise KeyboardInterrupt
            del coded  # as large as the table or twice that, and the grove needs room, too
        self._grove = self._trees()
        if left_out is not None:
            self._score_left_out(y, weights, *left_out.means(type(self).__name__))

    def _check_drew(self, tree: Tree, table: Array, y: Array, weight: Array, drawn: Array) -> None:
        """Raise DataError unless a tree of an earlier fit grew on these rows, each `drawn` (N,) so often."""
        unit, leaf = unit_of(weight), Grove([tree]).apply(table)[:, 0]
        weight = _weighed(y, weight / unit * drawn, self._balance(y))
        leaves = np.flatnonzero(tree.children_left < 0)
        rows = np.bincount(leaf[drawn > 0], minlength=tree.node_count)[leaves]
        sums = np.bincount(leaf, weight, tree.node_count)[leaves]
        same = np.array_equal(rows, tree.n_node_samples[leaves])
        same = same and np.allclose(sums, tree.weighted_n_node_samples[leaves] / unit)
        if not same or not self._says(tree.value[0, 0], y, weight):
            raise DataError(
                f"{type(self).__name__}: the trees that are there did not draw from these rows, and cannot score those "
                "they left out; give X, y, sample_weight and max_samples as in the fit before, leave oob_score out, "
                f"{ANEW}."
            )

    @abstractmethod
    def _says(self, value: Array, y: Array, weight: Array) -> bool:
        """Whether the root of a tree says `value` (K,) of rows that weigh so."""

    def _rows_to_draw(self, weight: Array) -> int:
        """Rows that each tree draws; 0: it takes them all.  Raises ParameterError where options contradict."""
        where = type(self).__name__
        n = int(np.count_nonzero(weight))
        if not self.bootstrap:
            for name, given in (("max_samples", self.max_samples is not None), ("oob_score", self.oob_score)):
                if given:
                    raise ParameterError(f"{where}: {name} is for drawn rows only; set bootstrap=True or leave it out.")
            return 0
        if self.max_samples is None:
            return n
        if isinstance(self.max_samples, int | np.integer):
            if self.max_samples > n:
                raise ParameterError(f"{where}: max_samples is {self.max_samples}, and there are {n} rows.")
            return int(self.max_samples)
        return max(1, round(n * float(self.max_samples)))

    def _balance(self, y: Array) -> int:
        """K when each tree balances its K classes, else 0."""
        return 0

    @abstractmethod
    def _estimator(self, tree: Tree, max_features: int) -> Any:
        """A fitted tree as an estimator."""

    @abstractmethod
    def _score_left_out(self, y: Array, weights: Array | None, means: Array, known: Array) -> None:
        """Notes what the trees said of rows they did not draw: means (N, K), where `known` (N,)."""

    @final
    def _dressed(self, estimator: Any, tree: Tree, max_features: int) -> Any:
        """`estimator` as if it had learned `tree`."""
        estimator.n_features_in_, estimator.categories_ = self.n_features_in_, self.categories_
        if "feature_names_in_" in vars(self):
            estimator.feature_names_in_ = self.feature_names_in_
        estimator.tree_, estimator.max_features_ = tree, max_features
        return estimator

    @final
    def _tree_options(self) -> dict[str, Any]:
        """The parameters that forest and tree have in common, by name."""
        shared = ("criterion", "monotonic_cst", *(name for name in TREE_LIMITS if name != "random_state"))
        return {name: getattr(self, name) for name in shared} | ({} if self.draws_cuts else {"max_bins": self.max_bins})

    def _traits(self) -> Traits:
        return Traits(missing=True, text=True)

    @final
    def _check_learned(self) -> None:
        where = type(self).__name__
        check_categories(where, self.categories_, self.n_features_in_)
        kind = DecisionTreeClassifier if self.role == "classifier" else DecisionTreeRegressor
        n_classes = len(vars(self).get("classes_", np.empty(1)))
        for tree in self.estimators_:
            fits = type(tree) is kind and tree.n_features_in_ == self.n_features_in_
            if not fits or tree.tree_.value.shape[2] != n_classes:
                raise ModelFileError(f"{where}: estimators_ in the record are not trees of its classes and features.")
        self._grove = self._trees()


class ForestClassifier(Classifier, BaseForest):
    """A forest that predicts the mean of its trees' shares; abstract."""

    class_weight: Mapping[Any, float] | Literal["balanced", "balanced_subsample"] | None

    oob_decision_function_: Array
    """Mean shares (N, K) that the trees give the rows they did not draw; NaN for rows that every tree drew."""

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Grow the trees on rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_cells(X)
            classes, codes = check_labels(y, len(table), where=where)
            weights = check_weights(sample_weight, len(table), where=where)
            given = None if self.class_weight == "balanced_subsample" else self.class_weight
            self.classes_, codes, weights = weigh_classes(classes, codes, weights, given, where)
            self._grow(table, codes, weights, len(self.classes_), before)
        return self

    @final
    def predict_proba(self, X: Any) -> Array:
        """Mean over the trees of the shares in the leaf.   X (N, D) -> (N, K), rows sum to 1"""
        return self._means(X)

    @property
    @final
    def n_classes_(self) -> int:
        """K."""
        return len(self.classes_)

    def _says(self, value: Array, y: Array, weight: Array) -> bool:
        shares = np.bincount(y, weights=weight, minlength=len(value))
        return bool(np.allclose(value, shares / shares.sum()))

    def _balance(self, y: Array) -> int:
        return len(self.classes_) if self.class_weight == "balanced_subsample" else 0

    def _estimator(self, tree: Tree, max_features: int) -> Any:
        estimator = self._dressed(DecisionTreeClassifier(**self._tree_options()), tree, max_features)
        estimator.classes_ = self.classes_
        return estimator

    def _score_left_out(self, y: Array, weights: Array | None, means: Array, known: Array) -> None:
        self.oob_decision_function_ = means
        weight = None if weights is None else weights[known]
        self.oob_score_ = float(np.average(means[known].argmax(axis=1) == y[known], weights=weight))


class ForestRegressor(Regressor, BaseForest):
    """A forest that predicts the mean of its trees; abstract."""

    oob_prediction_: Array
    """Mean (N,) of what the trees say of rows they did not draw; NaN for rows that every tree drew."""

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Grow the trees on rows X (N, D) and targets y (N,); row i counts sample_weight[i] times."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_cells(X)
            targets = check_targets(y, len(table), where=where).astype(np.float64, copy=False)
            if self.criterion == "squared_error":
                check_squares(targets, where=where)
            self._grow(table, targets, check_weights(sample_weight, len(table), where=where), 0, before)
        return self

    @final
    def predict(self, X: Any) -> Array:
        """Mean over the trees.   X (N, D) -> (N,)"""
        return self._means(X)[:, 0]

    def _says(self, value: Array, y: Array, weight: Array) -> bool:
        if self.criterion == "squared_error":
            unit = unit_of(y)
            return bool(np.isclose(value[0] / unit, np.average(y / unit, weights=weight)))
        sides = (weight[y < value[0]].sum(), weight[y > value[0]].sum())  # of a median
        return bool(max(sides) <= 0.5000001 * weight.sum())

    def _estimator(self, tree: Tree, max_features: int) -> Any:
        return self._dressed(DecisionTreeRegressor(**self._tree_options()), tree, max_features)

    def _score_left_out(self, y: Array, weights: Array | None, means: Array, known: Array) -> None:
        self.oob_prediction_ = means[:, 0]
        weight = np.ones(len(y)) if weights is None else weights
        unit, weight = unit_of(y), weight[known] / unit_of(weight)
        y, said = y[known] / unit, means[known, 0] / unit
        spread = float((weight * (y - np.average(y, weights=weight)) ** 2).sum())
        missed = float((weight * (y - said) ** 2).sum())
        self.oob_score_ = 1.0 - missed / spread if spread > 0 else float(missed == 0)


Task = tuple[Coded | Columns, Array, Array, Growth, int, int, float, np.random.SeedSequence]


def _planted(tasks: Iterator[Task], n_jobs: int | None) -> Generator[tuple[Tree, Array | None], None, None]:
    """The trees, in the order of their numbers, each with the rows it did not draw; see `plant`."""
    grounds: list[Ground] = []  # that no tree grows in now
    if n_jobs is None or n_jobs == 1:
        for task in tasks:
            yield plant(*task, grounds)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")  # compiled growth holds no lock
    results = parallel(delayed(plant)(*task, grounds) for task in tasks)
    try:
        for result in results:  # noqa: UP028  # `yield from` would close it out of reach of the filter below
            yield result
    finally:
        with warnings.catch_warnings():  # whoever stops early knows that trees under way are lost
            warnings.filterwarnings("ignore", ".*tasks .*(not used|been cancelled)", UserWarning)
            results.close()


def plant(
    table: Coded | Columns,
    y: Array,
    weight: Array,
    growth: Growth,
    n_drawn: int,
    balance: int,
    alpha: float,
    stream: np.random.SeedSequence,
    grounds: list[Ground],
) -> tuple[Tree, Array | None]:
    """One tree of a forest, and whether it left each row out (N,) of bool, None where it took all."""
    rng = np.random.default_rng(stream)
    left = None
    if n_drawn > 0:
        drawn = _draw_rows(weight, n_drawn, rng)
        left, weight = drawn == 0, weight * drawn
        del drawn  # a tree takes its time, and many may grow at once
    weight = _weighed(y, weight, balance)
    try:
        ground = grounds.pop()
    except IndexError:  # another one grows in each
        ground = Ground()
    tree = grow_tree(table, y, weight, growth, int(rng.integers(2**63)), ground)
    grounds.append(ground)
    return prune(tree, alpha) if alpha > 0 else tree, left


def _weighed(y: Array, weight: Array, balance: int) -> Array:
    """Weights (N,) under which each of `balance` classes weighs the same; 0: as they are."""
    balanced = class_weights("balanced", np.arange(balance), y, weight, where="plant") if balance else None
    return weight if balanced is None else balanced


def _draw_rows(weight: Array, n_drawn: int, rng: np.random.Generator) -> Array:
    """How often each row is drawn, of those with a weight.   weight (N,) -> (N,) of int, sum n_drawn"""
    rows = np.flatnonzero(weight > 0)
    return np.bincount(rows[rng.integers(len(rows), size=n_drawn)], minlength=len(weight))


class _LeftOut:
    """What trees say of the rows they did not draw, summed up."""

    def __init__(self, table: Array, n_values: int) -> None:
        self._table = table
        self._sums = np.zeros((len(table), n_values))
        self._times = np.zeros(len(table))

    def add(self, tree: Tree, left: Array) -> None:
        rows = np.flatnonzero(left)
        if len(rows):
            self._sums[rows] += Grove([tree]).sums(self._table[rows])
            self._times[rows] += 1

    def means(self, where: str) -> tuple[Array, Array]:
        """Means (N, K), NaN where unknown, and where they are known (N,)."""
        known = self._times > 0
        if not known.all():
            text = f"{where}: {int((~known).sum())} rows were drawn by every tree and have no out-of-bag score."
            warnings.warn(DataWarning(f"{text} Raise n_estimators."), stacklevel=5)
        means = np.full(self._sums.shape, np.nan)
        means[known] = self._sums[known] / self._times[known, None]
        return means, known
