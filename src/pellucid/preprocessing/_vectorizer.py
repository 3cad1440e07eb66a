"""Any table, as the matrix of numbers that models take.

Here: `TableVectorizer`, and `Treatment`, a row of its explanation.
Elsewhere: what is done with a column is in _columns.py and decided in _planning.py; tables are read by pellucid.data.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors, pellucid.persistence and this package; Polars through
pellucid.data, when it is used.
"""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, OneOf, Real, Traits, Transformer, Whole, check_columns, is_frame
from pellucid.data import Table, as_table
from pellucid.data._table import unknown_column
from pellucid.errors import ColumnError, DataError, DataWarning, ModelFileError
from pellucid.persistence import register
from pellucid.preprocessing._categories import SHOWN
from pellucid.preprocessing._cells import Array, read_cells
from pellucid.preprocessing._columns import CategoryColumn, ColumnPlan, DroppedColumn
from pellucid.preprocessing._planning import least_rows, plan_boolean, plan_category, plan_date, plan_number


@final
@dataclass(frozen=True)
class Treatment:
    """What became of one column, and why.

    >>> print(Treatment("id", "category", "left out", "it names rows", ()))
    id (category): left out; it names rows
    """

    column: str
    kind: str
    """What it holds: "number", "boolean" or "category"."""
    treatment: str
    why: str
    outputs: tuple[str, ...]
    """Names of the columns it became."""

    def __str__(self) -> str:
        return f"{self.column} ({self.kind}): {self.treatment}; {self.why}"


