"""Boosting step by step along a gradient, with exact trees: what classifiers and regressors share.

Here: `BaseGradientBoosting`, abstract: fit and raw scores; the limits of its parameters.
Elsewhere: the boosters are in _gradient_boosting.py, losses in _gradient_losses.py, what steps draw and come to in
_boosting_steps.py; fits that go on from the one before begin in _warm_start.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.base, pellucid.compose, pellucid.tree and this package; Numba
and pellucid.model_selection inside fit.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, final

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf, Real, Traits, Watch, Whole
from pellucid.base._tables import Array
from pellucid.compose._members import check_storable
from pellucid.ensemble._boosting import gains, groves_of
from pellucid.ensemble._boosting_steps import StepChance, StepScores
from pellucid.ensemble._gradient_losses import Deviance, GradientLoss
from pellucid.ensemble._parts import check_part, fit_part, seeded
from pellucid.ensemble._warm_start import ANEW, WARM_START, Growing
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.random import generator
from pellucid.tree._bins import coded_for
from pellucid.tree._columns import TakesCategories
from pellucid.tree._decision_tree import MAX_BINS, TREE_LIMITS, DecisionTreeRegressor, check_categories, growth_of
from pellucid.tree._growth import Criterion, grow_tree
from pellucid.tree._pruning import prune
from pellucid.tree._tree import Tree
from pellucid.tree._units import unit_of
from pellucid.tree._walk import Grove

GRADIENT_BOOSTING_LIMITS: dict[str, Limit] = {
    "learning_rate": Real(low=0.0, says="share of each tree's answer that is added"),
    "n_estimators": Whole(low=1, says="steps; each adds a tree, or one for each of more than two classes"),
    "subsample": Real(0.0, 1.0, open_low=True, says="share of the rows that a step draws"),
    **TREE_LIMITS,
    "max_bins": MAX_BINS,
    "warm_start": WARM_START,
    "init": OneOf(Choice("zero", None), Kind(object, words="an estimator"), says="before the first tree"),
    "validation_fraction": Real(0.0, 1.0, open_low=True, open_high=True, says="rows set apart to stop by"),
    "n_iter_no_change": OneOf(Whole(low=1), Choice(None), says="steps without a lower loss; None: never stop early"),
    "tol": Real(low=0.0, says="by which the loss must be lower to count"),
}


class BaseGradientBoosting(Growing, TakesCategories):
    """What both share; abstract."""

    grows = ("n_estimators", "steps")
    grown_in = "trees_"
    criterion: ClassVar[Criterion] = "squared_error"  # of the trees on residuals, whatever the loss

    learning_rate: float
    n_estimators: int
    subsample: float
    max_depth: int | None
    max_features: float | Literal["sqrt", "log2"] | None
    ccp_alpha: float
    max_bins: int | None
    init: Any
    validation_fraction: float
    n_iter_no_change: int | None
    tol: float

    trees_: list[Any]
    """The trees, R to a step; a leaf holds what it adds, before the learning rate."""
    baseline_: Array
    """The raw scores (R,) before the first tree, where `init` is no estimator."""
    init_: Any
    """`init` fitted, None where it is no estimator."""
    n_estimators_: int
    """Steps done."""
    train_score_: Array
    """Mean loss on the rows of each step, after it (T,)."""
    validation_score_: Array
    """Mean loss on the rows set apart after each step (T,), with n_iter_no_change."""
    oob_improvement_: Array
    """By how much each step lowered the loss on the rows it did not draw (T,), with subsample below 1; NaN for steps of
    an earlier fit that drew all rows."""

    @property
    def estimators_(self) -> Array:
        """The trees as DecisionTreeRegressors, (T, R) of object."""
        trees = self.trees_
        out = np.empty((self.n_estimators_, len(trees) // self.n_estimators_), dtype=object)
        for place, tree in zip(np.ndindex(*out.shape), trees, strict=True):
            held = DecisionTreeRegressor(max_depth=self.max_depth, max_features=self.max_features)
            held.n_features_in_, held.categories_, held.max_features_ = self.n_features_in_, self.categories_, 0
            held.max_features_ = growth_of(self, np.ones(1), self.n_features_in_, 0).max_features
            held.tree_ = tree
            out[place] = held
        return out

    @property
    def feature_importances_(self) -> Array:
        """Share (D,) of each feature in the fall of squared residuals, over all splits of all trees."""
        trees = self.trees_
        total = np.zeros(self.n_features_in_)
        for tree in trees:
            unit = unit_of(tree.weighted_n_node_samples)
            total += gains(tree, self.n_features_in_, unit) / (tree.weighted_n_node_samples[0] / unit)
        return total / total.sum() if total.sum() > 0 else total

    @final
    def apply(self, X: Any) -> Array:
        """The node number of the leaf each row comes to in each tree.   X (N, D) -> (N, T, R), of a regressor (N, T)"""
        leaves = Grove(self.trees_).apply(*self._cells(X))  # (N, T R)
        return leaves.reshape(len(leaves), self.n_estimators_, -1) if self.role == "classifier" else leaves

    @abstractmethod
    def _first(self, table: Array) -> Array:
        """What the fitted init says, as raw scores.   (N, D) -> (N, R)"""

    @final
    def _begin_scores(self, table: Array) -> Array:
        """Raw scores before the first tree.   (N, D) -> (N, R)"""
        return np.tile(self.baseline_, (len(table), 1)) if self.init_ is None else self._first(table)

    @final
    def _scores(self, X: Any) -> Array:
        """Raw scores.   X (N, D) -> (N, R)"""
        groves = groves_of(self.trees_, len(self.baseline_), vars(self).get("_groves", ()))
        table = self._mixed(X)
        F = self._begin_scores(table)
        for r, grove in enumerate(groves):
            F[:, r] += self.learning_rate * grove.sums(table)[:, 0]
        return F

    @final
    def _staged_scores(self, X: Any) -> Iterator[Array]:
        """Raw scores after each step."""
        trees, table = self.trees_, self._mixed(X)
        F = self._begin_scores(table)
        for begin in range(0, len(trees), F.shape[1]):
            self._add(F, table, trees[begin : begin + F.shape[1]])
            yield F.copy()

    @final
    def _add(self, F: Array, table: Array, trees: Sequence[Tree]) -> None:
        """F (N, R) <- F plus what trees of whole steps say, one after the other as when they were grown."""
        for t, tree in enumerate(trees):
            F[:, t % F.shape[1]] += self.learning_rate * Grove([tree]).sums(table)[:, 0]

    @final
    def _boost(
        self, table: Array, y: Array, target: Array, w: Array, loss: GradientLoss, before: Mapping[str, Any]
    ) -> None:
        """Learn from rows (N, D), all of weight above zero; y (N,) as `init` is to learn it, target (N,) numbers.

        before: what the fit had learned that this one goes on from.
        """
        self._check_alike(before, table)
        done, noted = before.get("n_estimators_", 0), StepScores.of(before)
        self._check_adds(done)
        if done == self.n_estimators or self._has_stalled(noted.held):
            self._keep(before, self._all_there() if done == self.n_estimators else "as the loss had stopped falling")
            return
        rng, chance = generator(self._draw_seed(before)), StepChance(self.seed_)
        unit = unit_of(w)
        w = w / unit
        held: tuple[Array, Array, Array] | None = None
        if self.n_iter_no_change is not None:
            self._check_set_apart(before)
            kept, apart = self._set_apart(target, loss, rng)
            held = table[apart], target[apart], w[apart]
            table, y, target, w = table[kept], y[kept], target[kept], w[kept]
        weights = None if (w == 1.0).all() else w
        if before:
            self.init_, self.baseline_ = before["init_"], before["baseline_"]
        else:
            self._begin_with(table, y, weights, loss.start(target, w), rng)
        self.trees_, self.n_estimators_ = before.get("trees_", []), done
        F, coded = self._begin_scores(table), coded_for(self, table, weights)
        F_held = self._begin_scores(held[0]) if held is not None else F[:0]
        self._add(F, table, self.trees_)
        if held is not None:
            self._add(F_held, held[0], self.trees_)
        try:
            with Watch(self, self.n_estimators - done) as watch:
                while self.n_estimators_ < self.n_estimators:
                    rng, drawn = chance.of(self.n_estimators_), w
                    if self.subsample < 1.0:
                        drawn = np.zeros(len(w))
                        rows = rng.permutation(len(w))[: max(1, int(self.subsample * len(w)))]
                        drawn[rows] = w[rows]
                    out = drawn == 0
                    residuals, step = loss.residuals(target, F, w), []
                    above = loss.value(target[out], F[out], w[out]) if out.any() else 0.0
                    for r in range(F.shape[1]):
                        tree, leaf = self._tree(coded, table, target - F[:, r], residuals[:, r], drawn, unit, loss, rng)
                        F[:, r] += self.learning_rate * tree.value[leaf, 0, 0]
                        step.append(tree)
                    told = {"loss": loss.value(target, F, drawn)}
                    if out.any():
                        told["oob_improvement"] = above - loss.value(target[out], F[out], w[out])
                    if held is not None:
                        self._add(F_held, held[0], step)
                        told["validation_loss"] = loss.value(held[1], F_held, held[2])
                    noted.add(told)
                    self.trees_ = [*self.trees_, *step]
                    self.n_estimators_ += 1
                    self.train_score_ = np.array(noted.train)
                    if watch.step(**told) or self._has_stalled(noted.held):
                        break
            if self.n_estimators_ == 0:
                raise KeyboardInterrupt
        finally:
            self.trees_ = self.trees_[: self.n_estimators_ * F.shape[1]]
            vars(self).update(noted.until(self.n_estimators_))
        self._groves = groves_of(self.trees_, F.shape[1])

    def _set_apart(self, target: Array, loss: GradientLoss, rng: np.random.Generator) -> list[Array]:
        """The numbers of the rows to learn from, and of those to stop by."""
        from pellucid.model_selection import split_rows

        n_held = max(1, round(self.validation_fraction * len(target)))
        if n_held >= len(target):
            raise DataError(
                f"{type(self).__name__}: {len(target)} rows leave none to learn from beside validation_fraction."
            )
        strata = target.astype(np.int64) if isinstance(loss, Deviance) else None
        return list(split_rows(len(target), [len(target) - n_held, n_held], seed=rng, strata=strata))

    def _check_set_apart(self, before: Mapping[str, Any]) -> None:
        """Raise ParameterError where the steps that are there may have learned from the rows to be set apart."""
        if before and "validation_score_" not in before:
            raise ParameterError(
                f"{type(self).__name__}: n_iter_no_change is {self.n_iter_no_change}, and the "
                f"{before['n_estimators_']} steps that are there learned from all rows, those to be set apart among "
                f"them; leave n_iter_no_change out, {ANEW}."
            )

    def _begin_with(
        self, table: Array, y: Array, weights: Array | None, start: Array, rng: np.random.Generator
    ) -> None:
        """Set where the scores begin: at `start` (R,), at zero, or with what `init` says once fitted."""
        self.init_, self.baseline_ = None, np.zeros_like(start) if self.init == "zero" else start
        if self.init is not None and self.init != "zero":
            where = type(self).__name__
            check_part("init", self.init, str(self.role), where=where)
            self.init_ = fit_part("init", seeded(self.init, rng), table, y, weights, where=where)

    @final
    def _tree(
        self,
        coded: Any,
        table: Array,
        missed: Array,
        residual: Array,
        w: Array,
        unit: float,
        loss: GradientLoss,
        rng: np.random.Generator,
    ) -> tuple[Tree, Array]:
        """A tree grown on residuals (N,) whose leaves say what is best for the loss; the leaf of each row.

        w (N,) counts weights in `unit`.
        """
        growth = growth_of(self, w, table.shape[1], 0)
        tree = grow_tree(coded, residual, w, growth, int(rng.integers(2**63)))
        if self.ccp_alpha > 0:
            tree = prune(tree, self.ccp_alpha)
        leaf = Grove([tree]).apply(table)[:, 0]
        value = loss.leaves(leaf, tree.node_count, missed, residual, w)
        weight = tree.weighted_n_node_samples * unit
        return replace(tree, value=value[:, None, None], weighted_n_node_samples=weight), leaf

    @final
    def _has_stalled(self, losses: list[float]) -> bool:
        """Whether none of the n losses before the last is higher than it by more than tol."""
        n = self.n_iter_no_change
        return n is not None and len(losses) > n and losses[-1] + self.tol >= max(losses[-1 - n : -1])

    def _traits(self) -> Traits:
        return Traits(missing=self.init in (None, "zero"), text=self.init in (None, "zero"))

    @final
    def _check_storable(self) -> None:
        held = [("init", self.init), ("init_", vars(self).get("init_"))]
        check_storable(held, where=type(self).__name__)

    @final
    def _check_learned(self) -> None:
        where = type(self).__name__
        check_categories(where, self.categories_, self.n_features_in_)
        n_classes = len(vars(self).get("classes_", np.empty(1)))
        n_scores = n_classes if n_classes > 2 else 1
        fits = all(type(tree) is Tree and tree.value.shape[2] == 1 for tree in self.trees_)
        if not fits or np.shape(self.baseline_) != (n_scores,) or len(self.trees_) != self.n_estimators_ * n_scores:
            raise ModelFileError(f"{where}: trees_ and baseline_ in the record do not fit its classes and steps.")
        if any((tree.feature >= self.n_features_in_).any() for tree in self.trees_):
            raise ModelFileError(f"{where}: trees_ in the record ask for features that it does not have.")
        self._groves = groves_of(self.trees_, n_scores)
