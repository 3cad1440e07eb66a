"""Categories of a column: which there are, which number each cell has, which are too rare to stand alone.

Here: pure functions on one column; `CategoryEncoder`, what the encoders share.
Elsewhere: the encodings are in _one_hot.py and _ordinal.py; cells are read in _cells.py.
Imports: numpy, pellucid.base, pellucid.errors and this package.

Whatever stands for a missing cell (None, NaN, NA) is one category, NaN, and sorts last.
"""

from typing import Any, final

import numpy as np

from pellucid.base import Choice, Kind, OneOf, Real, Traits, Transformer, Whole, is_missing
from pellucid.errors import DataError, ModelFileError
from pellucid.preprocessing._cells import Array, Cells, Coded, coded, fit_cells, known_cells

SHOWN = 5  # categories named in a message


def categories_of(column: Array, *, where: str = "column") -> tuple[Array, Array]:
    """The distinct cells (K,), sorted, missing last, and the number of rows of each.

    column (N,) -> (K,), (K,). Raises DataError for text mixed with numbers, and for cells that are lists.

    >>> categories_of(np.array(["b", None, "a", "b"], dtype=object))
    (array(['a', 'b', nan], dtype=object), array([1, 2, 1]))
    """
    categories, codes = encoded(column, where=where)
    return categories, np.bincount(codes, minlength=len(categories))


def encoded(column: Array | Coded, *, where: str = "column") -> tuple[Array, Array]:
    """The distinct cells (K,), sorted, missing last, and the number of each cell among them.

    column (N,), or what `coded` gives for it -> (K,), (N,) of int.
    Raises what `categories_of` does.

    >>> encoded(np.array([2.5, 1.0, 2.5]))
    (array([1. , 2.5]), array([1, 0, 1]))
    """
    if not isinstance(column, tuple) and column.dtype.kind != "O":
        return np.unique(column, return_inverse=True)  # NaN once, and last
    codes, cells = column if isinstance(column, tuple) else coded(column)
    known = [code for code, cell in enumerate(cells) if not is_missing(cell)]
    try:
        known.sort(key=cells.__getitem__)
    except TypeError:
        kinds = sorted({type(cells[code]).__name__ for code in known})
        raise DataError(
            f"{where}: Encoders require their input argument must be uniformly strings or numbers. Got {kinds}; "
            "turn the column into one of them."
        ) from None
    categories = np.empty(len(known) + (len(known) < len(cells)), dtype=object)
    categories[-1:] = np.nan
    categories[: len(known)] = [cells[code] for code in known]
    place = np.full(len(cells), len(known))
    place[known] = np.arange(len(known))
    return categories, place[codes]


def has_missing(categories: Array) -> bool:
    """Whether the last category is the missing cell."""
    return bool(is_missing(categories[-1].item() if categories.dtype.kind == "f" else categories[-1]))


def codes_of(column: Array | Coded, categories: Array) -> Array:
    """The number of each cell's category, -1 for one that is not among them.   (N,), (K,) -> (N,) of int

    column: its cells, or what `coded` gives for them.

    >>> codes_of(np.array(["b", "c", "a"], dtype=object), np.array(["a", "b"], dtype=object)).tolist()
    [1, -1, 0]
    """
    missing = len(categories) - 1 if len(categories) and has_missing(categories) else -1
    known = categories[:missing] if missing >= 0 else categories
    if not isinstance(column, tuple) and column.dtype.kind in "biuf" and known.dtype.kind in "biuf" and len(known):
        code = np.minimum(np.searchsorted(known, column), len(known) - 1)
        code = np.where(known[code] == column, code, -1)
        return np.where(np.isnan(column), missing, code) if column.dtype.kind == "f" else code
    place = {category: code for code, category in enumerate(known.tolist())}
    codes, cells = column if isinstance(column, tuple) else coded(column)
    return np.array([missing if is_missing(cell) else place.get(cell, -1) for cell in cells], np.int64)[codes]


def infrequent(rows: Array, n: int, min_frequency: float | None, max_categories: int | None) -> Array:
    """Which categories are too rare to stand alone.   rows (K,) of n -> (K,) bool

    Rare are those of fewer than `min_frequency` rows (a count, or a share of n); then the rarest until at most
    `max_categories` are left, the pool of the rare being one of them (so K categories with max_categories=K pool the
    rarest one, as in scikit-learn). Of equally rare ones the first are pooled.

    >>> infrequent(np.array([8, 1, 3]), 12, 2, None).tolist(), infrequent(np.array([8, 1, 3]), 12, None, 2).tolist()
    ([False, True, False], [False, True, True])
    """
    rare = np.zeros(len(rows), bool)
    if min_frequency is not None:
        whole = isinstance(min_frequency, int | np.integer)
        rare = rows < (min_frequency if whole else min_frequency * n)
    if max_categories is not None and max_categories < len(rows) - rare.sum() + 1:
        by_rows = np.argsort(rows, kind="stable")
        rare[by_rows[: len(rows) - max_categories + 1]] = True
    return rare


