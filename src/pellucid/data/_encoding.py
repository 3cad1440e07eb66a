"""Text in other encodings, turned into UTF-8.

Here: `Encoding`, found from a byte order mark or asked for; `to_utf8` for bytes in memory, `Utf8Reader` for a stream.
Elsewhere: that bytes said to be UTF-8 are so is checked in `_csv.py`, which can name the line.
Imports: pellucid.errors.
"""

import codecs
import difflib
import io
from typing import Any, final

from pellucid.errors import DataError, ParameterError

MARKS = {  # longest first: the mark of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
COMMON = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "cp1250", "cp1251", "gb18030", "shift_jis")
MARK_BYTES = 4
NO_FILES = (
    "idna",
    "punycode",
    "undefined",
    "unicode_escape",
    "unicode-escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
)


def encoding_of(start: bytes, asked: str | None) -> tuple[str | None, int]:
    """The encoding of text that begins with `start`, None for UTF-8, and how many bytes its mark takes.

    Raises ParameterError for a name that no text encoding of Python has.
    """
    marked, mark = next(((name, len(mark)) for mark, name in MARKS.items() if start.startswith(mark)), (None, 0))
    if asked is None:
        return marked, mark
    name = _checked_name(asked)
    if name in ("utf-8", "utf-8-sig", "ascii"):
        return None, 0  # where it is read, UTF-8 is checked line by line
    if name in ("utf-16", "utf-32"):  # which leave the order of bytes to the mark
        return (marked, mark) if marked is not None else (f"{name}-le", 0)
    return name, mark if marked == name else 0


def to_utf8(raw: bytes, file: str, asked: str | None = None) -> tuple[bytes, tuple[str, ...]]:
    """The same text in UTF-8, with a note where that changed something.

    `asked` None: UTF-16 or UTF-32 where a byte order mark says so, else UTF-8.  Raises DataError for bytes that are no
    such text, ParameterError for an unknown encoding.

    >>> to_utf8("é".encode("latin-1"), "a.csv", "latin-1")[0].decode()
    'é'
    """
    encoding, mark = encoding_of(raw[:MARK_BYTES], asked)
    if encoding is None:
        return raw, ()
    try:
        return raw[mark:].decode(encoding).encode("utf-8"), (f"decoded from {encoding}",)
    except UnicodeError as error:
        raise DataError(_undecodable(file, encoding, mark, error)) from error


@final
class Utf8Reader(io.RawIOBase):
    """A stream of bytes in some encoding, read as UTF-8; a byte that is none is a DataError."""

    def __init__(self, stream: Any, file: str, encoding: str) -> None:
        super().__init__()
        self.stream, self.file, self.encoding = stream, file, encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.done = 0  # bytes decoded so far

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The text of the next bytes; nothing only at the end."""
        while True:
            raw = self.stream.read(size)
            try:
                text = self.decoder.decode(raw, final=not raw).encode("utf-8")
            except UnicodeError as error:
                raise DataError(_undecodable(self.file, self.encoding, self.done, error)) from error
            self.done += len(raw)
            if text or not raw:
                return text


def _checked_name(asked: str) -> str:
    try:
        found = codecs.lookup(asked)
        if found._is_text_encoding and found.name not in NO_FILES:
            return found.name
    except (LookupError, TypeError, ValueError):  # ValueError: a NUL in the name
        pass
    near = difflib.get_close_matches(str(asked).lower(), COMMON, n=2, cutoff=0.5) or COMMON[:5]
    raise ParameterError(
        f"read_table: encoding is {asked!r}, which is no text encoding of Python. Did you mean {' or '.join(near)}?"
    )


def _undecodable(file: str, encoding: str, before: int, error: UnicodeError) -> str:
    place = f", byte {before + error.start + 1} of the file" if isinstance(error, UnicodeDecodeError) else ""
    reason = getattr(error, "reason", None) or str(error)
    return (
        f"{file}{place}: this is not {encoding} ({reason}). Give the encoding it was written in, or save it as UTF-8."
    )
