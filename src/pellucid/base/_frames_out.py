"""Rows that come out of a transformer as a frame, with the names of their columns.

Here: `FRAMES`, the kinds of frames there are; `framed`, which makes one; `giving_frames`, which wraps a method;
`check_unique`, for names.
Elsewhere: `Transformer.set_output` asks for them, in _roles.py; frames that come in are read in _tables.py.
Imports: numpy and pellucid.errors; pandas and Polars inside the functions that make theirs.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from pellucid.errors import DataError

FRAMES = ("default", "pandas", "polars")


def giving_frames(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method of a transformer, whose array becomes the frame that `set_output` asked for."""

    @wraps(method)
    def asked(self: Any, *args: Any, **kwargs: Any) -> Any:
        out, kind = method(self, *args, **kwargs), vars(self).get("_output", "default")
        if kind == "default" or not (isinstance(out, np.ndarray) or hasattr(out, "tocsr")):
            return out  # a frame already: fit_transform calls transform
        return framed(out, _names_of(self, out), kind, args[0] if args else kwargs.get("X"), type(self).__name__)

    return asked


def _names_of(transformer: Any, rows: Any) -> Any:
    """Its names for these rows; of one without such names those that came in, where as many columns go out."""
    if hasattr(transformer, "get_feature_names_out"):
        return transformer.get_feature_names_out()
    came_in = vars(transformer).get("feature_names_in_", ())
    return came_in if len(came_in) == rows.shape[1] else [f"x{d}" for d in range(rows.shape[1])]


def framed(rows: Any, names: Any, kind: str, like: Any, owner: str) -> Any:
    """An array (N, D) as a frame; a pandas one keeps the labels of the rows of `like`, where that is such a frame, too.

    Raises DataError for a sparse matrix and, in Polars, for names that occur twice.

    >>> framed(np.array([[1.0, 2.0]]), ["a", "b"], "polars", None, "here").columns
    ['a', 'b']
    """
    if hasattr(rows, "tocsr"):
        raise DataError(
            f"{owner}: its output is sparse, and a {kind} frame is not. Ask for a dense one (sparse_output=False, "
            "sparse_threshold=0), or set_output(transform='default')."
        )
    names = [str(name) for name in names]
    if kind == "pandas":
        try:
            import pandas  # type: ignore[import-untyped]  # its stubs would be one more thing to install
        except ImportError:
            raise DataError(
                f"{owner}: pandas is not installed; install it, or set_output(transform='polars')."
            ) from None
        index = like.index if isinstance(like, pandas.DataFrame | pandas.Series) and len(like) == len(rows) else None
        frame = pandas.DataFrame(rows, columns=names, index=index)
        return frame.infer_objects() if rows.dtype.kind == "O" else frame
    import polars

    check_unique(names, owner)
    if rows.dtype.kind == "O":
        return polars.DataFrame(
            {name: polars.Series(rows[:, d].tolist(), strict=False) for d, name in enumerate(names)}
        )
    return polars.from_numpy(rows, schema=names)


def check_unique(names: list[str], owner: str) -> None:
    """Raise DataError for names of a Polars frame that occur twice."""
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DataError(f"{owner}: a Polars frame has each name once, and these occur twice: {', '.join(twice)}.")
