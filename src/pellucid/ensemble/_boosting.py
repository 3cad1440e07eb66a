"""The loop of boosting by histograms: one small tree after the other, each on the gradient of what is still wrong.

Here: `BaseBoosting`, abstract: fit and raw scores; the limits both boosters share; `groves_of` and `gains`, which all
boosters along a gradient share.
Elsewhere: the boosters are in _hist_gradient_boosting.py, losses in _boosting_losses.py, bins in _binning.py, the
growth of a tree in _histogram_kernels.py; fits that go on from the one before begin in _warm_start.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.base, pellucid.ops, pellucid.tree and this package; Numba
inside fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Limit, OneOf, Real, Traits, Watch, Whole
from pellucid.base._tables import Array
from pellucid.ensemble._binning import Bins
from pellucid.ensemble._boosting_losses import Loss
from pellucid.ensemble._warm_start import ANEW, WARM_START, Growing
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.ops._threads import in_parts, shared_from
from pellucid.random import generator
from pellucid.tree._columns import TakesCategories
from pellucid.tree._decision_tree import check_categories
from pellucid.tree._growth import NO_LIMIT
from pellucid.tree._monotonic import MONOTONIC, signs_of
from pellucid.tree._tree import Tree
from pellucid.tree._units import unit_of
from pellucid.tree._walk import Grove

CELL_BYTES = 4  # by which threads judge the work of a cell, 0.6 ns: they are worth their start from 0.3 ms on
SHARED_CELLS = 1 << 19  # a table of less has no node of as much, and asks for no threads

BOOSTING_LIMITS: dict[str, Limit] = {
    "learning_rate": Real(low=0.0, open_low=True, says="share of each tree's answer that is added"),
    "max_iter": Whole(low=1, says="steps; each adds a tree, or one for each of more than two classes"),
    "max_leaf_nodes": OneOf(Whole(low=2), Choice(None), says="the splits that gain most come first; None: no limit"),
    "max_depth": OneOf(Whole(low=1), Choice(None), says="questions before a leaf; None: no limit"),
    "min_samples_leaf": Whole(low=1, says="rows that a leaf holds"),
    "l2_regularization": Real(low=0.0, says="price of a leaf's squared answer"),
    "max_bins": Whole(2, 255, says="bins of a column, missing values aside"),
    "warm_start": WARM_START,
    "early_stopping": OneOf(Choice("auto"), Flag(), says="auto: when X_val is given to fit"),
    "validation_fraction": Real(0.0, 1.0, open_low=True, open_high=True, says="rows set apart if X_val is not given"),
    "n_iter_no_change": Whole(low=1, says="steps without a lower loss before the fit stops"),
    "tol": Real(low=0.0, says="by which the loss must be lower to count"),
    "random_state": SEED,
    "monotonic_cst": MONOTONIC,
}


@final
@dataclass
class Held:
    """Rows that a fit may not learn from, and the raw scores they have so far."""

    table: Array
    y: Array
    w: Array
    F: Array


@final
@dataclass
class Ground:
    """What all trees of a fit grow on: N rows of D features in bins, and room to work in."""

    bins: Bins
    by_row: Array
    """The bin of each cell (N, D), a row in one piece: for sums."""
    by_column: Array
    """The same (D, N), a column in one piece: for sending rows to the sides of a split."""
    sign: Array
    w: Array
    """What the rows weigh (N,), counted in w_unit."""
    w_unit: float
    mean_w: float
    pool: Array
    moved: Array
    most_rows: int
    """Sums of more rows are shared out among threads, where there are any."""

    @classmethod
    def of(cls, bins: Bins, table: Array, w: Array, sign: Array, max_leaves: int) -> Self:
        from pellucid.ensemble._histogram_kernels import pool

        codes, unit = bins.codes(table), unit_of(w)
        w = w if unit == 1.0 else w / unit
        n, n_features = table.shape
        most_rows = n if n * n_features < SHARED_CELLS else shared_from(CELL_BYTES * n_features) - 1
        return cls(
            bins=bins,
            by_row=np.ascontiguousarray(codes),
            by_column=codes.T,
            sign=sign,
            w=w,
            w_unit=unit,
            mean_w=float(w.mean()),
            pool=pool(n_features, max_leaves),
            moved=np.empty(n, np.int32),
            most_rows=most_rows,
        )

    def add_up(self, words: Array, rows: Array, sums: Array) -> None:
        """sums <- the histogram of `rows`, each part of them summed by a thread; whole numbers, so in any order."""
        from pellucid.ensemble._histogram_kernels import add_up, join

        def add(part: slice) -> Array:
            own = sums if part.start == 0 else np.empty_like(sums)
            add_up(self.by_row, self.bins.n_bins, words, rows, part.start, part.stop, own)
            return own

        for other in in_parts(len(rows), CELL_BYTES * len(self.bins.n_bins), add)[1:]:
            join(sums, other, self.bins.n_bins, 1)


class BaseBoosting(Growing, TakesCategories):
    """What both boosters share; abstract."""

    grows = ("max_iter", "steps")
    grown_in = "trees_"

    loss: str
    learning_rate: float
    max_iter: int
    max_leaf_nodes: int | None
    max_depth: int | None
    min_samples_leaf: int
    l2_regularization: float
    max_bins: int
    early_stopping: bool | Literal["auto"]
    validation_fraction: float
    n_iter_no_change: int
    tol: float
    monotonic_cst: Any

    trees_: list[Any]
    """The trees, R to a step; their values are shares of the raw score."""
    baseline_: Array
    """The raw scores (R,) before the first tree."""
    n_iter_: int
    """Steps kept: those up to the lowest loss on the validation rows, or all."""
    validation_loss_: Array
    """Mean loss on the validation rows before the first step and after each, where there were such rows."""

    @property
    def feature_importances_(self) -> Array:
        """Share (D,) of each feature in the gain of all splits, on the rows of the fit."""
        trees = self.trees_
        unit = unit_of(trees[0].weighted_n_node_samples) if trees else 1.0
        total: Array = np.sum([gains(tree, self.n_features_in_, unit) for tree in trees], axis=0)
        return total / total.sum() if np.sum(total) > 0 else np.zeros(self.n_features_in_)

    @final
    def _scores(self, X: Any) -> Array:
        """Raw scores.   X (N, D) -> (N, R)"""
        groves = groves_of(self.trees_, len(self.baseline_), vars(self).get("_groves", ()))
        table = self._mixed(X)
        out = np.tile(self.baseline_, (len(table), 1))
        for r, grove in enumerate(groves):
            out[:, r] += grove.sums(table)[:, 0]
        return out

    @final
    def _boost(
        self, table: Array, y: Array, w: Array, loss: Loss, held: Held | None, before: Mapping[str, Any]
    ) -> None:
        """Learn from rows (N, D) of weight above zero; `held` are those that decide when to stop.

        before: what the fit had learned that this one goes on from.  Bins are made anew, as trees ask for numbers; of
        the same rows they are the same.
        """
        self._check_alike(before, table)
        done = before.get("n_iter_", 0)
        self._check_adds(done)
        if done == self.max_iter:
            self._keep(before, self._all_there())
            return
        rng = generator(self._draw_seed(before))
        if held is None and self.early_stopping is True:
            self._check_set_apart(before, len(y))
            table, y, w, held = _set_apart(table, y, w, self.validation_fraction, rng, type(self).__name__)
        n_classes = len(vars(self).get("classes_", ()))
        signs = signs_of(self.monotonic_cst, self._column_names(), n_classes, where=type(self).__name__)
        if signs and loss.moves_leaves:
            raise ParameterError(
                f"{type(self).__name__}: monotonic_cst is not kept by loss={self.loss!r}; leave it out."
            )
        sign = np.array(signs or [0] * table.shape[1], np.int8)
        bins = Bins(table, self.categories_, self.max_bins, rng)
        ground = Ground.of(bins, table, w, sign, self._most_leaves(len(y)))
        w = ground.w
        if held is not None:
            held.w = held.w / ground.w_unit
        self.baseline_ = before["baseline_"] if before else loss.start(y, w)
        self.trees_, self.n_iter_ = before.get("trees_", []), done
        F, n_scores = np.tile(self.baseline_, (len(y), 1)), len(self.baseline_)
        for t, tree in enumerate(self.trees_):
            F[:, t % n_scores] += Grove([tree]).sums(table)[:, 0]
        losses = [] if held is None else self._losses_so_far(held, loss)
        with Watch(self, self.max_iter - done) as watch:
            while self.n_iter_ < self.max_iter:
                self.trees_ = self.trees_ + self._step(ground, loss, y, F)
                self.n_iter_ += 1
                told: dict[str, float] = {"loss": loss.value(y, F, w)} if self.callbacks else {}
                if held is not None:
                    told["validation_loss"] = self._loss_after(held, loss, self.trees_[-n_scores:])
                    losses.append(told["validation_loss"])
                if watch.step(**told) or self._has_stalled(losses):
                    break
        if held is not None:
            self.validation_loss_ = np.array(losses)
            self.n_iter_ = int(np.argmin(losses[: self.n_iter_ + 1]))
        self.trees_ = self.trees_[: self.n_iter_ * n_scores]
        self._groves = groves_of(self.trees_, n_scores)

    def _check_set_apart(self, before: Mapping[str, Any], n_rows: int) -> None:
        """Raise ParameterError where the steps that are there learned from the rows to be set apart."""
        if before and before["trees_"][0].n_node_samples[0] == n_rows:
            raise ParameterError(
                f"{type(self).__name__}: early_stopping=True sets rows apart, and the {before['n_iter_']} steps that "
                "are there learned from as many as X has, from those among them; give X_val and y_val, leave "
                f"early_stopping out, {ANEW}."
            )

    def _step(self, ground: Ground, loss: Loss, y: Array, F: Array) -> list[Tree]:
        """A tree for each score; F (N, R) moves."""
        g, h = loss.gradients(y, F, ground.w)
        return [self._tree(ground, loss, y, F[:, r], g[:, r], h[:, r]) for r in range(F.shape[1])]

    def _most_leaves(self, n: int) -> int:
        """How many leaves a tree of n rows can have."""
        most = min(self.max_leaf_nodes or NO_LIMIT, max(1, n // self.min_samples_leaf))
        return most if self.max_depth is None or self.max_depth >= 30 else min(most, 2**self.max_depth)

    def _tree(self, ground: Ground, loss: Loss, y: Array, F: Array, g: Array, h: Array) -> Tree:
        """One tree on gradients g and h (N,); F (N,) moves by what it says."""
        from pellucid.ensemble._histogram_kernels import NODE, Limits, add_to_rows, grow_by_histogram, to_words

        n = len(F)
        count_bits = int(n).bit_length()
        total = np.abs(g).sum()
        unit = unit_of(total)  # of g; its squares would not fit into floats without
        g = g if unit == 1.0 else g / unit
        g_unit = max(float(total / unit), 1e-300) * 2.0**-61  # sums of all rows stay below 2^62
        h_unit = max(float(h.sum()), 1e-300) * 2.0 ** (count_bits - 61)
        words = np.empty((n, 2), np.int64)
        to_words(g, h, g_unit, h_unit, count_bits, words)
        n_leaves = self._most_leaves(n)
        options = Limits(
            max_leaves=n_leaves,
            max_depth=self.max_depth or NO_LIMIT,
            min_rows=self.min_samples_leaf,
            l2=float(self.l2_regularization) / ground.w_unit,
            g_unit=g_unit,
            h_unit=h_unit,
            count_bits=count_bits,
            sign=ground.sign,
            bounded=bool(ground.sign.any()),
            mean_w=ground.mean_w,
        )
        rows = np.arange(n, dtype=np.int32)
        nodes, sets = np.empty(2 * n_leaves + 1, NODE), np.zeros((2 * n_leaves + 1, 256), np.bool_)
        bins = ground.bins
        kinds = bins.n_bins, bins.category
        room = ground.moved, np.zeros(3, np.int64), ground.most_rows
        grow = partial(
            grow_by_histogram,
            ground.by_row,
            ground.by_column,
            *kinds,
            words,
            rows,
            options,
            ground.pool,
            nodes,
            sets,
            *room,
        )
        while (m := grow()) < 0:
            begin, end, slot = (int(nodes[-1 - m][name]) for name in ("begin", "end", "slot"))
            ground.add_up(words, rows[begin:end], ground.pool[slot])
        nodes = nodes[:m]
        if loss.moves_leaves:
            for leaf in np.flatnonzero(nodes["feature"] < 0):
                own = rows[nodes["begin"][leaf] : nodes["end"][leaf]]
                nodes["value"][leaf] = loss.start(y[own] - F[own], ground.w[own])[0]
        else:
            nodes["value"] *= unit
        nodes["value"] *= self.learning_rate
        add_to_rows(nodes, rows, F)
        return _as_tree(nodes, sets, bins, self.categories_, (g_unit * unit, h_unit, ground.w_unit), count_bits)

    def _losses_so_far(self, held: Held, loss: Loss) -> list[float]:
        """The loss on validation rows before the first step, and after each that is there."""
        n_scores = len(self.baseline_)
        held.F = np.tile(self.baseline_, (len(held.y), 1))
        steps = [self.trees_[begin : begin + n_scores] for begin in range(0, len(self.trees_), n_scores)]
        return [self._loss_after(held, loss, step) for step in ([], *steps)]

    def _loss_after(self, held: Held, loss: Loss, step: Sequence[Tree]) -> float:
        """The loss on validation rows after the trees of one more step."""
        for r, tree in enumerate(step):
            held.F[:, r] += Grove([tree]).sums(held.table)[:, 0]
        return loss.value(held.y, held.F, held.w)

    def _has_stalled(self, losses: list[float]) -> bool:
        """Whether none of the last n_iter_no_change steps is lower than the lowest before them by more than tol."""
        n = self.n_iter_no_change
        return len(losses) > n and min(losses[-n:]) > min(losses[:-n]) - self.tol

    def _traits(self) -> Traits:
        return Traits(missing=True, text=True)

    @final
    def _check_learned(self) -> None:
        where = type(self).__name__
        check_categories(where, self.categories_, self.n_features_in_)
        n_classes = len(vars(self).get("classes_", np.empty(1)))
        n_scores = n_classes if n_classes > 2 else 1
        fits = all(type(tree) is Tree and tree.value.shape[2] == 1 for tree in self.trees_)
        if not fits or np.shape(self.baseline_) != (n_scores,) or len(self.trees_) != self.n_iter_ * n_scores:
            raise ModelFileError(f"{where}: trees_ and baseline_ in the record do not fit its classes and steps.")
        if any((tree.feature >= self.n_features_in_).any() for tree in self.trees_):
            raise ModelFileError(f"{where}: trees_ in the record ask for features that it does not have.")
        self._groves = groves_of(self.trees_, n_scores)


def groves_of(trees: Sequence[Tree], n_scores: int, held: Sequence[Grove] = ()) -> Sequence[Grove]:
    """The trees of each raw score side by side; `held` where it is of these very trees.   (T R,) -> (R,)

    A fit makes all of its trees anew, or adds some to those of the one before: so their number, the first and the last
    tell.
    """
    if held and trees and sum(len(grove.trees) for grove in held) == len(trees):
        if held[0].trees[0] is trees[0] and held[-1].trees[-1] is trees[-1]:
            return held
    return [Grove(trees[r::n_scores]) for r in range(n_scores)] if trees else []


def _set_apart(
    table: Array, y: Array, w: Array, share: float, rng: np.random.Generator, where: str
) -> tuple[Array, Array, Array, Held]:
    """Rows to learn from, and a share of them to stop by."""
    n_held = max(1, round(share * len(y)))
    if n_held >= len(y):
        raise DataError(f"{where}: {len(y)} rows leave none to learn from beside validation_fraction={share}.")
    order = rng.permutation(len(y))
    held, kept = np.sort(order[:n_held]), np.sort(order[n_held:])
    return table[kept], y[kept], w[kept], Held(table[held], y[held], w[held], np.empty((0, 0)))


def gains(tree: Tree, n_features: int, unit: float) -> Array:
    """The gain of the splits by feature, weights counted in `unit`; see _as_tree for what impurity is here."""
    inner = np.flatnonzero(tree.children_left >= 0)
    risk = tree.weighted_n_node_samples / unit * tree.impurity
    fall = risk[inner] - risk[tree.children_left[inner]] - risk[tree.children_right[inner]]
    return np.bincount(tree.feature[inner], weights=fall, minlength=n_features)


def _as_tree(
    nodes: Array, sets: Array, bins: Bins, categories: list[Any], units: tuple[float, float, float], count_bits: int
) -> Tree:
    """The kernels' nodes under their public names, bins as thresholds.

    weighted_n_node_samples is H, impurity -G^2 / (2 H^2): what the loss falls by, for each unit of H.
    """
    g_unit, h_unit, w_unit = units
    leaf = nodes["feature"] < 0
    left = np.where(leaf, -1, nodes["left"]).astype(np.int32)
    threshold, set_start = np.full(len(nodes), -2.0), np.full(len(nodes), -1, np.int32)
    subsets: list[Array] = []
    for i in np.flatnonzero(~leaf):
        f, cut = nodes["feature"][i], nodes["cut"][i]
        ends = bins.ends[f]
        if nodes["by_set"][i]:
            subset = np.full(len(categories[f]), nodes["missing_left"][i])
            subset[ends.astype(np.int64)] = sets[i, : len(ends)]
            set_start[i] = sum(map(len, subsets))
            subsets.append(subset)
            threshold[i] = np.nan
        else:
            threshold[i] = ends[cut] if cut < len(ends) else np.inf
    h = (nodes["hn"] >> count_bits) * h_unit
    value = nodes["value"]
    g = nodes["g"] * g_unit
    return Tree(
        children_left=left,
        children_right=np.where(leaf, -1, left + 1).astype(np.int32),
        feature=np.where(leaf, -2, nodes["feature"]).astype(np.int32),
        threshold=threshold,
        missing_go_to_left=nodes["missing_left"] & ~leaf,
        set_start=set_start,
        sets=np.concatenate(subsets) if subsets else np.zeros(0, np.bool_),
        impurity=-0.5 * g**2 / np.maximum(h, 1e-300) ** 2,
        n_node_samples=nodes["hn"] & ((1 << count_bits) - 1),
        weighted_n_node_samples=h * w_unit,
        value=value[:, None, None].copy(),
    )
