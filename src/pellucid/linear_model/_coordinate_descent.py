"""Coordinate descent for squares with an elastic-net penalty, until the duality gap is small.

    J(w) = |y - X w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2

A round is one sweep over all coordinates, several over those that are not zero, and a look at the gap.

Here: `Penalty`, `Descent`, `descend`, `duality_gap`; `Squares` and its kinds, one for each form of the data;
`squares_of`, which chooses among them, and `growing`, for one penalty.
Elsewhere: the sweeps are compiled, in _coordinate_kernels.py; estimators are in _elastic_net.py.
Imports: numpy, pellucid.base and this package; the kernels, and Numba with them, inside the methods.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._moments import Moments, centred_blocks, means, moments
from pellucid.linear_model._rows import Rows, as_float64, is_sparse, row_scaled

INNER_SWEEPS = 10  # over the coordinates that are not zero, for one over all; more gain little between two looks
FEW = 0.4  # of the features; of more, X^T X as a whole costs less, of which BLAS forms one half only
STRONG = 0.1  # of the strongest pull; weaker ones often are but the noise of what the strong will explain
WEAK = 0.03  # of the strong: a penalty below that leaves most features a weight, and X^T X is formed at once
ASKED_MAX = 4  # passes for some rows of X^T X; one for all others follows
GRAM_BYTES_MAX = 256 * 2**20  # of X^T X; with more columns the columns themselves are swept
EPSILON = float(np.finfo(np.float64).eps)
AT_REST = 1e-12  # of the largest weight; weights along which J is flat never stand quite still
STILL = 1e-3  # share of the gap that is aimed at; moves that gain less end the inner sweeps


@final
@dataclass(frozen=True)
class Penalty:
    """l1 |w|_1 + l2 |w|^2 / 2; `positive` admits only w >= 0."""

    l1: float
    l2: float
    positive: bool = False


@final
@dataclass
class Descent:
    """Where coordinate descent stands: w (D,), the duality gap and J there, sweeps made, whether the gap is small."""

    w: Array
    gap: float = np.inf
    value: float = np.inf
    sweeps: int = 0
    converged: bool = False


class Squares(ABC):
    """|y - X w|^2 / 2 at one w, in a form that can be swept.

    power = y . y and total, the number of rows by weight, are numbers; square (D,) holds |x_j|^2.
    """

    power: float
    total: float
    square: Array

    @abstractmethod
    def place(self, w: Array) -> None:
        """Go to w (D,), which later sweeps change in place."""

    @abstractmethod
    def sweep(self, w: Array, l1: Array, l2: Array, positive: bool, visit: Array, sweeps: int, still: float) -> int:
        """Sweep over coordinates `visit` as the kernels say; gives the number of sweeps."""

    @abstractmethod
    def slope(self) -> Array:
        """X^T r (D,)."""

    @abstractmethod
    def residual(self, w: Array) -> tuple[float, float]:
        """r . r and r . y"""


@final
@dataclass
class GramSquares(Squares):
    """From gram = X^T X and product = X^T y: the rows are not needed any more."""

    gram: Array
    product: Array
    power: float
    total: float
    _slope: Array = field(init=False)

    def __post_init__(self) -> None:
        self.square = self.gram.diagonal()

    def place(self, w: Array) -> None:
        self._slope = self.product - self.gram @ w

    def sweep(self, w: Array, l1: Array, l2: Array, positive: bool, visit: Array, sweeps: int, still: float) -> int:
        from pellucid.linear_model._coordinate_kernels import sweep_gram

        return sweep_gram(self.gram, w, self._slope, l1, l2, positive, visit, sweeps, still)

    def slope(self) -> Array:
        return self._slope

    def residual(self, w: Array) -> tuple[float, float]:
        reached = float(w @ self.product)
        return max(self.power - reached - float(w @ self._slope), 0.0), self.power - reached


@final
class GramRows:
    """The rows of X^T X that were asked for, of rows (N, D) that are centred and scaled by root a block at a time.

    The lasso needs those of the features that get a weight, often few of many: A of them cost N D A multiplications.
    """

    def __init__(self, rows: Array, centre: Array, root: Array | None) -> None:
        self._data = rows, centre, root
        n_features = rows.shape[1]
        self.gram = np.zeros((n_features, n_features))
        self.known = np.zeros(n_features, bool)
        self._asked = 0

    def ask(self, wanted: Array) -> None:
        """Form the rows `wanted` (D,) too; all that are left where they are many, or it was asked for some before."""
        wanted = wanted & ~self.known
        if not wanted.any():
            return
        self._asked += 1
        whole = self._asked > ASKED_MAX or (self.known | wanted).sum() > FEW * len(wanted)
        places = np.flatnonzero(wanted)
        total = np.zeros_like(self.gram) if whole else np.zeros((len(places), len(wanted)))
        for _, part in centred_blocks(*self._data):
            total += part.T @ part if whole else part[:, places].T @ part
        self.gram[slice(None) if whole else places] = total
        self.known |= whole | wanted


@final
@dataclass
class GrowingSquares(Squares):
    """As `GramSquares`, with rows of X^T X formed as weights leave 0; they are shared by all targets."""

    rows: GramRows
    product: Array
    square: Array
    power: float
    total: float
    _slope: Array = field(init=False)

    def place(self, w: Array) -> None:
        self.rows.ask(w != 0.0)
        self._slope = self.product - w @ self.rows.gram  # rows not known are 0, as their weights are

    def sweep(self, w: Array, l1: Array, l2: Array, positive: bool, visit: Array, sweeps: int, still: float) -> int:
        from pellucid.linear_model._coordinate_kernels import sweep_gram

        pull = self._slope if positive else np.abs(self._slope)
        pull = np.where(self.rows.known, 0.0, pull)
        steep = STRONG * pull.max()
        self.rows.ask((pull > l1) & ((pull > steep) | (l1 < WEAK * steep)))
        ready = visit[self.rows.known[visit]]  # others stay at 0 until the next sweep finds that they would move
        return sweep_gram(self.rows.gram, w, self._slope, l1, l2, positive, ready, sweeps, still)

    def slope(self) -> Array:
        return self._slope

    def residual(self, w: Array) -> tuple[float, float]:
        reached = float(w @ self.product)
        return max(self.power - reached - float(w @ self._slope), 0.0), self.power - reached


@final
@dataclass
class ColumnSquares(Squares):
    """From columns (D, N) = X^T, centred and scaled by the roots of the weights, as aim (N,) is."""

    columns: Array
    aim: Array
    total: float
    _r: Array = field(init=False)

    def __post_init__(self) -> None:
        self.power = float(self.aim @ self.aim)
        self.square = np.einsum("dn,dn->d", self.columns, self.columns)

    def place(self, w: Array) -> None:
        self._r = self.aim - w @ self.columns

    def sweep(self, w: Array, l1: Array, l2: Array, positive: bool, visit: Array, sweeps: int, still: float) -> int:
        from pellucid.linear_model._coordinate_kernels import sweep_columns

        return sweep_columns(self.columns, self.square, w, self._r, l1, l2, positive, visit, sweeps, still)

    def slope(self) -> Array:
        seen: Array = self.columns @ self._r
        return seen

    def residual(self, w: Array) -> tuple[float, float]:
        return float(self._r @ self._r), float(self._r @ self.aim)


@final
@dataclass
class SparseSquares(Squares):
    """From SciPy's CSC columns, scaled by root (N,) but not centred; centre (D,) and aim (N,) as for the others."""

    columns: Rows
    centre: Array
    root: Array
    aim: Array
    total: float
    _r: Array = field(init=False)
    _shift: Array = field(init=False)

    def __post_init__(self) -> None:
        self.power = float(self.aim @ self.aim)
        self._lean = self.columns.T @ self.root
        stored = np.asarray(self.columns.power(2).sum(axis=0)).ravel()
        self.square = np.maximum(stored - self.centre**2 * self.total, 0.0)
        self.square[self.square <= 1e-13 * stored] = 0.0  # a constant column: what is left is rounding

    def place(self, w: Array) -> None:
        self._r, self._shift = self.aim - self.columns @ w, np.array([float(self.centre @ w)])

    def sweep(self, w: Array, l1: Array, l2: Array, positive: bool, visit: Array, sweeps: int, still: float) -> int:
        from pellucid.linear_model._coordinate_kernels import sweep_sparse

        x = self.columns
        kept = (self.centre, self._lean, self.square, w, self._r, self._shift)
        return sweep_sparse(x.data, x.indices, x.indptr, *kept, l1, l2, positive, visit, sweeps, still)

    def slope(self) -> Array:
        seen: Array = self.columns.T @ self._r + self._shift[0] * self._lean
        return np.where(self.square > 0, seen, 0.0)

    def residual(self, w: Array) -> tuple[float, float]:
        r = self._r + self._shift[0] * self.root
        return float(r @ r), float(r @ self.aim)


