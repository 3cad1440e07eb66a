"""Columns cut into intervals.

Here: `KBinsDiscretizer`; the three ways to choose edges, pure functions.
Elsewhere: percentiles for other ends are in _quantiles.py; categories as columns of 0 and 1 in _one_hot.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package; SciPy for sparse
output only.
"""

import warnings
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Kind, OneOf, Traits, Transformer, Whole, check_weights
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._moments import Array
from pellucid.preprocessing._sparse import is_sparse
from pellucid.random import Seed, generator

METHODS = (  # of NumPy's percentile
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf"),
    *("hazen", "weibull", "linear", "median_unbiased", "normal_unbiased"),
)
NARROW = 1e-8  # a bin of this width or less joins its neighbour; scikit-learn's
ROUNDS_MAX = 300  # of k-means; on a line a handful is enough


@final
@register("preprocessing.KBinsDiscretizer")
class KBinsDiscretizer(Transformer):
    """Each column as the number of the interval its value lies in.

        z = k for e_k <= x < e_(k+1),    e_0 = -inf and e_K = inf for rows beyond those of fit

    X (N, D) -> (N, D) of 0 .. K - 1, or (N, sum K) of 0 and 1; float32 if X is.  Fit O(D N log N), transform
    O(N D log K).  A linear model on the columns of 0 and 1 is a step function of x; what varies within a bin is lost.

    - `n_bins`: K, or one for each column.
    - `strategy`: where the edges are: "quantile", equally many rows in each; "uniform", equally wide; "kmeans", halfway
      between the means of a one-dimensional k-means that begins with the uniform ones.
    - `quantile_method`: of NumPy's percentile; with weights "inverted_cdf" or "averaged_inverted_cdf".
    - `encode`: "ordinal", the numbers; "onehot-dense", 0 and 1; "onehot", the same in a SciPy CSR array.
      (scikit-learn's default is "onehot"; our estimators take dense arrays.)
    - `subsample`: rows drawn, with replacement and by weight, to find the edges of; None for all.

    Where a column has fewer different values than bins, "kmeans" leaves to rounding which of them share one.
    A constant column has one bin, and bins of no width join others: each with a DataWarning.
    Raises ParameterError for numbers of bins that are none, DataError for NaN, infinity, text and other columns than
    fit saw.   Names and numbers are scikit-learn's, but for the rows drawn.

    >>> bins = KBinsDiscretizer(3, encode="ordinal", strategy="uniform").fit([[0.0], [1.0], [9.0]])
    >>> bins.bin_edges_, bins.transform([[2.9], [3.0], [99.0]]).ravel(), bins.inverse_transform([[2.0]])
    ([array([0., 3., 6., 9.])], array([0., 1., 2.]), array([[7.5]]))
    """

    limits = {
        "n_bins": OneOf(Whole(low=2), Kind(list, tuple, np.ndarray, words="one such number a column")),
        "encode": Choice("onehot", "onehot-dense", "ordinal"),
        "strategy": Choice("uniform", "quantile", "kmeans"),
        "quantile_method": Choice(*METHODS),
        "dtype": OneOf(Choice(None), Kind(type, np.dtype, words="np.float32 or np.float64")),
        "subsample": OneOf(Whole(low=1), Choice(None)),
        "random_state": SEED,
    }

    bin_edges_: list[Array]
    """Of each column (K_d + 1,), ascending."""
    n_bins_: Array
    """(D,), K_d."""

    def __init__(
        self,
        n_bins: Any = 5,
        *,
        encode: Literal["onehot", "onehot-dense", "ordinal"] = "onehot-dense",
        strategy: Literal["uniform", "quantile", "kmeans"] = "quantile",
        quantile_method: str = "averaged_inverted_cdf",
        dtype: Any = None,
        subsample: int | None = 200_000,
        random_state: Seed = None,
    ) -> None:
        self.n_bins = n_bins
        self.encode = encode
        self.strategy = strategy
        self.quantile_method = quantile_method
        self.dtype = dtype
        self.subsample = subsample
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the edges of each column of X (N, D), of rows with weights (N,)."""
        self._begin_fit()
        self._check_options(sample_weight is not None)
        table = self._fit_table(X)
        weights = check_weights(sample_weight, len(table), where="KBinsDiscretizer")
        wanted = self._wanted_bins(table.shape[1])
        if self.subsample is not None and len(table) > self.subsample:
            share = None if weights is None else weights / weights.sum()
            table = table[generator(self.random_state).choice(len(table), self.subsample, p=share)]
            weights = None  # they have decided how often each row was drawn
        self.bin_edges_ = [self._edges(table[:, d].astype(np.float64), weights, int(k), d) for d, k in wanted]
        self.n_bins_ = np.array([len(edges) - 1 for edges in self.bin_edges_])
        return self

    def _edges(self, column: Array, weights: Array | None, k: int, d: int) -> Array:
        """Edges of one column (N,).   -> (K + 1,), K <= k"""
        seen = column if weights is None or self.strategy == "quantile" else column[weights > 0]
        low, high = seen.min(), seen.max()
        if low == high:
            self._warn(f"{self._named(d)} is constant and will be replaced with 0; leave it out.")
            return np.array([-np.inf, np.inf])
        uniform = np.linspace(low, high, k + 1)
        if self.strategy == "uniform":
            return uniform
        if self.strategy == "quantile":
            levels = np.linspace(0, 100, k + 1)
            if weights is None:
                edges = np.percentile(column, levels, method=self.quantile_method)  # type: ignore[call-overload]
            else:
                average = self.quantile_method == "averaged_inverted_cdf"
                edges = weighted_percentiles(column, weights, levels, average=average)
        else:
            centres = np.sort(means_on_a_line(column, weights, (uniform[1:] + uniform[:-1]) / 2))
            edges = np.concatenate([[low], (centres[1:] + centres[:-1]) / 2, [high]])
        wide = np.diff(edges, prepend=-np.inf) > NARROW
        if not wide.all():
            self._warn(
                f"Bins whose width are too small (i.e., <= {NARROW:g}) in {self._named(d)} are removed. Consider "
                "decreasing the number of bins."
            )
        return edges[wide]

    def transform(self, X: Any) -> Any:
        """The numbers of the bins, as `encode` says.   X (N, D) -> (N, D) or (N, sum K)"""
        edges = self.bin_edges_
        table = self._table(X)
        dtype = table.dtype if self.dtype is None else np.dtype(self.dtype)
        code = np.stack([np.searchsorted(e[1:-1], table[:, d], side="right") for d, e in enumerate(edges)], axis=1)
        if self.encode == "ordinal":
            return code.astype(dtype)
        lit = code + np.cumsum([0, *self.n_bins_[:-1]])  # (N, D), output columns
        n, width, total = *code.shape, int(self.n_bins_.sum())
        if self.encode == "onehot":
            from scipy.sparse import csr_array

            return csr_array((np.ones(n * width, dtype), lit.ravel(), np.arange(n + 1) * width), shape=(n, total))
        out = np.zeros((n, total), dtype)
        out[np.arange(n)[:, None], lit] = 1
        return out

    def inverse_transform(self, X: Any) -> Array:
        """The middle of each bin, NaN for the one of a constant column.   (N, D) or (N, sum K) -> (N, D)"""
        edges, sizes = self.bin_edges_, self.n_bins_
        table = X.toarray() if is_sparse(X) else np.asarray(X)
        table = table if table.dtype in (np.float32, np.float64) else table.astype(np.float64)
        width = len(sizes) if self.encode == "ordinal" else int(sizes.sum())
        if table.ndim != 2 or table.shape[1] != width:
            raise DataError(
                f"KBinsDiscretizer: Incorrect number of features. Expecting {width}, received shape {table.shape}; "
                "give what transform gives."
            )
        if self.encode == "ordinal":
            code = table.astype(np.int64)
        else:
            parts = np.split(table, np.cumsum(sizes)[:-1], axis=1)
            code = np.stack([part.argmax(axis=1) for part in parts], axis=1)
        if ((code < 0) | (code >= sizes)).any():
            raise DataError("KBinsDiscretizer: X holds numbers that are of no bin; give what transform gives.")
        with np.errstate(invalid="ignore"):  # inf - inf
            middles = [(e[1:] + e[:-1]) / 2 for e in edges]
        return np.stack([m[code[:, d]] for d, m in enumerate(middles)], axis=1).astype(table.dtype)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the outputs: those of the columns, or `column_0.0`, `column_1.0`, ... of their bins."""
        sizes, names = self.n_bins_, self._names_in(input_features)
        if self.encode == "ordinal":
            return names
        parts = zip(names, sizes, strict=True)
        return np.array([f"{name}_{float(k)}" for name, size in parts for k in range(size)], dtype=object)

    def _wanted_bins(self, width: int) -> list[tuple[int, int]]:
        """Columns and the numbers of bins asked for."""
        if isinstance(self.n_bins, int | np.integer):
            return [(d, int(self.n_bins)) for d in range(width)]
        given, whole = np.asarray(self.n_bins), Whole(low=2)
        if given.shape != (width,):
            raise ParameterError(
                f"KBinsDiscretizer: n_bins must be a scalar or array of shape (n_features,); it has shape "
                f"{given.shape} for {width} columns. The default is n_bins=5."
            )
        bad = [d for d, k in enumerate(given.tolist()) if not whole.admits(k)]
        if bad:
            raise ParameterError(
                f"KBinsDiscretizer received an invalid number of bins at indices {', '.join(map(str, bad))}. Number of "
                "bins must be at least 2, and must be an int."
            )
        return list(enumerate(given.tolist()))

    def _check_options(self, weighted: bool) -> None:
        if self.dtype is not None and self.dtype not in (np.float32, np.float64):
            raise ParameterError(
                f"KBinsDiscretizer: dtype is {self.dtype!r}; it must be np.float32, np.float64 or None, that of X."
            )
        if weighted and self.strategy == "quantile" and self.quantile_method not in METHODS[:2]:
            raise ParameterError(
                "KBinsDiscretizer: When fitting with strategy='quantile' and sample weights, quantile_method should "
                "either be set to 'averaged_inverted_cdf' or 'inverted_cdf', got "
                f"quantile_method={self.quantile_method!r} instead."
            )

    def _named(self, d: int) -> str:
        return f"Feature {self._names_in()[d]}"

    def _warn(self, words: str) -> None:
        warnings.warn(f"KBinsDiscretizer: {words}", DataWarning, stacklevel=5)

    def _traits(self) -> Traits:
        return Traits()

    def _check_learned(self) -> None:
        shapes = [np.shape(edges) for edges in self.bin_edges_]
        if np.shape(self.n_bins_) != (self.n_features_in_,) or shapes != [(int(k) + 1,) for k in self.n_bins_]:
            raise ModelFileError("KBinsDiscretizer: the record has not edges for each of its columns; it is damaged.")


