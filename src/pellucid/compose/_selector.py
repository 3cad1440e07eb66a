"""Columns chosen by their type and their name.

Here: `make_column_selector`.
Elsewhere: choices by name, number, slice and mask are in _columns.py.
Imports: numpy, pellucid.base, pellucid.errors and pellucid.persistence; Narwhals when called.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from pellucid.base import is_frame, read_frame
from pellucid.errors import DataError, ParameterError
from pellucid.persistence import register

if TYPE_CHECKING:
    import narwhals as nw

_NAMES: dict[Any, str] = {
    **{np.number: "number", np.integer: "integer", np.floating: "floating", object: "object", str: "string"},
    **{np.object_: "object", np.str_: "string", "str": "string", bool: "bool", np.bool_: "bool", "boolean": "bool"},
    **{int: "int64", float: "float64", "int": "int64", "float": "float64", "string[python]": "string"},
    **{np.datetime64: "datetime", "datetime64": "datetime", np.timedelta64: "timedelta", "timedelta64": "timedelta"},
}
_KINDS = ("number", "integer", "floating", "object", "string", "category", "bool", "datetime", "timedelta")


@final
@register("compose.make_column_selector")
class make_column_selector:  # a function in scikit-learn's eyes: its name is
    """A choice of the columns of a frame by their names and types, for `ColumnTransformer`.

    - `pattern`: a regular expression that is found somewhere in the name; None for all.
    - `dtype_include`, `dtype_exclude`: one type or a list; None for all, or none. Types are NumPy's, Python's, and the
      words "number", "integer", "floating", "string", "object" (text, and what is no other type), "category", "bool",
      "datetime", "timedelta". They mean the same in pandas, Polars and Arrow.

    Calling it with a frame gives the list of names, in the frame's order.
    Raises DataError for what is no frame, ParameterError for an unknown type.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"age": [1, 2], "pay": [0.5, 1.5], "job": ["a", "b"]})
    >>> make_column_selector(dtype_include="number")(frame), make_column_selector("^.a")(frame)
    (['age', 'pay'], ['pay'])
    >>> make_column_selector(dtype_exclude=[float, "integer"])(frame)
    ['job']
    """

    def __init__(self, pattern: str | None = None, *, dtype_include: Any = None, dtype_exclude: Any = None) -> None:
        self.pattern = pattern
        self.dtype_include = dtype_include
        self.dtype_exclude = dtype_exclude

    def __call__(self, df: Any) -> list[str]:
        """Names of the chosen columns of a frame."""
        if not is_frame(df):
            raise DataError(
                "make_column_selector can only be applied to dataframes (pandas, Polars or Arrow); "
                f"X is {type(df).__name__}. Give a frame, or choose columns by number."
            )
        wanted, unwanted = _words(self.dtype_include), _words(self.dtype_exclude)
        schema = read_frame(df, where="make_column_selector").schema
        chosen = [name for name, dtype in schema.items() if not wanted or any(_is(dtype, word) for word in wanted)]
        chosen = [name for name in chosen if not any(_is(schema[name], word) for word in unwanted)]
        return chosen if self.pattern is None else [name for name in chosen if re.search(self.pattern, name)]

    def __repr__(self) -> str:
        """The call that rebuilds it."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return f"make_column_selector({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def to_record(self) -> dict[str, Any]:
        """The choice, types by their words."""
        include, exclude = _words(self.dtype_include), _words(self.dtype_exclude)
        return {"pattern": self.pattern, "dtype_include": include or None, "dtype_exclude": exclude or None}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The selector that `to_record` was called on.   Raises ParameterError for words that are no types."""
        selector = cls(record["pattern"], dtype_include=record["dtype_include"], dtype_exclude=record["dtype_exclude"])
        selector.to_record()
        return selector


def _words(dtypes: Any) -> list[str]:
    """One word for each type."""
    if dtypes is None:
        return []
    given: Iterable[Any] = dtypes if isinstance(dtypes, list | tuple | set | frozenset) else [dtypes]
    return [_word(dtype) for dtype in given]


def _word(dtype: Any) -> str:
    word = _NAMES.get(dtype, dtype) if isinstance(dtype, str | type) else dtype
    if isinstance(word, str) and word in _KINDS:
        return word
    try:
        name = str(getattr(word, "name", None) or np.dtype(word).name).lower()  # pandas' Int64 has a name, too
    except TypeError:
        raise ParameterError(
            f"make_column_selector: {dtype!r} is no type of a column; give a NumPy dtype or one of {', '.join(_KINDS)}."
        ) from None
    return _NAMES.get(name, name)


def _is(dtype: "nw.dtypes.DType", word: str) -> bool:
    """Whether a column of `dtype`, as Narwhals calls it, is of the type that `word` names."""
    import narwhals as nw

    if word == "number":
        return dtype.is_numeric()
    if word == "integer":
        return dtype.is_integer()
    if word == "floating":
        return dtype.is_float()
    families = {
        "object": (nw.String, nw.Object),
        "string": (nw.String,),
        "category": (nw.Categorical, nw.Enum),
        "bool": (nw.Boolean,),
        "datetime": (nw.Datetime, nw.Date),
        "timedelta": (nw.Duration,),
    }
    return isinstance(dtype, families[word]) if word in families else type(dtype).__name__.lower() == word