@final
@dataclass(frozen=True)
class Prepared:
    """The squares of each target, and what was taken off features (D,) and targets (T,)."""

    squares: list[Squares]
    centre: Array
    level: Array


def squares_of(
    rows: Rows, aims: Array, weights: Array | None, centred: bool, precompute: bool | Literal["auto"]
) -> Prepared:
    """The form in which rows (N, D) and aims (N, T) are swept fastest; weights (N,), None for ones.

    X^T X where there are more rows than columns and it is not too large, N D^2 multiplications once; else the columns.
    """
    n_rows, n_features = rows.shape
    small = n_features < n_rows and 8 * n_features**2 <= GRAM_BYTES_MAX
    if precompute is True or (precompute == "auto" and small):
        return from_moments(moments(rows, aims, weights, centred))
    centre, level = means(rows, aims, weights, centred)
    root = np.ones(n_rows) if weights is None else np.sqrt(weights)
    off = (aims - level) * root[:, None]
    total = float(root @ root)
    if is_sparse(rows):
        columns = row_scaled(as_float64(rows), root).tocsc()
        sparse = [SparseSquares(columns, centre, root, np.ascontiguousarray(aim), total) for aim in off.T]
        return Prepared(list(sparse), centre, level)
    filled = np.ascontiguousarray(((rows - centre) * root[:, None]).T)
    dense = [ColumnSquares(filled, np.ascontiguousarray(aim), total) for aim in off.T]
    return Prepared(list(dense), centre, level)


