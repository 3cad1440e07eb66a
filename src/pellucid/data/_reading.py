"""Tables from files.

Here: `read_table`.
Elsewhere: opening and reading each format is in `_pieces.py`, what a column then is in `_kinds.py`; files larger than
memory are read by `scan_table` (`_streaming.py`).
Imports: pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pellucid.data._kinds import plain_allowed
from pellucid.data._pieces import Form, Piece, joined, pieces_of
from pellucid.data._readings import ColumnKind
from pellucid.data._table import Table, settled
from pellucid.data._tally import MISSING, Source
from pellucid.errors import DataError, ParameterError

__all__ = ["read_table"]

HEAD_BYTES = 1 << 20  # read at a time when only the first rows are asked for


def read_table(
    path: str | Path,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    rows: int | None = None,
    missing: Sequence[str] = MISSING,
    kinds: Mapping[str, ColumnKind] | None = None,
    unpacked: int | None = None,
) -> Table:
    """The table in a CSV (header first), Parquet, Arrow (Feather 2), JSON Lines or NumPy file, with its report.

    path: a file; "-" for standard input; or a pattern such as "part-*.csv", whose files, by name, must have the same
    columns.  A file packed by gzip, zstd, bzip2 or xz is unpacked.  Formats are known by their first bytes.
    A NumPy file holds an array (N, D), which makes columns x0, x1, ..., or, as .npz, several: (N,) is a column of its
    name, x (N, D) is x0, x1, ...
    separator: None is guessed among comma, tab, semicolon and bar.  decimal: "." or ","; None takes 3,14 for a number
    where the comma does not separate.  encoding: None is UTF-8, or UTF-16 and UTF-32 behind their mark; others must be
    asked for, such as "cp1252".  rows: at most so many are read, from the start.
    missing: the words that mean a missing cell, as an empty one always does.  kinds: fixes the kind of some columns
    (those the file lacks are ignored), so that a file to predict is read as the one that was learned from.
    unpacked: bytes that may come out of a packed file, Parquet and Arrow among them; None allows 256 MiB, or 200 times
    the packed bytes, but at most 16 GiB, for a small file may unpack to more than memory holds.
    Raises DataError, saying where, what and what to do, for anything that is not such a file.

    >>> from pellucid.datasets import path
    >>> read_table(path("diabetes")).select(["age", "bmi", "progression"])
    Table(442 rows; age number, bmi number, progression number)
    """
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or rows < 1):
        raise ParameterError(f"read_table: rows is {rows!r}; it must be a whole number >= 1, or None for all.")
    plain = plain_allowed(missing, decimal, kinds or {})
    form = Form(separator, decimal, encoding, None if rows is None else HEAD_BYTES, plain, unpacked)
    try:
        pieces = list(pieces_of(path, form)) if rows is None else _first(path, form, rows)
        whole = joined(pieces)
        return settled(
            whole.frame, source_of(path, whole, len({piece.file for piece in pieces}), missing), notes_of(whole), kinds
        )
    except MemoryError as error:
        raise DataError(f"{path} does not fit into memory. Read it in parts with pellucid.data.scan_table.") from error


def source_of(path: str | Path, piece: Piece, files: int, missing: Sequence[str]) -> Source:
    """What settling the columns of a piece needs to know."""
    name = piece.file if files == 1 else f"{path} ({files} files)"
    return Source(name, piece.where, piece.parses, tuple(missing), piece.decimal, piece.bare)


def notes_of(piece: Piece) -> tuple[str, ...]:
    """The notes of a piece, and one on its blank lines where there were any."""
    return (*piece.notes, f"{piece.blank} blank lines were skipped") if piece.blank else piece.notes


def _first(path: str | Path, form: Form, rows: int) -> list[Piece]:
    """The pieces that hold the first `rows` rows, the last one cut."""
    pieces: list[Piece] = []
    for piece in pieces_of(path, form):
        pieces.append(replace(piece, frame=piece.frame.head(rows)))
        rows -= pieces[-1].frame.height
        if rows == 0:
            break
    return pieces
