"""Different columns, different transformers.

Here: `ColumnTransformer`, and `make_column_transformer`, which names its parts.
Elsewhere: what a choice of columns means is in _columns.py, how outputs are joined in _blocks.py; the same columns to
several transformers are a FeatureUnion, in pellucid.pipeline; one call for a whole table is
pellucid.preprocessing.TableVectorizer.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Real, Traits, Transformer, check_columns
from pellucid.base._estimator import parameters
from pellucid.compose._blocks import (
    NameRule,
    as_block,
    beside,
    density,
    frames_beside,
    names_of,
    prefixed,
    spans,
    weighed,
)
from pellucid.compose._columns import Columns, closest, is_one, places_of
from pellucid.compose._members import (
    DROP,
    N_JOBS,
    Named,
    check_rows,
    check_storable,
    check_transformer,
    fit_transform,
    fresh,
    in_turn,
    is_word,
    named,
    params_by_member,
    shared_traits,
    told,
    transform,
)
from pellucid.compose._selector import make_column_selector
from pellucid.errors import ColumnError, ModelFileError
from pellucid.persistence import register
from pellucid.preprocessing._cells import Array
from pellucid.preprocessing._ones import Ones

REMAINDER = "remainder"

_FUNCTION = Kind(Callable, words="a function of two names")  # type: ignore[arg-type]  # it answers isinstance
_Row = tuple[str, Any, Any]


@final
@register("compose.ColumnTransformer")
class ColumnTransformer(Transformer):
    """Each transformer gets its columns, and what they give stands side by side, in the order of the list.

    X (N, D) -> (N, D'). Transformers are fitted as copies, those in the list stay as they are.

    - `transformers`: rows (name, transformer, columns). A transformer has fit and transform, or is "drop" or
      "passthrough". Columns are a list of names or numbers, a slice, a mask, a function of X that gives one of these
      (`make_column_selector`), or a bare name or number: that column then comes as (N,), not as a table.
    - `remainder`: what happens to columns that no row names.
    - `sparse_threshold`: where a transformer gives a sparse matrix, so does this, if less than that share of all cells
      is stored; otherwise a NumPy array.
    - `n_jobs`: transformers at a time; the result does not depend on it.
    - `transformer_weights`: factors of the outputs, by name.
    - `verbose_feature_names_out`: names out are "transformer__column" (True), the columns' own (False), or made by a
      text such as "{feature_name}_{transformer_name}" or by a function of both names.

    Parameters of a transformer are set as `name__parameter`, arguments of its fit are given likewise. After fit on a
    frame, another frame is looked at only in the columns that are used, by name: their order and others beside them do
    not matter; where columns were chosen by name, X without names is refused. Costs what the transformers do, and a
    copy of what they give.
    Raises ColumnError for a column that is not there or cannot be found by its name, DataError for an output that is no
    table of N rows, ParameterError for names and transformers that will not do.
    Source: the contract is that of scikit-learn 1.9, sklearn.compose.ColumnTransformer.

    >>> import polars as pl
    >>> from pellucid.preprocessing import OneHotEncoder, StandardScaler
    >>> frame = pl.DataFrame({"age": [20, 40], "job": ["cook", "nurse"], "id": [7, 8]})
    >>> columns = ColumnTransformer([("num", StandardScaler(), ["age"]), ("cat", OneHotEncoder(), ["job"])])
    >>> columns.fit_transform(frame)
    array([[-1.,  1.,  0.],
           [ 1.,  0.,  1.]])
    >>> columns.get_feature_names_out().tolist()
    ['num__age', 'cat__job_cook', 'cat__job_nurse']
    """

    parts: ClassVar[str | None] = "transformers"
    limits = {
        "transformers": Kind(list, tuple, words="a list of tuples (name, transformer, columns)"),
        "remainder": Kind(object, words="'drop', 'passthrough' or a transformer"),
        "sparse_threshold": Real(0.0, 1.0),
        "n_jobs": N_JOBS,
        "transformer_weights": OneOf(Kind(Mapping, words="a mapping of name to factor"), Choice(None)),
        "verbose": Flag(says="a line for each transformer"),
        "verbose_feature_names_out": OneOf(Flag(), Kind(str, words="a text to fill in"), _FUNCTION),
    }

    transformers_: list[_Row]
    """(name, fitted transformer or word, columns); the last is "remainder" where columns are left over."""
    output_indices_: dict[str, slice]
    """Where the columns of each transformer stand in the output."""
    sparse_output_: bool
    """Whether the output is a sparse matrix."""

    def __init__(
        self,
        transformers: Any,
        *,
        remainder: Any = DROP,
        sparse_threshold: float = 0.3,
        n_jobs: int | None = None,
        transformer_weights: Mapping[str, float] | None = None,
        verbose: bool = False,
        verbose_feature_names_out: NameRule = True,
    ) -> None:
        self.transformers = transformers
        self.remainder = remainder
        self.sparse_threshold = sparse_threshold
        self.n_jobs = n_jobs
        self.transformer_weights = transformer_weights
        self.verbose = verbose
        self.verbose_feature_names_out = verbose_feature_names_out

    def __getitem__(self, name: str) -> Any:
        """A fitted transformer by name."""
        held = self.named_transformers_
        if not isinstance(name, str) or name not in held:
            raise ColumnError(
                f"ColumnTransformer: there is no transformer {name!r}; it has {', '.join(held)}, by name."
            )
        return held[name]

    # -- fit

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit every transformer to its columns; `params` are arguments of their fits, `name__argument`."""
        self.fit_transform(X, y, **params)
        return self

    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """fit(X, y), then transform(X), in one go.   X (N, D) -> (N, D')"""
        self._begin_fit()
        self._check_rows()
        columns = Columns(X, where="ColumnTransformer")
        rows = self._chosen(X, columns)
        used = self._used(rows, columns.names, columns.n_columns)
        given = params_by_member(params, [name for name, *_ in rows], where="ColumnTransformer.fit")
        work = [
            partial(_fit_one, fresh(member), columns, places, one, y, given[name], self._message(name, i, len(used)))
            for i, (name, member, places, one) in enumerate(used, start=1)
        ]
        done = in_turn(work, self.n_jobs)
        fitted = {name: member for (name, *_), (member, _) in zip(used, done, strict=True)}
        outputs = self._weighed({name: output for (name, *_), (_, output) in zip(used, done, strict=True)})
        blocks = _blocks(outputs)
        self.sparse_output_ = density(list(blocks.values())) < self.sparse_threshold
        self.n_features_in_ = columns.n_columns
        if columns.names is not None:
            self.feature_names_in_ = np.array(columns.names, dtype=object)
        self.output_indices_ = {name: slice(0, 0) for name in (*(row[0] for row in rows), REMAINDER)} | spans(blocks)
        self.transformers_ = [(name, fitted.get(name, member), chosen) for name, member, chosen in rows]
        return self._beside(outputs, blocks, X, columns.n_rows)

    def _check_rows(self) -> None:
        own = [*parameters(type(self)), REMAINDER]
        check_rows(self.transformers, 3, where="ColumnTransformer", parameter="transformers", own=own)
        for name, member in (*(row[:2] for row in self.transformers), (REMAINDER, self.remainder)):
            if not is_word(member):
                check_transformer(name, member, where="ColumnTransformer")

    def _chosen(self, X: Any, columns: Columns) -> list[_Row]:
        """The rows with their columns chosen, functions called, and a row for the remainder if any columns are left."""
        rows, taken, kinds = [], set(), set()
        for name, member, given in self.transformers:
            chosen = given(X) if callable(given) else given
            places = places_of(chosen, columns.names, columns.n_columns, where=f"ColumnTransformer, {name!r}")
            taken.update(places)
            kinds.add("function" if callable(given) else _kind(chosen))
            rows.append((name, member, chosen))
        left = [place for place in range(columns.n_columns) if place not in taken]
        if left:
            by_name = kinds == {"names"} and columns.names is not None
            rows.append((REMAINDER, self.remainder, [columns.names[p] for p in left] if by_name else left))  # type: ignore[index]  # by_name says so
        return rows

    # -- transform

    def transform(self, X: Any) -> Any:
        """The columns, transformed.   X (N, D) -> (N, D')"""
        used = self._used(self.transformers_, self._seen_names(), self.n_features_in_)
        columns = Columns(X, where="ColumnTransformer")
        found = self._found(columns, used)
        work = [partial(_transform_one, member, columns, found[name], one) for name, member, _, one in used]
        outputs = in_turn(work, self.n_jobs)
        by_name = self._weighed({name: output for (name, *_), output in zip(used, outputs, strict=True)})
        return self._beside(by_name, _blocks(by_name), X, columns.n_rows)

    def _used(self, rows: list[_Row], names: list[str] | None, width: int) -> list[tuple[str, Any, list[int], bool]]:
        """Of each row that gives columns: name, transformer, numbers of the columns fit saw, whether it is a bare one.

        Dropped columns, and rows that chose none, are not among them.
        """
        kept = [(name, member, chosen) for name, member, chosen in rows if not (is_word(member) and member == DROP)]
        placed = [
            (name, member, places_of(chosen, names, width, where=f"ColumnTransformer, {name!r}"), is_one(chosen))
            for name, member, chosen in kept
        ]
        return [row for row in placed if row[2]]

    def _found(self, columns: Columns, used: list[tuple[str, Any, list[int], bool]]) -> dict[str, list[int]]:
        """Where the columns of each transformer stand in X: by name where fit and X have names, else as in fit."""
        seen = self._seen_names()
        if seen is None or columns.names is None:
            width = np.empty((0, columns.n_columns))
            check_columns(width, None, self.n_features_in_, None, where="ColumnTransformer")
            self._refuse_nameless({name for name, *_ in used})
            return {name: places for name, _, places, _ in used}
        where_is = {name: place for place, name in enumerate(columns.names)}
        lacking = {seen[place]: name for name, _, places, _ in used for place in places if seen[place] not in where_is}
        if lacking:
            first, user = next(iter(lacking.items()))
            raise ColumnError(
                f"ColumnTransformer: columns are missing: {', '.join(map(repr, lacking))}. {user!r} was fitted on "
                f"{first!r}.{closest(first, columns.names)} Add the column, or rename the one that holds it."
            )
        return {name: [where_is[seen[place]] for place in places] for name, _, places, _ in used}

    def _refuse_nameless(self, used: set[str]) -> None:
        """Raise ColumnError where columns of those used were chosen by name, of an X that has no names."""
        for name, _, chosen in self.transformers_:
            if name in used and _kind(chosen) == "names":
                raise ColumnError(
                    f"ColumnTransformer: the columns of {name!r} were chosen by name, and this X has no names: nothing "
                    "says that its columns stand in the order they had in fit. Specifying the columns using strings is "
                    "only supported for dataframes; give a frame, or choose columns by number before fit."
                )

    def _seen_names(self) -> list[str] | None:
        names: Array | None = vars(self).get("feature_names_in_")
        return None if names is None else names.tolist()

    def _weighed(self, outputs: dict[str, Any]) -> dict[str, Any]:
        factors = self.transformer_weights or {}
        return {name: weighed(output, factors[name]) if name in factors else output for name, output in outputs.items()}

    def _beside(self, outputs: dict[str, Any], blocks: dict[str, Any], X: Any, n_rows: int) -> Any:
        tables, where, kind = list(blocks.values()), "ColumnTransformer", vars(self).get("_output", "default")
        if kind == "default" or self.sparse_output_:
            return beside(tables, n_rows, sparse=self.sparse_output_, where=where)
        return frames_beside(list(outputs.values()), tables, self._names_out(None, outputs), kind, X, where=where)

    def _message(self, name: str, number: int, total: int) -> str | None:
        return f"[ColumnTransformer] ({number} of {total}) Processing {name}" if self.verbose else None

    # -- what there is to see

    @property
    def named_transformers_(self) -> Named:
        """The fitted transformers by name."""
        return Named(**{name: member for name, member, _ in self.transformers_})

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',) of the columns that `transform` gives."""
        return self._names_out(input_features, {})

    def _names_out(self, input_features: Any, outputs: Mapping[str, Any]) -> Array:
        """The same; of a transformer that knows no names, those of what it gave, where that is known."""
        rows = self.transformers_
        names = self._names_in(input_features)
        out = {}
        for name, member, places, _ in self._used(rows, self._seen_names(), self.n_features_in_):
            own = names[places]
            if not is_word(member) and not hasattr(member, "get_feature_names_out"):
                if name not in outputs:
                    raise AttributeError(
                        f"Transformer {name} (type {type(member).__name__}) does not provide get_feature_names_out."
                    )
                out[name] = names_of(outputs[name], own)
            else:
                out[name] = own if is_word(member) else member.get_feature_names_out(own)
        return prefixed(out, self.verbose_feature_names_out, where="ColumnTransformer")

    def _traits(self) -> Traits:
        rows = self.transformers if isinstance(self.transformers, list | tuple) else []
        members = [row[1] for row in rows if isinstance(row, list | tuple) and len(row) == 3]
        kept = [member for member in (*members, self.remainder) if not (is_word(member) and member == DROP)]
        return shared_traits(kept)

    # -- files

    def _check_storable(self) -> None:
        rows = [*self.transformers, *vars(self).get("transformers_", []), (REMAINDER, self.remainder, None)]
        check_storable([row[:2] for row in rows], where="ColumnTransformer")
        for name, _, chosen in rows:
            if callable(chosen) and not isinstance(chosen, make_column_selector):
                raise ModelFileError(
                    f"ColumnTransformer: the columns of {name!r} are chosen by the function {chosen!r}, and a file "
                    "holds no code. Choose by name, or with make_column_selector."
                )
        if callable(self.verbose_feature_names_out):
            raise ModelFileError("ColumnTransformer: verbose_feature_names_out is a function; give a text to fill in.")

    def _check_learned(self) -> None:
        self._check_rows()
        check_rows(self.transformers_, 3, where="ColumnTransformer", parameter="transformers_", own=[])
        names = self._seen_names()
        if names is not None and len(names) != self.n_features_in_:
            raise ModelFileError("ColumnTransformer: the record has not one name for each column; it is damaged.")
        for name, member, _, _ in self._used(self.transformers_, names, self.n_features_in_):
            if not is_word(member):
                check_transformer(name, member, where="ColumnTransformer")


def _fit_one(
    member: Any, columns: Columns, places: list[int], one: bool, y: Any, params: Mapping[str, Any], message: str | None
) -> tuple[Any, Any]:
    """The fitted transformer and what it gives."""
    part = columns.take(places, one=one and not is_word(member))
    if is_word(member):
        return member, told(lambda: part, message)
    with columns.counted(places):
        return member, told(lambda: fit_transform(member, part, y, params, Ones), message)


def _transform_one(member: Any, columns: Columns, places: list[int], one: bool) -> Any:
    if is_word(member):
        return columns.take(places)
    with columns.counted(places):
        return transform(member, columns.take(places, one=one), Ones)


def _blocks(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_block(output, name, where="ColumnTransformer") for name, output in outputs.items()}


def _kind(chosen: Any) -> str:
    """Whether columns were chosen by "names" or by "numbers"."""
    if isinstance(chosen, slice):
        return "names" if isinstance(chosen.start, str) or isinstance(chosen.stop, str) else "numbers"
    first = chosen if is_one(chosen) else next(iter(chosen), 0)
    return "names" if isinstance(first, str) else "numbers"


def make_column_transformer(
    *transformers: tuple[Any, Any],
    remainder: Any = DROP,
    sparse_threshold: float = 0.3,
    n_jobs: int | None = None,
    verbose: bool = False,
    verbose_feature_names_out: NameRule = True,
) -> ColumnTransformer:
    """A ColumnTransformer of pairs (transformer, columns), named after the classes of the transformers.

    >>> from pellucid.preprocessing import MinMaxScaler, StandardScaler
    >>> made = make_column_transformer((StandardScaler(), [0]), (MinMaxScaler(), [1]), ("passthrough", [2]))
    >>> [name for name, _, _ in made.transformers]
    ['standardscaler', 'minmaxscaler', 'passthrough']
    """
    names = named([transformer for transformer, _ in transformers])
    rows = [(name, member, columns) for (name, member), (_, columns) in zip(names, transformers, strict=True)]
    return ColumnTransformer(
        rows,
        remainder=remainder,
        sparse_threshold=sparse_threshold,
        n_jobs=n_jobs,
        verbose=verbose,
        verbose_feature_names_out=verbose_feature_names_out,
    )