def weighted_percentiles(column: Array, weights: Array, levels: Array, *, average: bool) -> Array:
    """The first values at which q % of the weight is reached; with `average`, where it is just so, the mean of that
    value and the next one.   (N,), (N,) >= 0, (Q,) within [0, 100] -> (Q,)

    With whole weights these are NumPy's percentiles of the rows repeated, "inverted_cdf" or "averaged_inverted_cdf".

    >>> weighted_percentiles(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]), np.array([0.0, 50.0]), average=True)
    array([1. , 5.5])
    """
    order = np.argsort(column[weights > 0], kind="stable")
    value, reached = column[weights > 0][order], np.cumsum(weights[weights > 0][order])
    wanted = np.maximum(levels / 100 * reached[-1], np.nextafter(0, 1))
    first = np.minimum(np.searchsorted(reached, wanted), len(value) - 1)
    if not average:
        return value[first]
    just = reached[first] - wanted <= np.finfo(np.float64).eps
    after = np.minimum(first + 1, len(value) - 1)
    return np.where(just, (value[first] + value[after]) / 2, value[first])


def means_on_a_line(column: Array, weights: Array | None, centres: Array) -> Array:
    """Lloyd's k-means of numbers, begun at `centres`.   (N,), (N,) or None, (K,) -> (K,)

        x belongs to the nearest centre, the first among equals;    centre <- mean of what belongs to it

    until nothing changes place, or the centres move by less than 1e-4 of the variance together.  A centre to which
    nothing belongs moves to the number farthest from its own.   O(N K) a round.
    As in scikit-learn, rounding included: smallest and largest number are equally far from their first centres, and
    which of them an empty one moves to is decided by the last bit.  So all is relative to the mean.

    >>> means_on_a_line(np.array([0.0, 1.0, 9.0]), None, np.array([1.5, 7.5]))
    array([0.5, 9. ])
    """
    w = np.ones(len(column)) if weights is None else weights
    middle, still, belongs = column.mean(), 1e-4 * column.var(), np.full(len(column), -1)
    x, centres = column - middle, centres - middle
    for _ in range(ROUNDS_MAX):
        nearest = (np.square(centres) - 2 * x[:, None] * centres).argmin(axis=1)  # (N, K)
        new = _means(x, w, nearest, centres)
        shift, centres = np.square(new - centres).sum(), new
        if (nearest == belongs).all() or shift <= still:
            break
        belongs = nearest
    return centres + middle


def _means(x: Array, w: Array, belongs: Array, centres: Array) -> Array:
    """Weighted means of what belongs to each centre, the empty ones moved.   (N,), (N,), (N,), (K,) -> (K,)"""
    weight, total = np.bincount(belongs, w, len(centres)), np.bincount(belongs, w * x, len(centres))
    empty = np.flatnonzero(weight == 0)[: len(x)]
    far = np.square(x - centres[belongs])
    if len(empty) and far.max() > 0:
        farthest = np.argpartition(far, -len(empty))[: -len(empty) - 1 : -1]
        for k, i in zip(empty, farthest, strict=True):
            total[belongs[i]] -= w[i] * x[i]
            total[k] = w[i] * x[i]
            weight[k] = w[i]
            weight[belongs[i]] -= w[i]
    largest = weight.argmax()
    for k in range(len(centres)):  # in this order: one still empty goes where the largest is by then
        total[k] = total[k] / weight[k] if weight[k] > 0 else total[largest]
    return total
