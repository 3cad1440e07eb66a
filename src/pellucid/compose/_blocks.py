"""Blocks of columns side by side: what several transformers give, as one table with names.

Here: `beside`, the table; `frames_beside`, the same as a frame whose columns keep their dtypes; `density`; `prefixed`,
the names.
Elsewhere: the transformers themselves are looked after in _members.py.
Imports: numpy, pellucid.base and pellucid.errors; SciPy for sparse blocks, Narwhals for frames, pandas and Polars for
those that are made, when met.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from pellucid.base import is_frame, read_frame
from pellucid.base._frames_out import check_unique, framed
from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing._cells import Array
from pellucid.preprocessing._ones import Ones

_SHOWN = 5  # names listed in an error before the rest is counted

K = TypeVar("K")

NameRule = bool | str | Callable[[str, str], str]


def as_block(output: Any, name: str, *, where: str) -> Any:
    """What transformer `name` gave as an array, Ones or sparse matrix (N, D); DataError for what is no table."""
    if isinstance(output, Ones):
        return output
    if is_frame(output):
        return _cells(read_frame(output, where=where))
    block = output if hasattr(output, "tocsr") else np.asarray(output)
    if block.ndim != 2:
        raise DataError(
            f"{where}: the output of the {name!r} transformer should be 2D, and it has shape {block.shape}. "
            "If it takes one column, give its name in a list, [name], so that it comes as a table."
        )
    return block.astype(object) if block.dtype.kind in "USTMm" else block


def _cells(frame: Any) -> Array:
    """A Narwhals frame as an array, of Python objects where the dtypes of its columns have none in common."""
    try:
        cells: Array = frame.to_numpy()
        return cells
    except TypeError:  # dates beside numbers
        cells = np.empty(frame.shape, dtype=object)
        for d, column in enumerate(frame.iter_columns()):
            cells[:, d] = column.to_list()
        return cells


def weighed(block: Any, factor: float) -> Any:
    """The block, or the frame, with all its numbers multiplied.

    >>> weighed(np.ones((1, 2)), 0.5).tolist()
    [[0.5, 0.5]]
    """
    if is_frame(block):
        from narwhals import all as all_columns

        return read_frame(block, where="weighed").with_columns(all_columns() * factor).to_native()
    if isinstance(block, Ones):
        block = block.toarray()
    return (block if hasattr(block, "dtype") else np.asarray(block)) * factor


def density(blocks: Sequence[Any]) -> float:
    """Share of the cells that a sparse matrix would store; 1 where no block is sparse.

    >>> from scipy.sparse import csr_array
    >>> density([csr_array([[0, 1], [0, 0]]), np.ones((2, 1))])
    0.5
    """
    if not any(hasattr(block, "tocsr") for block in blocks):
        return 1.0
    stored = sum(block.nnz if hasattr(block, "tocsr") else block.size for block in blocks)
    cells = sum(block.shape[0] * block.shape[1] for block in blocks)
    return stored / cells if cells else 1.0


def beside(blocks: Sequence[Any], n_rows: int, *, sparse: bool, where: str) -> Any:
    """The blocks (N, D_1), (N, D_2), ... as one table (N, D_1 + D_2 + ...): NumPy's, or SciPy's in CSR form.

    The dtype is the one that holds them all. No block at all gives (N, 0).
    Raises DataError where blocks have other numbers of rows, and for text that is to be sparse.

    >>> beside([np.ones((2, 1)), np.zeros((2, 1), np.float32)], 2, sparse=False, where="doctest").tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    _check_rows(blocks, n_rows, where)
    if not blocks:
        return np.zeros((n_rows, 0))
    if sparse:
        return _sparse_beside(blocks, where)
    if len(blocks) == 1:
        return blocks[0].toarray() if hasattr(blocks[0], "toarray") else blocks[0]
    dtype = np.result_type(*(block.dtype for block in blocks))
    late = dtype.kind != "O" and any(isinstance(block, Ones) for block in blocks)  # ones are then all that is written
    table = (np.zeros if late else np.empty)((n_rows, sum(block.shape[1] for block in blocks)), dtype)
    for block, span in zip(blocks, spans(dict(enumerate(blocks))).values(), strict=True):
        if late and isinstance(block, Ones):
            block.write(table[:, span])
        else:
            table[:, span] = block.toarray() if hasattr(block, "toarray") else block
    return table


