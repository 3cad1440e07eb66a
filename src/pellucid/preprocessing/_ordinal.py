"""One number for each category.

Here: `OrdinalEncoder`.
Elsewhere: categories are found and coded in _categories.py; labels of a target in _labels.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Kind, OneOf, Whole, check_table
from pellucid.errors import DataError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._categories import CategoryEncoder, has_missing
from pellucid.preprocessing._cells import Array


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


@final
@register("preprocessing.OrdinalEncoder")
class OrdinalEncoder(CategoryEncoder):
    """Each category as its number 0..K-1 among the sorted categories of its column.

    X (N, D) of text, numbers or truths -> (N, D). Trees can use these numbers; linear models and networks would take
    their order for a meaning, and want OneHotEncoder.

    - `categories`: "auto", or a list with those of each column, in the order that is meant.
    - `handle_unknown`: "error", or "use_encoded_value", which gives cells fit has not seen the number `unknown_value`.
    - `encoded_missing_value`: the number of a missing cell, NaN by default.
    - `min_frequency`, `max_categories`: rarer categories share one number, the last.

    Raises DataError naming the column, the categories and the rows for unknown cells; ParameterError where
    `unknown_value` or `encoded_missing_value` is the number of a category, or NaN for a whole `dtype`.

    >>> OrdinalEncoder(categories=[["low", "mid", "high"]]).fit_transform([["mid"], ["high"], ["low"]]).ravel()
    array([1., 2., 0.])
    """

    limits = {
        **CategoryEncoder.limits,
        "handle_unknown": Choice("error", "use_encoded_value"),
        "unknown_value": OneOf(Whole(), Choice(None), Kind(float, np.floating, words="NaN")),
        "encoded_missing_value": OneOf(Whole(), Kind(float, np.floating, words="NaN")),
    }

    def __init__(
        self,
        *,
        categories: Any = "auto",
        dtype: Any = np.float64,
        handle_unknown: Literal["error", "use_encoded_value"] = "error",
        unknown_value: float | None = None,
        encoded_missing_value: float = np.nan,
        min_frequency: float | None = None,
        max_categories: int | None = None,
    ) -> None:
        self.categories = categories
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.unknown_value = unknown_value
        self.encoded_missing_value = encoded_missing_value
        self.min_frequency = min_frequency
        self.max_categories = max_categories

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the categories of each column of X (N, D)."""
        self._fit_categories(X, strict=self.handle_unknown == "error", pool_missing=False)
        self._check_special_values()
        return self

    def _check_special_values(self) -> None:
        """Raise ParameterError where the number of unknown or missing cells is taken, or not of the dtype."""
        whole = np.dtype(self.dtype).kind != "f"
        if (self.handle_unknown == "use_encoded_value") != (self.unknown_value is not None):
            raise ParameterError(
                f"OrdinalEncoder: unknown_value should be an integer or np.nan when handle_unknown is "
                f"'use_encoded_value', and None otherwise; got {self.unknown_value!r} with {self.handle_unknown!r}."
            )
        if whole and _is_nan(self.unknown_value):
            raise ParameterError(
                "OrdinalEncoder: When unknown_value is np.nan, the dtype parameter should be a float dtype. "
                f"Got {self.dtype}."
            )
        for d, categories in enumerate(self.categories_):
            missing = has_missing(categories)
            taken = len(self._groups(d)[1]) - missing
            if missing and whole and _is_nan(self.encoded_missing_value):
                raise ParameterError(
                    f"OrdinalEncoder: There are missing values in column {self._name(d)}; for dtype {self.dtype} set "
                    "encoded_missing_value to a non-nan value, or set dtype to a float."
                )
            for name, value in (
                ("unknown_value", self.unknown_value),
                ("encoded_missing_value", self.encoded_missing_value if missing else None),
            ):
                if value is not None and 0 <= value < taken:
                    raise ParameterError(
                        f"OrdinalEncoder: {name}={value} is already used to encode a known category in column "
                        f"{self._name(d)}; use {taken} or more, or a negative number."
                    )

    def _numbers(self, d: int) -> tuple[Array, list[Any]]:
        """The number of each category of column d, that of an unknown cell appended; and what 0, 1, ... stand for."""
        categories = self.categories_[d]
        group, outputs = self._groups(d)
        number = group.astype(np.float64)
        if has_missing(categories):
            at = int(group[-1])  # the missing cell is never pooled; the pool, which stands behind it, moves up
            outputs = outputs[:at] + outputs[at + 1 :]
            number = number - (group > at)
            number[-1] = self.encoded_missing_value
        unknown = np.nan if self.unknown_value is None else self.unknown_value
        return np.append(number, unknown), outputs

    def transform(self, X: Any) -> Array:
        """The numbers of the categories.   X (N, D) -> (N, D)"""
        cells, coded = self._codes(X)
        out = np.empty(cells.shape, self.dtype)
        for d, codes in enumerate(coded):
            if self.handle_unknown == "error":
                self._refuse_unknown(cells, codes, d, "transform")
            out[:, d] = self._numbers(d)[0][codes]  # code -1 picks the entry of the unknown
        return out

    def inverse_transform(self, X: Any) -> Array:
        """The categories behind numbers; None for unknown cells, "infrequent" for the pool.   X (N, D) -> (N, D)

        Raises DataError for numbers that stand for nothing.
        """
        width = self.n_features_in_
        table, _ = check_table(X, where="OrdinalEncoder", missing=True)
        if table.shape[1] != width:
            raise DataError(
                "OrdinalEncoder: Shape of the passed X data is not correct. "
                f"Expected {width} columns, got {table.shape[1]}."
            )
        out = np.empty(table.shape, dtype=object)
        for d in range(width):
            out[:, d] = self._cells_behind(table[:, d], d)
        kinds = {categories.dtype.kind for categories in self.categories_}
        if "O" in kinds or any(isinstance(cell, str) or cell is None for cell in out.ravel().tolist()):
            return out
        return out.astype(np.result_type(*(categories.dtype for categories in self.categories_)))

    def _cells_behind(self, numbers: Array, d: int) -> Array:
        _, outputs = self._numbers(d)
        cells = np.empty(len(outputs) + 2, dtype=object)
        cells[:] = [*outputs, None, np.nan]  # then: unknown, missing
        place = np.full(len(numbers), -3)
        known = np.isin(numbers, np.arange(len(outputs)))
        place[known] = numbers[known]
        if self.unknown_value is not None:
            place[np.isnan(numbers) if _is_nan(self.unknown_value) else numbers == self.unknown_value] = len(outputs)
        if has_missing(self.categories_[d]):
            value = self.encoded_missing_value
            place[np.isnan(numbers) if _is_nan(value) else numbers == value] = len(outputs) + 1
        if (place == -3).any():
            row = int((place == -3).argmax())
            raise DataError(
                f"OrdinalEncoder: {numbers[row]} in row {row} of column {self._name(d)} is the number of no category."
            )
        return cells[place]
