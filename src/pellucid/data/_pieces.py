"""Files of any known format as frames of cells that are not yet settled.

Here: `Piece`, and `pieces_of`, which opens every file a name stands for, unpacks, decodes and reads it, whole or in
blocks.
Elsewhere: the formats are read in `_csv.py`, `_typed.py`, `_arrays.py` and `_blocks.py`; columns are settled in
`_kinds.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

import bisect
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from pellucid.data import _encoding, _packing
from pellucid.data._arrays import NPY, NPZ, is_archive, table_of_arrays
from pellucid.data._blocks import csv_blocks, json_blocks
from pellucid.data._csv import BYTE_ORDER_MARK, FOREIGN, TextTable, check_bytes, read_csv, read_large
from pellucid.data._files import STDIN, files_of, name_of, nothing_in, open_bytes, read_bytes, read_pages
from pellucid.data._parquet_extent import MARK as PARQUET
from pellucid.data._plain import worthwhile
from pellucid.data._typed import (
    ARROW_FILE,
    ARROW_STREAM,
    is_json_lines,
    read_arrow,
    read_json_lines,
    read_parquet,
    slices,
)
from pellucid.errors import DataError, ParameterError

if TYPE_CHECKING:
    import polars as pl

WANTED = "a table (CSV, Parquet, Arrow, JSON Lines or arrays)"
START_BYTES = 4096  # enough to know a format by
DECIMALS = (None, ".", ",")


@final
@dataclass(frozen=True)
class Form:
    """How files are to be read: the options of `read_table` on their outer form, each None where it is to be guessed.

    block: bytes of text, or about as many of another format, that are held at once; None for whole files.
    plain: which columns of a single CSV file may come as numbers already; None for none.
    unpacked: bytes that may come out of a packed file at once; None for the limits of `_packing.py`.
    """

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    block: int | None = None
    plain: Callable[[str], bool] | None = None
    unpacked: int | None = None

    def __post_init__(self) -> None:
        if self.unpacked is not None and (type(self.unpacked) is not int or self.unpacked < 1):
            raise ParameterError(f"read_table: unpacked is {self.unpacked!r}; give a number of bytes >= 1, or None.")
        if self.decimal not in DECIMALS:
            raise ParameterError(f"read_table: decimal is {self.decimal!r}; it must be '.' or ',', or None to guess.")
        if self.decimal is not None and self.decimal == self.separator:
            raise ParameterError(f"read_table: {self.decimal!r} cannot be both separator and decimal; change one.")


@final
@dataclass(frozen=True)
class Piece:
    """Rows of one file as they were found.

    where(row), from 0 in this piece, is their place in the file; parses: the cells are text that stands for something;
    a column of Float64 held plain numbers, one of Date days; decimal: which signs may be decimal, "." or "," or
    "either"; blank: blank lines skipped; bare: columns of which it is known that no cell begins or ends with a space.
    """

    frame: pl.DataFrame
    file: str
    where: Callable[[int], str]
    parses: bool
    decimal: str = "."
    notes: tuple[str, ...] = ()
    blank: int = 0
    bare: frozenset[str] = frozenset()

    @property
    def begin(self) -> str:
        """The place of the first row, without the name of the file."""
        return self.where(0).removeprefix(f"{self.file}, ")


def pieces_of(path: str | Path, form: Form) -> Iterator[Piece]:
    """The rows of all files that `path` stands for, in pieces; the columns of each are those of the first.

    A later file may have them in another order.  Raises DataError for a file that cannot be read, lacks a column or has
    one more, and where text and typed formats meet.
    """
    files = files_of(path)
    if len(files) > 1:  # a column of plain numbers here may hold words there
        form = replace(form, plain=None)
    first: Piece | None = None
    for file in files:
        for piece in _pieces_in(file, form):
            first = first or piece
            piece = _fitted(piece, first)
            yield replace(piece, where=_named(piece)) if len(files) > 1 else piece


def joined(pieces: Sequence[Piece]) -> Piece:
    """Several pieces as one; DataError, naming the file, for a column that changes its sort."""
    import polars as pl

    if len(pieces) == 1:
        return pieces[0]
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + piece.frame.height)

    def where(row: int) -> str:
        at = bisect.bisect_right(starts, row) - 1
        return pieces[at].where(row - starts[at])

    frames = [piece.frame for piece in pieces] if pieces[0].parses else _alike(pieces)
    decimal = "either" if len({piece.decimal for piece in pieces}) > 1 else pieces[0].decimal
    notes = tuple(dict.fromkeys(note for piece in pieces for note in piece.notes))
    frame = pl.concat(frames, how="diagonal_relaxed")
    blank, bare = sum(piece.blank for piece in pieces), frozenset.intersection(*(piece.bare for piece in pieces))
    return replace(pieces[0], frame=frame, where=where, decimal=decimal, notes=notes, blank=blank, bare=bare)


def _pieces_in(path: Path, form: Form) -> Iterator[Piece]:
    file = name_of(path)
    if form.block is None:
        yield _large_file(path, file, form) or _whole_file(read_bytes(path, WANTED), file, form)
        return
    with open_bytes(path, WANTED) as below:
        stream, start = _begun(below)
        if not start:
            raise DataError(nothing_in(path, WANTED))
        packing = _packing.packing_of(start)
        if packing is not None:
            stream, start = _begun(_packing.open_unpacked(stream, file, start, form.unpacked))
        notes = (f"unpacked from {packing}",) if packing else ()
        if start.startswith((PARQUET, ARROW_FILE, ARROW_STREAM, NPY, NPZ)):
            if packing is None and path != STDIN and start.startswith((PARQUET, ARROW_FILE)):
                frames = slices(path, file, form.block, form.unpacked)
            else:  # what cannot be asked for by rows is read whole
                frames = iter([(0, _typed_frame(stream.read(), file, form))])
            for row, frame in frames:
                yield Piece(frame, file, lambda at, row=row: f"row {row + at}", False)  # type: ignore[misc]
            return
        yield from _text_pieces(stream, start, file, form, notes)


def _text_pieces(stream: Any, start: bytes, file: str, form: Form, notes: tuple[str, ...]) -> Iterator[Piece]:
    """The blocks of a stream of text."""
    encoding, mark = _encoding.encoding_of(start, form.encoding)
    if encoding is not None:
        stream.read(mark)
        stream, start = _begun(_encoding.Utf8Reader(stream, file, encoding))
        notes += (f"decoded from {encoding}",)
    assert form.block is not None
    if is_json_lines(start, _stem(file)):
        for frame, lines in json_blocks(stream, file, form.block):
            yield Piece(frame, file, _line_of(lines), False, notes=notes)
        return
    first: tuple[str, ...] | None = None
    for text in csv_blocks(stream, file, form.separator, form.decimal, form.block):
        first = first if first is not None else text.notes
        yield _text_piece(text, file, form, notes + first)


def _large_file(path: Path, file: str, form: Form) -> Piece | None:
    """A large regular CSV file of ASCII characters, read without a copy of its bytes; None for all others."""
    if form.plain is None or path == STDIN or not path.is_file() or not worthwhile(path.stat().st_size):
        return None
    with open_bytes(path, WANTED) as opened:
        start = opened.peek(START_BYTES)[:START_BYTES]  # type: ignore[attr-defined]  # a BufferedReader has it
        other = (PARQUET, ARROW_FILE, ARROW_STREAM, NPY, NPZ, BYTE_ORDER_MARK, *FOREIGN)
        if (
            start.startswith(other)
            or _packing.packing_of(start) is not None
            or _encoding.encoding_of(start, form.encoding) != (None, 0)
            or is_json_lines(start, _stem(file))
        ):
            return None
        text = read_large(read_pages(opened, file), file, form.separator, form.decimal, form.plain)
    return None if text is None else _text_piece(text, file, form, text.notes)


def _whole_file(raw: bytes, file: str, form: Form) -> Piece:
    raw, notes = _packing.unpack(raw, file, form.unpacked)
    if raw.startswith((PARQUET, ARROW_FILE, ARROW_STREAM, NPY, NPZ)):
        return Piece(_typed_frame(raw, file, form), file, "row {}".format, False, notes=notes)
    raw, more = _encoding.to_utf8(raw, file, form.encoding)
    if is_json_lines(raw[:START_BYTES], _stem(file)):
        frame, lines = read_json_lines(raw, file)
        return Piece(frame, file, _line_of(lines), False, notes=notes + more)
    text = read_csv(raw, file, form.separator, form.decimal, plain=form.plain)
    return _text_piece(text, file, form, notes + more + text.notes)


def _text_piece(text: TextTable, file: str, form: Form, notes: tuple[str, ...]) -> Piece:
    decimal = form.decimal or ("." if text.separator == "," else "either")
    return Piece(text.frame, file, lambda row: f"line {text.line(row)}", True, decimal, notes, text.blank, text.bare)


def _typed_frame(raw: bytes, file: str, form: Form) -> pl.DataFrame:
    if raw.startswith((NPY, NPZ)):
        if raw.startswith(NPZ) and not is_archive(raw):
            check_bytes(raw, file)  # says what else begins so
        return table_of_arrays(raw, file, form.unpacked)
    return (read_parquet if raw.startswith(PARQUET) else read_arrow)(raw, file, form.unpacked)


def _line_of(lines: Sequence[int]) -> Callable[[int], str]:
    return lambda row: f"line {lines[row]}"


def _stem(file: str) -> str:
    """The name without the ending of a packing: a.jsonl.gz is a.jsonl inside."""
    path = Path(file)
    return path.stem if path.suffix.lower() in (".gz", ".zst", ".zstd", ".bz2", ".xz") else path.name


def _named(piece: Piece) -> Callable[[int], str]:
    return lambda row: f"{piece.file}, {piece.where(row)}"


def _fitted(piece: Piece, first: Piece) -> Piece:
    """The piece with the columns of the first, in its order."""
    names, wanted = piece.frame.columns, first.frame.columns
    if piece.parses != first.parses:
        raise DataError(f"{first.file} and {piece.file} are not both text; read them one by one.")
    if names == wanted:
        return piece
    if first.file == piece.file and not piece.parses:  # a later block of JSON Lines may have fewer names, or new ones
        return piece
    absent, extra = sorted(set(wanted) - set(names)), sorted(set(names) - set(wanted))
    if absent or extra:
        lacks = [f"lacks {', '.join(map(repr, absent))}"] if absent else []
        more = [f"has {', '.join(map(repr, extra))} besides"] if extra else []
        raise DataError(
            f"{piece.file} {' and '.join(lacks + more)}, compared with {first.file}. Files that are read together must "
            "have the same columns."
        )
    return replace(piece, frame=piece.frame.select(wanted))


def _alike(pieces: Sequence[Piece]) -> list[pl.DataFrame]:
    """The frames, those columns of theirs apart that hold no cell; DataError where the others differ in sort."""
    import polars as pl

    known: dict[str, tuple[str, str]] = {}  # column -> its sort and the file it was first seen in
    frames = []
    for piece in pieces:
        for name, kind in piece.frame.schema.items():
            if piece.frame[name].null_count() == piece.frame.height:
                continue
            sort, file = known.setdefault(name, (sort_of(kind), piece.file))
            if sort != sort_of(kind):
                raise DataError(
                    f"{piece.file}: column {name!r} holds {sort_of(kind)} from {piece.begin} on, but {sort} before, "
                    f"in {file}. Rows that are read together must have the same sort; turn one into the other first."
                )
        void = [series.name for series in piece.frame if series.null_count() == series.len()]
        frames.append(piece.frame.with_columns(pl.lit(None, pl.Null).alias(name) for name in void))
    return frames


def sort_of(kind: pl.DataType) -> str:
    """number, truth, text, or the name of the type."""
    import polars as pl

    if isinstance(kind, pl.Categorical | pl.Enum | pl.String):
        return "text"
    if kind == pl.Boolean:
        return "truth"
    return "number" if kind.is_numeric() or kind == pl.Null else str(kind)


@final
class _Rewound(io.RawIOBase):
    """A stream with some of its bytes, read already, back in front."""

    def __init__(self, start: bytes, stream: Any) -> None:
        super().__init__()
        self.start, self.stream = start, stream

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; nothing only at the end."""
        if not self.start:
            return bytes(self.stream.read(size))
        part = self.start if size < 0 else self.start[:size]
        self.start = self.start[len(part) :]
        return part + bytes(self.stream.read()) if size < 0 else part


def _begun(stream: Any) -> tuple[_Rewound, bytes]:
    """The stream as it was, and its first bytes."""
    start = b""
    while len(start) < START_BYTES:
        part = stream.read(START_BYTES - len(start))
        if not part:
            break
        start += part
    return _Rewound(start, stream), start