class CategoryEncoder(Transformer):
    """An encoder of columns of categories, which fit has learned or was given."""

    _reads = Cells  # may come in place of a table, from the step before
    limits = {
        "categories": OneOf(Choice("auto"), Kind(list, words="a list with the categories of each column")),
        "dtype": Kind(type, np.dtype, str, words="a NumPy dtype"),
        "min_frequency": OneOf(Whole(low=1), Real(0.0, 1.0, open_low=True, open_high=True), Choice(None)),
        "max_categories": OneOf(Whole(low=1), Choice(None)),
    }

    categories: Any
    dtype: Any
    min_frequency: float | None
    max_categories: int | None

    categories_: list[Array]
    """Of each column (K,): sorted, missing last."""
    infrequent_categories_: list[Array | None]
    """Of each column those that are pooled, None for none; only where `min_frequency` or `max_categories` is set."""

    @final
    def _fit_categories(self, X: Any, *, strict: bool, pool_missing: bool) -> tuple[Cells, list[Array]]:
        """Learn or take over categories, and which of them are pooled; `strict` refuses cells that were not given.

        Gives what `_codes` would for X: its cells and, of each column, their codes.
        """
        self._begin_fit()
        where = type(self).__name__
        cells = fit_cells(self, X)
        n = cells.shape[0]
        if isinstance(self.categories, str):
            found = [
                encoded(cells.held(d) or cells.column(d), where=f"{where}, column {self._name(d)}")
                for d in range(self.n_features_in_)
            ]
        else:
            found = self._given_categories(cells, strict)
        self.categories_ = [categories for categories, _ in found]
        if self.min_frequency is not None or self.max_categories is not None:
            rows = [np.bincount(codes[codes >= 0], minlength=len(known)) for known, codes in found]
            self.infrequent_categories_ = [
                self._pool(known, held, n, pool_missing) for (known, _), held in zip(found, rows, strict=True)
            ]
        return cells, [codes for _, codes in found]

    def _pool(self, categories: Array, rows: Array, n: int, pool_missing: bool) -> Array | None:
        if not pool_missing and has_missing(categories):
            categories, rows = categories[:-1], rows[:-1]
        pooled = categories[infrequent(rows, n, self.min_frequency, self.max_categories)]
        return pooled if len(pooled) else None

    def _given_categories(self, cells: Cells, strict: bool) -> list[tuple[Array, Array]]:
        where = type(self).__name__
        if len(self.categories) != self.n_features_in_:
            raise DataError(
                f"{where}: Shape mismatch: if categories is an array, it has to be of shape (n_features,); it has "
                f"{len(self.categories)} entries for {self.n_features_in_} columns."
            )
        found = []
        for d, given in enumerate(self.categories):
            values = np.asarray(given)
            values = np.array(given, dtype=object) if values.dtype.kind in "USO" or cells.has_objects(d) else values
            self._check_given(values, d)
            codes = codes_of(cells.held(d) or cells.column(d), values)
            if strict:
                self._refuse_unknown(cells, codes, d, "fit")
            found.append((values, codes))
        return found

    def _check_given(self, values: Array, d: int) -> None:
        where = f"{type(self).__name__}: the categories of column {self._name(d)}"
        if any(is_missing(value) for value in values[:-1].tolist()):
            raise DataError(f"{where} hold a missing value that is not the last; put it last.")
        if len(set(values.tolist())) < len(values):
            raise DataError(f"{where} contain duplicate elements; list each once.")
        if values.dtype.kind in "biuf" and (np.diff(values[~np.isnan(values)]) <= 0).any():
            raise DataError(f"{where} are unsorted numbers; sort them.")

    @final
    def _codes(self, X: Any) -> tuple[Cells, list[Array]]:
        """The cells and, of each column, their codes, -1 for unknown."""
        categories = self.categories_
        cells = known_cells(self, X)
        return cells, [codes_of(cells.held(d) or cells.column(d), known) for d, known in enumerate(categories)]

    @final
    def _refuse_unknown(self, cells: Cells, codes: Array, d: int, moment: str) -> None:
        """Raise DataError when a cell of column d has no code."""
        unknown = np.flatnonzero(codes < 0)
        if len(unknown):
            words = list(dict.fromkeys(map(repr, cells.column(d)[unknown].tolist())))
            more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
            raise DataError(
                f"{type(self).__name__}: Found unknown categories [{', '.join(words[:SHOWN])}{more}] in column "
                f"{self._name(d)} during {moment}, in {len(unknown)} of {len(codes)} rows (first: row {unknown[0]}). "
                "Set handle_unknown, or list all categories there can be."
            )

    @final
    def _groups(self, d: int) -> tuple[Array, list[Any]]:
        """Where each category of column d goes once the rare ones are pooled, and what stands there, the pool last."""
        categories, rare = self.categories_[d], self._rare(d)
        if not rare.any():
            return np.arange(len(categories)), categories.tolist()
        group = np.where(rare, len(categories) - rare.sum(), np.cumsum(~rare) - 1)
        return group, [*categories[~rare].tolist(), POOL]

    @final
    def _rare(self, d: int) -> Array:
        """Which categories of column d are pooled.   -> (K,) bool"""
        rare = np.zeros(len(self.categories_[d]), bool)
        pools = vars(self).get("infrequent_categories_")
        if pools is not None and pools[d] is not None:
            rare[codes_of(pools[d], self.categories_[d])] = True
        return rare

    @final
    def _name(self, d: int) -> Any:
        """Name of column d, or its number."""
        names = vars(self).get("feature_names_in_")
        return d if names is None else repr(names[d])

    def _traits(self) -> Traits:
        return Traits(missing=True, text=True, keeps_dtypes=())

    def _check_learned(self) -> None:
        pools = vars(self).get("infrequent_categories_", [None] * self.n_features_in_)
        lists = [*self.categories_, *(pool for pool in pools if pool is not None)]
        whole = all(isinstance(values, np.ndarray) and values.ndim == 1 and len(values) for values in lists)
        if not whole or not len(self.categories_) == len(pools) == self.n_features_in_:
            raise ModelFileError(
                f"{type(self).__name__}: the record has not categories for each column; it is damaged."
            )


POOL = "infrequent"
"""What stands for the pooled categories in names of outputs and in inverse transforms."""