@final
@register("preprocessing.TableVectorizer")
class TableVectorizer(Transformer):
    """A table of numbers, truths and words as a matrix of finite numbers, each column in the way that suits it.

    X: a pellucid.data.Table, a pandas, Polars or Arrow frame, a dict of columns, or rows -> (N, D') of `dtype`.

    - number: missing cells become the median, with an indicator column where there are enough of them; where the
      skewness is beyond 2, the logarithm of the distance from the median is taken; then mean 0 and variance 1, cut off
      at 20 standard deviations.
    - date: a number, without the logarithm, and its place in the year, the week and the day as sine and cosine, each
      where the rows span it twice and are not all at one place of it.
    - boolean: 0 and 1, missing cells likewise.
    - category: one column of 0 and 1 for each frequent level, one for the rare together, one for missing cells. Rare is
      a level of fewer than `min_frequency` rows (a count, a share, or "auto": 5 % of the rows, within 2 to 10), or
      beyond the `max_levels` most frequent.
    - left out: constant columns, columns without a known cell, columns of words of which none is frequent, such as
      names and identifiers.

    All is learned from the rows given to fit. Afterwards columns are found by name: further ones are ignored, any order
    will do; by place, and then all of them, where fit or X has no names. Unseen words count as rare; where there are no
    rare ones, `handle_unknown` says what becomes of a word that is none of the levels: "ignore", zeros; "warn", zeros
    and a DataWarning; "error".
    Raises ColumnError naming a column that is missing and the closest there are; DataError naming column and rows where
    a column of numbers holds words, where a word is refused, and where no column is left.

    >>> table = {"age": [20.0, None, 40.0, 60.0], "sex": ["f", "m", "f", "m"], "id": ["a", "b", "c", "d"]}
    >>> vectorizer = TableVectorizer().fit(table)
    >>> vectorizer.get_feature_names_out().tolist()
    ['age', 'sex=f', 'sex=m']
    >>> vectorizer.transform({"sex": ["m", "x"], "age": [40.0, None]}).round(3)
    array([[0., 0., 1.],
           [0., 0., 0.]])
    """

    limits = {
        "min_frequency": OneOf(Choice("auto"), Whole(low=1), Real(0.0, 1.0, open_low=True, open_high=True)),
        "max_levels": Whole(low=1, says="outputs for the levels of one column"),
        "dtype": Choice("float64", "float32"),
        "handle_unknown": Choice("ignore", "warn", "error"),
    }

    columns_: list[ColumnPlan]
    """The plan of each column, in the order of the table."""

    def __init__(
        self,
        *,
        min_frequency: float | Literal["auto"] = "auto",
        max_levels: int = 40,
        dtype: Literal["float64", "float32"] = "float64",
        handle_unknown: Literal["ignore", "warn", "error"] = "ignore",
    ) -> None:
        self.min_frequency = min_frequency
        self.max_levels = max_levels
        self.dtype = dtype
        self.handle_unknown = handle_unknown

    def fit(self, X: Any, y: Any = None) -> Self:
        """Decide on each column from the rows X; y is not looked at."""
        self._begin_fit()
        table = self._fitted_table(X)
        least = least_rows(len(table), self.min_frequency)
        dates = {report.name for report in table.report.columns if report.is_date}
        plans = [self._plan(table, name, least, dates) for name in table.columns]
        if all(isinstance(plan, DroppedColumn) for plan in plans):
            reasons = "; ".join(f"{plan.column!r}: {plan.why}" for plan in plans[:5])
            n = len(table)
            raise DataError(
                f"TableVectorizer: no column is of use in {n} sample(s) ({reasons}). Give rows that differ."
            )
        self.columns_ = plans
        return self

    def _plan(self, table: Table, name: str, least: int, dates: Collection[str]) -> ColumnPlan:
        cells, kind = table.frame[name], table.kinds[name]
        if kind == "number":
            plan = plan_date if name in dates else plan_number
            return plan(name, cells.to_numpy(), least)
        if kind == "boolean":
            return plan_boolean(name, cells, least)
        return plan_category(name, cells, least, self.max_levels)

    def fit_transform(self, X: Any, y: Any = None) -> Array:
        """fit(X, y), then transform(X); a frame is taken over once."""
        rows = as_table(X) if _is_named(X) else X
        return self.fit(rows, y).transform(rows)

    def transform(self, X: Any) -> Array:
        """The rows as numbers.   X (N rows) -> (N, D'), all finite"""
        used = [plan for plan in self.columns_ if not isinstance(plan, DroppedColumn)]
        table = self._known_table(X, {plan.column: plan.kind for plan in used})
        out = np.zeros((len(table), sum(len(plan.outputs) for plan in used)), self.dtype)
        start = 0
        for plan in used:
            end = start + len(plan.outputs)
            if self.handle_unknown != "ignore" and isinstance(plan, CategoryColumn):
                self._tell_unknown(plan, table)
            plan.write(table.frame[plan.column], out[:, start:end])
            start = end
        return out

    def _tell_unknown(self, plan: CategoryColumn, table: Table) -> None:
        """Refuse, or warn of, words of a column that light no output."""
        rows = np.flatnonzero(plan.without_output(table.frame[plan.column]))
        if not len(rows):
            return
        words = list(dict.fromkeys(repr(word) for word in table.frame[plan.column][rows].to_list()))
        more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
        message = (
            f"TableVectorizer: column {plan.column!r} holds {', '.join(words[:SHOWN])}{more}, which are none of its "
            f"{len(plan.levels)} levels, in {len(rows)} of {len(table)} rows (first: row {rows[0]})."
        )
        if self.handle_unknown == "error":
            raise DataError(f"{message} Correct them, fit on rows that have them, or set handle_unknown='ignore'.")
        warnings.warn(f"{message} They are zeros in all of them.", DataWarning, stacklevel=3)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',) of the outputs: `age`, `age=(missing)`, `sex=female`, `sex=(rare)`."""
        self._names_in(input_features)
        return np.array([name for plan in self.columns_ for name in plan.outputs], dtype=object)

    def explain(self) -> list[Treatment]:
        """What became of each column of the table and why, a row a column.

        >>> for row in TableVectorizer().fit({"x": [1.0, 2.0, 4.0], "same": ["a", "a", "a"]}).explain():
        ...     print(row)
        x (number): missing -> median 2; standardised; skewness 0.38
        same (category): left out; every known cell is 'a'
        """
        return [
            Treatment(
                plan.column,
                plan.was if isinstance(plan, DroppedColumn) else plan.kind,
                plan.treatment,
                plan.why,
                plan.outputs,
            )
            for plan in self.columns_
        ]

    def _fitted_table(self, X: Any) -> Table:
        """X as a table; notes its width and names. For use in fit."""
        named = _is_named(X)
        table = as_table(X if named else self._columns_of_rows(X))
        self.n_features_in_ = len(table.columns)
        if named:
            self.feature_names_in_ = np.array(table.columns, dtype=object)
        if len(table) == 0:
            raise DataError("TableVectorizer: X has 0 row(s) while a minimum of 1 is required.")
        return table

    def _known_table(self, X: Any, kinds: dict[str, Any]) -> Table:
        """The columns of X named in `kinds`, each of that kind. For use after fit."""
        if _is_named(X) and "feature_names_in_" not in vars(self):
            X = self._by_place(X)
        if isinstance(X, Table):
            table = X.select(list(kinds))
            return table if table.kinds == kinds else as_table(_as_written(table, kinds), kinds=kinds)
        if isinstance(X, Mapping) and _is_named(X):
            return as_table(_selected({str(name): cells for name, cells in X.items()}, kinds), kinds=kinds)
        if _is_named(X):
            import narwhals as nw

            frame = nw.from_native(X, eager_only=True)
            own = _selected({str(name): name for name in frame.columns}, kinds)  # pandas names columns by numbers, too
            return as_table(frame.select(nw.col(*own.values())).to_native(), kinds=kinds)
        columns = self._columns_of_rows(X)
        check_columns(np.empty((0, len(columns))), None, self.n_features_in_, None, where="TableVectorizer")
        return as_table(columns, kinds=kinds)

    def _by_place(self, X: Any) -> Any:
        """X, whose columns have names, under those that fit gave to the columns of rows without any."""
        if not isinstance(X, Table | Mapping):
            import narwhals as nw

            X = nw.from_native(X, eager_only=True)
        there = list(X if isinstance(X, Mapping) else X.columns)
        check_columns(np.empty((0, len(there))), None, self.n_features_in_, None, where="TableVectorizer")
        new = dict(zip(there, self._names_in().tolist(), strict=True))
        if isinstance(X, Mapping):
            return {new[name]: cells for name, cells in X.items()}
        if isinstance(X, Table):
            columns = tuple(replace(column, name=new[column.name]) for column in X.report.columns)
            return Table(X.frame.rename(new), replace(X.report, columns=columns))
        return X.rename(new).to_native()

    def _columns_of_rows(self, X: Any) -> dict[str, Array]:
        """The columns of an array or list of rows, under the names fit saw, or x0, x1, ..."""
        columns = read_cells(X, where="TableVectorizer").columns
        names = vars(self).get("feature_names_in_")
        if names is None or len(names) != len(columns):
            names = [f"x{d}" for d in range(len(columns))]
        return dict(zip(names, columns, strict=True))

    def _traits(self) -> Traits:
        return Traits(missing=True, text=True, keeps_dtypes=())

    def _check_learned(self) -> None:
        if not all(isinstance(plan, ColumnPlan) for plan in self.columns_):
            raise ModelFileError("TableVectorizer: columns_ holds something else than plans of columns.")


def _as_written(table: Table, kinds: Mapping[str, str]) -> Any:
    """The frame of a table, whole numbers where words are wanted as they are written: 3 and not 3.0."""
    import polars as pl

    words = [name for name, kind in kinds.items() if kind == "category" and table.kinds[name] == "number"]
    whole = [name for name in words if (table.frame[name].drop_nulls() % 1 == 0).all()]
    return table.frame.with_columns(pl.col(whole).cast(pl.Int64, strict=False).cast(pl.String))


def _is_named(X: Any) -> bool:
    """Whether X has columns with names; some sparse matrices are mappings, of places to values."""
    return isinstance(X, Table) or (isinstance(X, Mapping) and not hasattr(X, "tocsr")) or is_frame(X)


def _selected(columns: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted columns; raises ColumnError for the first that is not there, naming the closest."""
    for name in wanted:
        if name not in columns:
            raise ColumnError(unknown_column(name, list(columns), "TableVectorizer: X"))
    return {name: columns[name] for name in wanted}
