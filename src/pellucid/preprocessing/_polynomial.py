"""Products of columns as further columns.

Here: `PolynomialFeatures`.
Elsewhere: functions of single columns are in _functions.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package; SciPy for sparse rows only.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement
from math import comb
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Traits, Whole
from pellucid.errors import DataError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._sparse import Array, SparseTransformer, is_sparse

COLUMNS_MAX = 2**31 - 1  # SciPy's and BLAS's column numbers are of 32 bits


@final
@register("preprocessing.PolynomialFeatures")
class PolynomialFeatures(SparseTransformer):
    """All products of columns up to a degree.

        (a, b) -> (1, a, b, a^2, a b, b^2)  for degree 2

    X (N, D), dense or sparse -> (N, M), M = C(D + degree, degree), float32 if X is; a product is made of one of the
    degree below, so O(N M).  M grows like D^degree: 100 columns give 5,151 at degree 2 and 176,851 at degree 3.
    A linear model on them fits curves and interactions; powers of columns far from 0 are nearly parallel, so scale
    first.

    - `degree`: the highest, or (lowest, highest).
    - `interaction_only`: no column twice in a product.
    - `include_bias`: a column of ones first, the product of none.
    - `order`: "C" or "F", how a dense output lies in memory.

    Raises ParameterError for degrees that leave no column, DataError for more columns than can be numbered, NaN,
    infinity, text and other columns than fit saw.   Names and numbers are scikit-learn's.

    >>> poly = PolynomialFeatures().fit([[2.0, 3.0]])
    >>> poly.transform([[2.0, 3.0]]), poly.get_feature_names_out().tolist()
    (array([[1., 2., 3., 4., 6., 9.]]), ['1', 'x0', 'x1', 'x0^2', 'x0 x1', 'x1^2'])
    """

    limits = {
        "degree": OneOf(Whole(low=0), Kind(tuple, words="a tuple (lowest, highest)")),
        "interaction_only": Flag(),
        "include_bias": Flag(),
        "order": Choice("C", "F"),
    }

    n_output_features_: int

    def __init__(
        self,
        degree: int | tuple[int, int] = 2,
        *,
        interaction_only: bool = False,
        include_bias: bool = True,
        order: Literal["C", "F"] = "C",
    ) -> None:
        self.degree = degree
        self.interaction_only = interaction_only
        self.include_bias = include_bias
        self.order = order

    def fit(self, X: Any, y: Any = None) -> Self:
        """Note the columns of X (N, D); which products there are follows from D alone."""
        self._begin_fit()
        self._degrees()
        width = self._fit_rows(X).shape[1]
        count = sum(self._products_of(width, degree) for degree in self._kept())
        if count > COLUMNS_MAX:
            raise DataError(
                f"PolynomialFeatures: {width} columns at degree={self.degree!r} make {count:,} columns; at most "
                f"{COLUMNS_MAX:,} can be numbered. Lower degree, or choose among the columns first."
            )
        if count == 0:
            raise ParameterError(
                f"PolynomialFeatures: degree={self.degree!r} with interaction_only=True leaves no product of {width} "
                "columns; lower it to at most their number."
            )
        self.n_output_features_ = count
        return self

    def transform(self, X: Any) -> Any:
        """The products.   X (N, D) -> (N, M)"""
        width = self.n_output_features_
        rows = self._rows(X, layout="csc")
        if is_sparse(rows):
            from scipy.sparse import hstack

            return hstack(list(self._blocks(rows)), format="csc" if X.format == "csc" else "csr")
        out = np.empty((len(rows), width), rows.dtype, order=self.order)
        start = 0
        for block in self._blocks(rows, out):
            end = start + block.shape[1]
            if not np.may_share_memory(block, out):
                out[:, start:end] = block
            start = end
        return out

    def _blocks(self, rows: Any, out: Array | None = None) -> Iterator[Any]:
        """The products of each kept degree in turn; from degree 2 on they lie in `out` if given.   (N, D) -> (N, M_k)

        A product of degree k that begins with column d is column d times a product of degree k - 1 that begins with d
        or later (later only, without powers): these are the last of its block, and begin at `first[d]`.
        """
        kept, width, start = self._kept(), rows.shape[1], 0
        if 0 in kept:
            start = 1
            yield _ones_like(rows)
        block, first = rows, np.arange(width)
        for degree in range(1, max(kept) + 1):
            if degree > 1:
                after = np.append(first, block.shape[1])[1:] if self.interaction_only else first
                ends = np.cumsum(block.shape[1] - after)
                room = None if out is None or degree not in kept else out[:, start : start + ends[-1]]
                block = _products(rows, block, after, ends, room)
                first = np.append(0, ends[:-1])
            if degree in kept:
                start += block.shape[1]
                yield block

    @property
    def powers_(self) -> Array:
        """(M, D), the exponent of each column in each product."""
        _ = self.n_output_features_
        powers = np.zeros((self.n_output_features_, self.n_features_in_), np.int64)
        for m, product in enumerate(self._products()):
            np.add.at(powers[m], list(product), 1)
        return powers

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (M,) of the products: `1`, `x0`, `x0^2`, `x0 x1`."""
        _ = self.n_output_features_
        names = self._names_in(input_features)
        words = []
        for product in self._products():
            power = {d: product.count(d) for d in product}
            words.append(" ".join(names[d] if k == 1 else f"{names[d]}^{k}" for d, k in power.items()) or "1")
        return np.array(words, dtype=object)

    def _products(self) -> Iterator[tuple[int, ...]]:
        """The columns in each product, in the order of the output."""
        choose = combinations if self.interaction_only else combinations_with_replacement
        return (product for degree in self._kept() for product in choose(range(self.n_features_in_), degree))

    def _products_of(self, width: int, degree: int) -> int:
        return comb(width, degree) if self.interaction_only else comb(width + degree - 1, degree)

    def _kept(self) -> list[int]:
        """The degrees whose products come out; that of none is the bias."""
        low, high = self._degrees()
        return [0] * self.include_bias + list(range(max(low, 1), high + 1))

    def _degrees(self) -> tuple[int, int]:
        given, whole = self.degree, Whole(low=0)
        if isinstance(given, int | np.integer):
            low, high = 0, int(given)
        elif len(given) == 2 and all(whole.admits(k) for k in given) and given[0] <= given[1]:
            low, high = given
        else:
            raise ParameterError(
                f"PolynomialFeatures: degree is {given!r}; it must be a whole number >= 0, or (lowest, highest) of "
                "those. The default is degree=2."
            )
        if high == 0 and not self.include_bias:
            raise ParameterError(
                "PolynomialFeatures: Setting degree to zero and include_bias to False would result in an empty output "
                "array; change one of them."
            )
        return low, high

    def _traits(self) -> Traits:
        return Traits(sparse=True)


def _ones_like(rows: Any) -> Any:
    ones = np.ones((rows.shape[0], 1), rows.dtype)
    return type(rows)(ones) if is_sparse(rows) else ones


def _products(rows: Any, block: Any, after: Array, ends: Array, out: Array | None) -> Any:
    """Each column of rows times the columns of block from its place in `after` on.   (N, D), (N, M) -> (N, ends[-1])"""
    if is_sparse(rows):
        from scipy.sparse import hstack

        return hstack([block[:, a:].multiply(rows[:, [d]]) for d, a in enumerate(after)], format="csc")
    room = np.empty((len(rows), ends[-1]), rows.dtype) if out is None else out
    for d, (a, start, end) in enumerate(zip(after, [0, *ends[:-1]], ends, strict=True)):
        np.multiply(block[:, a:], rows[:, d, None], out=room[:, start:end])
    return room