def frames_beside(
    outputs: Sequence[Any], blocks: Sequence[Any], names: Array, kind: str, like: Any, *, where: str
) -> Any:
    """What transformers gave, as one frame ("pandas" or "polars") in which each column keeps the dtype they gave it.

    blocks: the outputs as `as_block` makes them, none of them to stay sparse; names: of all columns.  A pandas frame
    has the labels of the rows of `like`, where that is one.
    Raises DataError where blocks have other numbers of rows than `like` and, in Polars, for names that occur twice.

    >>> frames_beside([np.ones((2, 1)), np.eye(2, dtype=int)], [np.ones((2, 1)), np.eye(2, dtype=int)],
    ...     np.array(["a", "b", "c"]), "polars", [[0.0], [1.0]], where="doctest").dtypes
    [Float64, Int64, Int64]
    """
    n_rows = like.shape[0] if hasattr(like, "shape") else len(like)
    _check_rows(blocks, n_rows, where)
    parts = []
    for output, block, span in zip(outputs, blocks, spans(dict(enumerate(blocks))).values(), strict=True):
        own = [str(name) for name in names[span]]
        if is_frame(output):
            parts += _parts_of(output, own, kind, like, where)
        else:
            parts.append(framed(block.toarray() if hasattr(block, "toarray") else block, own, kind, like, where))
    if len(parts) < 2:
        return parts[0] if parts else framed(np.zeros((n_rows, 0)), [], kind, like, where)
    if kind == "pandas":
        import pandas  # type: ignore[import-untyped]  # its stubs would be one more thing to install

        return pandas.concat(parts, axis=1)
    import polars

    check_unique([name for part in parts for name in part.columns], where)
    return polars.concat(parts, how="horizontal")


def _parts_of(output: Any, names: list[str], kind: str, like: Any, where: str) -> list[Any]:
    """A frame under other names: itself where it is of the kind, else column by column."""
    frame = read_frame(output, where=where)
    if kind == "pandas" and frame.implementation.is_pandas():
        blank = framed(np.zeros((len(frame), 0)), [], kind, like, where)
        return [output.set_axis(names, axis=1).set_axis(blank.index, axis=0)]
    if kind == "polars" and frame.implementation.is_polars():
        check_unique(names, where)
        return [output.rename(dict(zip(frame.columns, names, strict=True)))]
    columns = zip(names, frame.iter_columns(), strict=True)
    return [framed(column.to_numpy()[:, None], [name], kind, like, where) for name, column in columns]


def names_of(output: Any, came_in: Array) -> Array:
    """Names of the columns of an output whose transformer knows none: its own, or those that came in if as many.

    >>> names_of(np.ones((2, 1)), np.array(["age"])).tolist(), names_of(np.ones((2, 2)), np.array(["age"])).tolist()
    (['age'], ['x0', 'x1'])
    """
    if is_frame(output):
        return np.array([str(name) for name in output.columns], dtype=object)
    width = np.shape(output)[1]
    return came_in if width == len(came_in) else np.array([f"x{d}" for d in range(width)], dtype=object)


def _check_rows(blocks: Sequence[Any], n_rows: int, where: str) -> None:
    for block in blocks:
        if block.shape[0] != n_rows:
            raise DataError(f"{where}: a transformer made {block.shape[0]} rows of {n_rows}; it must keep every row.")


def _sparse_beside(blocks: Sequence[Any], where: str) -> Any:
    from scipy.sparse import csr_array, hstack

    if any(block.dtype.kind == "O" for block in blocks):
        raise DataError(f"{where}: For a sparse output, all columns should be numbers; set sparse_threshold=0.")
    return hstack([block.csr() if isinstance(block, Ones) else csr_array(block) for block in blocks], format="csr")


def spans(blocks: Mapping[K, Any]) -> dict[K, slice]:
    """Where the columns of each block stand in the table.

    >>> spans({"a": np.ones((2, 1)), "b": np.ones((2, 2))})
    {'a': slice(0, 1, None), 'b': slice(1, 3, None)}
    """
    found, start = {}, 0
    for name, block in blocks.items():
        found[name] = slice(start, start + block.shape[1])
        start += block.shape[1]
    return found


def prefixed(names: Mapping[str, Array], rule: NameRule, *, where: str) -> Array:
    """Names of all columns, made by `rule` from those of each transformer.

    True: transformer__column;  a text such as "{feature_name}-{transformer_name}";  a function of both;  False: the
    columns' own, which must then be unique, else DataError.

    >>> prefixed({"scale": np.array(["age"]), "code": np.array(["job"])}, True, where="doctest").tolist()
    ['scale__age', 'code__job']
    """
    pairs = [(name, column) for name, columns in names.items() for column in np.asarray(columns, dtype=object).tolist()]
    if callable(rule):
        made = [rule(name, column) for name, column in pairs]
    elif isinstance(rule, str):
        made = [_formatted(rule, name, column, where) for name, column in pairs]
    elif rule:
        made = [f"{name}__{column}" for name, column in pairs]
    else:
        made = [column for _, column in pairs]
        twice = sorted(name for name, times in Counter(made).items() if times > 1)
        if twice:
            more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
            raise DataError(
                f"{where}: Output feature names: {twice[:_SHOWN]}{more} are not unique. "
                "Please set verbose_feature_names_out=True to add prefixes to feature names."
            )
    return np.array(made, dtype=object)


def _formatted(rule: str, name: str, column: str, where: str) -> str:
    try:
        return rule.format(transformer_name=name, feature_name=column)
    except (KeyError, IndexError, ValueError) as error:
        raise ParameterError(
            f"{where}: verbose_feature_names_out is {rule!r}, which cannot be filled in ({error!r}); it may hold "
            "{transformer_name} and {feature_name}."
        ) from error
