"""The columns of a CSV file that its first rows foretell to be numbers, read as numbers by Polars.

Here: `read_foreseen`, for regular files without quotes, where compiled code is not at hand.
Elsewhere: compiled code reads numbers in `_plain.py`, from the size on at which its loading pays; text is read in
`_csv.py`, which is the definition: a column is read here only where `_kinds.py` would make the same numbers of its text
and have no more to say of it.
Imports: numpy; Polars inside the functions.

Polars makes the same floats of the cells of a file as of text, with one exception: a space or a tab before a number is
passed over.  So files with such cells are left alone, and those with zeros before whole numbers, of which more is to be
said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.data._kinds import EXACT_WHOLE

if TYPE_CHECKING:
    import polars as pl

LEAST_BYTES = 1 << 20  # of text; in less, text is read and looked through within some 10 ms
TRIED_BYTES = 1 << 14  # of text that show which columns hold numbers
BLOCK_BYTES = 1 << 18  # looked at at once, as in `_scan.py`
SPACES = b" \t"  # those that Polars passes over before a number
NEWLINE, PLUS, MINUS, ZERO = b"\n+-0"


def read_foreseen(
    raw: bytes, mark: str, names: Sequence[str], rows: int, asked: Callable[[str], bool]
) -> pl.DataFrame | None:
    """The frame (rows, D) of a regular file: Float64 where `asked` is true and numbers are foreseen, else String.

    None where no column is foreseen to be numbers, or one that was has other cells; it is then to be read as text.

    >>> raw = b"a,b\\n" + b"1,x\\n,y\\n" * (1 << 18)
    >>> read_foreseen(raw, ",", ["a", "b"], 1 << 19, lambda name: True).row(1)
    (None, 'y')
    """
    import polars as pl

    if len(raw) < LEAST_BYTES or begins_with_space(raw, mark):
        return None
    try:
        first = pl.read_csv(_start(raw), separator=mark, has_header=False, infer_schema=False).slice(1)
        first.columns = list(names)
        foreseen = [name for name in names if asked(name) and _holds_numbers(first[name])]
        if not foreseen:
            return None
        kinds = {name: pl.Float64 if name in foreseen else pl.String for name in names}
        frame = pl.read_csv(raw, separator=mark, has_header=False, skip_rows=1, schema=kinds)
    except (pl.exceptions.PolarsError, OSError):  # OSError: text that begins with x^ is taken for zlib's
        return None
    if frame.shape != (rows, len(names)):
        return None
    numbers = frame.lazy().select(foreseen)
    exact = pl.all().is_between(-EXACT_WHOLE, EXACT_WHOLE, closed="none").all()  # NaN and infinity are not
    whole = (pl.all() == pl.all().round()).any()
    if not all(numbers.select(exact).collect().row(0)):
        return None
    return None if any(numbers.select(whole).collect().row(0)) and begins_with_zero(raw, mark) else frame


def _start(raw: bytes) -> bytes:
    """The first lines, whole."""
    return raw[: raw.find(b"\n", TRIED_BYTES) + 1 or len(raw)]


def _holds_numbers(words: pl.Series) -> bool:
    """Whether all cells that are not empty are numbers, and some is."""
    import polars as pl

    known = words.drop_nulls()
    return len(known) > 0 and known.cast(pl.Float64, strict=False).null_count() == 0


def begins_with_space(raw: bytes, mark: str) -> bool:
    """Whether some cell begins with a space or a tab that is no mark.

    >>> [begins_with_space(cells, ",") for cells in (b"a b\\n1,2 \\n", b"a\\n1, 2\\n", b"a\\n\\t1\\n")]
    [False, True, True]
    """
    spaces = [space for space in SPACES if bytes([space]) in raw and chr(space) != mark]
    return any((_begins(block, mark)[:-1] & (block[1:] == space)).any() for space in spaces for block in _blocks(raw))


def begins_with_zero(raw: bytes, mark: str) -> bool:
    """Whether some cell begins with a zero before a digit, perhaps behind a sign.

    >>> [begins_with_zero(cells, ",") for cells in (b"a\\n0,-0.5\\n10,2020-01-01\\n", b"a\\n07", b"a\\n1,-07\\n")]
    [False, True, True]
    """
    for block in _blocks(raw):
        begins = _begins(block, mark)
        padded = (block[:-1] == ZERO) & (block[1:] - ZERO < 10)  # the digits follow each other from zero on
        signs = (block == MINUS) | (block == PLUS)
        if (begins[:-2] & padded[1:]).any() or (begins[:-3] & signs[1:-2] & padded[2:]).any():
            return True
    return False


def _blocks(raw: bytes) -> Iterator[NDArray[np.uint8]]:
    """The bytes in blocks of which each begins with the last 3 of the one before, so that nothing is cut apart."""
    whole = np.frombuffer(raw, np.uint8)
    return (whole[max(0, start - 3) : start + BLOCK_BYTES] for start in range(0, len(whole), BLOCK_BYTES))


def _begins(block: NDArray[np.uint8], mark: str) -> NDArray[np.bool_]:
    """Behind which bytes a cell begins."""
    return (block == ord(mark)) | (block == NEWLINE)