def growing(rows: Array, aims: Array, weights: Array | None, centred: bool) -> Prepared:
    """Dense rows (N, D) and aims (N, T) in the form for one penalty, under which few features get a weight."""
    centre, level = means(rows, aims, weights, centred)
    root = None if weights is None else np.sqrt(weights)
    off = aims - level if root is None else (aims - level) * root[:, None]
    product, square = np.zeros((rows.shape[1], aims.shape[1])), np.zeros(rows.shape[1])
    for where, part in centred_blocks(rows, centre, root):
        product += part.T @ off[where]
        square += np.einsum("nd,nd->d", part, part)
    shared, total = GramRows(rows, centre, root), float(len(rows)) if weights is None else float(weights.sum())
    columns = zip(product.T, np.einsum("nt,nt->t", off, off), strict=True)
    squares = [GrowingSquares(shared, np.ascontiguousarray(q), square, float(p), total) for q, p in columns]
    return Prepared(list(squares), centre, level)


def from_moments(known: Moments) -> Prepared:
    """The squares of each target of `known`."""
    columns = zip(known.product.T, known.power, strict=True)
    squares = [GramSquares(known.gram, np.ascontiguousarray(q), float(p), known.total) for q, p in columns]
    return Prepared(list(squares), known.centre, known.level)


def duality_gap(squares: Squares, w: Array, penalty: Penalty) -> tuple[float, float]:
    """An upper bound of J(w) - min J, and J(w).

    The smaller of two bounds, each J(w) less a value of the dual: at r scaled until it is feasible, and, where l2 > 0,
    at r itself, sum_j max(|x_j . r| - l1, 0)^2 / (2 l2) off.  Without a penalty there is no such bound: then it is
    sum_j (x_j . r)^2 / (2 |x_j|^2), what the coordinates could gain one by one.
    Source: Fercoq, Gramfort and Salmon, ICML 2015; Boyd and Vandenberghe, Convex Optimization, section 5.5.
    """
    l1, l2 = penalty.l1, penalty.l2
    slope, (rr, ry) = squares.slope(), squares.residual(w)
    sparse, square = l1 * float(np.abs(w).sum()), l2 * float(w @ w)
    value = 0.5 * rr + sparse + 0.5 * square
    pull = slope if penalty.positive else np.abs(slope)
    bounds = []
    if l1 > 0:
        over = slope - l2 * w
        steepest = float(over.max() if penalty.positive else np.abs(over).max())
        share = min(1.0, l1 / steepest) if steepest > 0 else 1.0
        bounds.append(0.5 * (rr + square) * (1.0 + share**2) + sparse - share * ry)
    if l2 > 0:
        excess = np.maximum(pull - l1, 0.0)
        bounds.append(rr + sparse + 0.5 * square - ry + float(excess @ excess) / (2.0 * l2))
    if not bounds:
        free = (squares.square > 0) & ((w > 0) | (slope > 0) | (not penalty.positive))
        bounds.append(0.5 * float((slope[free] ** 2 / squares.square[free]).sum()))
    return max(min(bounds), 0.0), value


def descend(
    squares: Squares,
    penalty: Penalty,
    state: Descent,
    tol: float,
    max_iter: int,
    *,
    report: Callable[[Descent], bool] = lambda state: False,
    chance: np.random.Generator | None = None,
) -> None:
    """Move `state` until its gap is at most tol * y . y, `max_iter` sweeps are made, or `report` asks to stop.

    `report` is called after each round, when `state` is a value to look at.  With `chance` the order of the
    coordinates is drawn for each sweep, else it is theirs.
    """
    w = state.w
    l1, l2 = np.full(len(w), penalty.l1), np.full(len(w), penalty.l2)
    aim, rounding = tol * squares.power, len(w) * EPSILON * squares.power  # no gap is known better than to `rounding`
    squares.place(w)
    while state.sweeps < max_iter and not state.converged:
        before = w.copy()
        everything = np.arange(len(w)) if chance is None else chance.permutation(len(w))
        state.sweeps += squares.sweep(w, l1, l2, penalty.positive, everything, 1, 0.0)
        used = everything[w[everything] != 0.0]
        left = min(INNER_SWEEPS, max_iter - state.sweeps)
        if len(used) and left:
            state.sweeps += squares.sweep(w, l1, l2, penalty.positive, used, left, STILL * aim / len(used))
        state.gap, state.value = duality_gap(squares, w, penalty)
        at_rest = bool(np.abs(w - before).max() <= AT_REST * np.abs(w).max())
        state.converged = state.gap <= aim or (at_rest and state.gap <= rounding)
        if report(state):
            return
