"""One column of 0 and 1 for each category.

Here: `OneHotEncoder`.
Elsewhere: categories are found and coded in _categories.py, the matrix is written in _ones.py; whole data sets are
encoded by _vectorizer.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

import warnings
from collections.abc import Callable
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, check_table
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.persistence import register
from pellucid.preprocessing._categories import CategoryEncoder, codes_of
from pellucid.preprocessing._cells import Array, Cells
from pellucid.preprocessing._ones import Ones

_NAMING = Kind(Callable, words="a function (column, category) -> text")  # type: ignore[arg-type]  # an ABC is a type


@final
@register("preprocessing.OneHotEncoder")
class OneHotEncoder(CategoryEncoder):
    """Each column as K columns, of which the one of the cell's category is 1 and the others are 0.

    X (N, D) of text, numbers or truths -> (N, K_1 + ... + K_D). A missing cell is a category of its own.

    - `categories`: "auto", or a list with those of each column.
    - `drop`: a category of each column that gets no output: "first", "if_binary" (the first of two), a list, or None.
    - `handle_unknown`, for cells fit has not seen: "error"; "ignore", all zeros; "infrequent_if_exist", the pool of the
      rare, or zeros where there is none; "warn", the same with a DataWarning.
    - `min_frequency`, `max_categories`: rarer categories share one output, the pool, which comes last.
    - `feature_name_combiner`: "concat" names outputs `column_category`; or a function (column, category) -> text.
    - `sparse_output`: a SciPy CSR array instead of a NumPy one. (scikit-learn's default is True; our estimators take
      dense arrays.)

    Raises DataError naming column, categories and rows for unknown cells, and for other columns than fit saw.

    >>> encoder = OneHotEncoder(handle_unknown="ignore").fit([["red", 1], ["blue", 2], ["red", 2]])
    >>> encoder.get_feature_names_out().tolist()
    ['x0_blue', 'x0_red', 'x1_1', 'x1_2']
    >>> encoder.transform([["red", 1], ["green", 2]])
    array([[0., 1., 1., 0.],
           [0., 0., 0., 1.]])
    """

    limits = {
        **CategoryEncoder.limits,
        "drop": OneOf(Choice("first", "if_binary", None), Kind(list, tuple, np.ndarray, words="one category a column")),
        "sparse_output": Flag(),
        "handle_unknown": Choice("error", "ignore", "infrequent_if_exist", "warn"),
        "feature_name_combiner": OneOf(Choice("concat"), _NAMING),
    }

    drop_idx_: list[int | None] | None
    """The number in `categories_` of each column's dropped category; None where nothing is dropped."""

    def __init__(
        self,
        *,
        categories: Any = "auto",
        drop: Any = None,
        sparse_output: bool = False,
        dtype: Any = np.float64,
        handle_unknown: Literal["error", "ignore", "infrequent_if_exist", "warn"] = "error",
        min_frequency: float | None = None,
        max_categories: int | None = None,
        feature_name_combiner: Literal["concat"] | Callable[[Any, Any], str] = "concat",
    ) -> None:
        self.categories = categories
        self.drop = drop
        self.sparse_output = sparse_output
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.feature_name_combiner = feature_name_combiner

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the categories of each column of X (N, D)."""
        self._learn(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """fit(X), then transform(X), with one look at each cell.   X (N, D) -> (N, K_1 + ... + K_D)"""
        return self._written(self._lit(*self._learn(X), "fit"))

    def _learn(self, X: Any) -> tuple[Cells, list[Array]]:
        """Learn the categories; the cells and, of each column, their codes."""
        found = self._fit_categories(X, strict=self.handle_unknown == "error", pool_missing=True)
        self.drop_idx_ = None if self.drop is None else [self._dropped(d) for d in range(self.n_features_in_)]
        return found

    def _dropped(self, d: int) -> int | None:
        """The number of the category of column d that gets no output."""
        group, outputs = self._groups(d)
        if isinstance(self.drop, str):
            return int(np.argmax(group == 0)) if self.drop == "first" or len(outputs) == 2 else None
        if len(self.drop) != self.n_features_in_:
            raise DataError(
                f"OneHotEncoder: `drop` should have length equal to the number of features ({self.n_features_in_}), "
                f"got {len(self.drop)}."
            )
        wanted = np.empty(1, dtype=object)
        wanted[0] = self.drop[d]
        code = int(codes_of(wanted, self.categories_[d])[0])
        if code < 0:
            raise DataError(
                f"OneHotEncoder: drop names {self.drop[d]!r} for column {self._name(d)}; The following categories were "
                "supposed to be dropped, but were not found in the training data. Name one that is there."
            )
        if self._rare(d)[code]:
            raise DataError(
                f"OneHotEncoder: Unable to drop category {self.drop[d]!r} from column {self._name(d)} because it is "
                "infrequent; name a frequent one."
            )
        return code

    def _layout(self, d: int) -> tuple[Array, list[Any]]:
        """The output column of each category of column d, -1 for none, and the categories (or pool) of the outputs."""
        group, outputs = self._groups(d)
        drop = None if self.drop_idx_ is None else self.drop_idx_[d]
        if drop is None:
            return group, outputs
        gone = group[drop]
        kept = outputs[:gone] + outputs[gone + 1 :]
        return np.where(group == gone, -1, np.where(group > gone, group - 1, group)), kept

    def transform(self, X: Any) -> Any:
        """The rows as zeros and ones.   X (N, D) -> (N, K_1 + ... + K_D)"""
        return self._written(self._lit(*self._codes(X), "transform"))

    @property
    def _passes(self) -> type | None:
        """What `_pass_on` and `_fit_pass_on` give to who writes it into a larger table."""
        return None if self.sparse_output else Ones

    def _pass_on(self, X: Any) -> Ones:
        return self._lit(*self._codes(X), "transform")

    def _fit_pass_on(self, X: Any, y: Any = None) -> Ones:
        return self._lit(*self._learn(X), "fit")

    def _written(self, ones: Ones) -> Any:
        return ones.csr() if self.sparse_output else ones.toarray()

    def _lit(self, cells: Cells, coded: list[Array], moment: str) -> Ones:
        """Zeros, and a one in the output column of each cell's category."""
        lit = np.empty(cells.shape, np.intp)  # (N, D), -1 for no column
        width, unseen = 0, []
        for d, codes in enumerate(coded):
            if self.handle_unknown == "error":
                self._refuse_unknown(cells, codes, d, moment)
            elif (codes < 0).any():
                unseen.append(d)
            place, outputs = self._layout(d)
            place = np.append(place, self._unknown_place(d))  # code -1 picks the appended entry
            lit[:, d] = np.where(place < 0, -1, place + width)[codes]
            width += len(outputs)
        self._warn_unknown(unseen)
        return Ones(lit, width, self.dtype)

    def _unknown_place(self, d: int) -> int:
        """Output column of a category that fit has not seen: that of the pool, or -1 for none."""
        if self.handle_unknown == "ignore" or not self._rare(d).any():
            return -1
        place, _ = self._layout(d)
        return int(place[self._rare(d).argmax()])

    def _warn_unknown(self, unseen: list[int]) -> None:
        if unseen and (self.handle_unknown == "warn" or self.drop is not None):
            into = "all zeros" if self.handle_unknown == "ignore" else "the infrequent category, or all zeros"
            columns = [self._name(d) for d in unseen]
            warnings.warn(
                f"OneHotEncoder: Found unknown categories in columns {columns} during transform. "
                f"These unknown categories will be encoded as {into}.",
                DataWarning,
                stacklevel=3,
            )

    def inverse_transform(self, X: Any) -> Array:
        """The categories behind zeros and ones; None where all outputs of a column are 0 and none was dropped.

        X (N, K_1 + ... + K_D) -> (N, D). The largest output of a column decides; "infrequent" stands for the pool.
        Raises DataError for all zeros when fit was told that unknown categories are an error.
        """
        layouts = [self._layout(d) for d in range(self.n_features_in_)]
        table = self._outputs(X, sum(len(outputs) for _, outputs in layouts))
        out = np.empty((len(table), len(layouts)), dtype=object)
        start = 0
        for d, (_, outputs) in enumerate(layouts):
            part = table[:, start : start + len(outputs)]
            start += len(outputs)
            names = np.empty(len(outputs), dtype=object)
            names[:] = outputs
            out[:, d] = names[part.argmax(axis=1)] if len(outputs) else None
            dark = part.sum(axis=1) == 0
            out[dark, d] = self._behind_zeros(d, dark)
        return self._as_one_dtype(out)

    def _outputs(self, X: Any, width: int) -> Array:
        table: Array = X.toarray() if hasattr(X, "toarray") else check_table(X, where="OneHotEncoder")[0]
        if table.shape[1] != width:
            raise DataError(
                "OneHotEncoder: Shape of the passed X data is not correct. "
                f"Expected {width} columns, got {table.shape[1]}."
            )
        return table

    def _behind_zeros(self, d: int, dark: Array) -> Any:
        """What a row of zeros stands for in column d: the dropped category, or one that fit has not seen."""
        drop = None if self.drop_idx_ is None else self.drop_idx_[d]
        if drop is not None:
            group, outputs = self._groups(d)
            return outputs[group[drop]]
        if self.handle_unknown == "error" and dark.any():
            raise DataError(
                f"OneHotEncoder: Samples {np.flatnonzero(dark)[:5].tolist()} can not be inverted when drop=None and "
                "handle_unknown='error' because they contain all zeros."
            )
        return None

    def _as_one_dtype(self, out: Array) -> Array:
        """Numbers as numbers where every column has them, all else as objects."""
        if all(categories.dtype.kind != "O" for categories in self.categories_):
            cells = out.ravel().tolist()
            if not any(isinstance(cell, str) or cell is None for cell in cells):
                return out.astype(np.result_type(*(categories.dtype for categories in self.categories_)))
        return out

    def _check_learned(self) -> None:
        super()._check_learned()
        for categories, drop in zip(self.categories_, self.drop_idx_ or [], strict=False):
            if drop is not None and not (isinstance(drop, int) and 0 <= drop < len(categories)):
                raise ModelFileError(f"OneHotEncoder: the record drops a category {drop!r} that is not there.")
        if self.drop_idx_ is not None and len(self.drop_idx_) != self.n_features_in_:
            raise ModelFileError("OneHotEncoder: the record has not one dropped category for each column.")

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the outputs, `column_category` or what `feature_name_combiner` makes of both."""
        name_of = _concat if isinstance(self.feature_name_combiner, str) else self.feature_name_combiner
        columns = self._names_in(input_features)
        names = [name_of(column, c) for d, column in enumerate(columns) for c in self._layout(d)[1]]
        strange = next((name for name in names if not isinstance(name, str)), None)
        if strange is not None:
            raise DataError(f"OneHotEncoder: feature_name_combiner gave {strange!r}; it must give text.")
        return np.array(names, dtype=object)

    def _check_storable(self) -> None:
        if not isinstance(self.feature_name_combiner, str):
            raise ModelFileError(
                "OneHotEncoder: feature_name_combiner is a function, which no model file can hold; set 'concat'."
            )


def _concat(column: Any, category: Any) -> str:
    return f"{column}_{category}"
