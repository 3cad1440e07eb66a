"""The bytes of a safetensors file: where each array lies, and what the header may say.

    8 bytes    length n of the header, little-endian
    n bytes    JSON: {"__metadata__": {str: str}, name: {"dtype", "shape", "data_offsets": [start, end]}, ...}
    the rest   the arrays, row-major and little-endian, without gap or overlap

Here: writing and reading those bytes, every size checked against the size of the file before memory is taken for it.
Elsewhere: the JSON document among the metadata is told in _record.py; files that are something else, in _foreign.py.
Imports: numpy, pellucid.errors.

The format is written out here, not left to the safetensors package, because that one maps the file into memory (a file
cut short meanwhile kills the process), accepts duplicate metadata keys and booleans other than 0 and 1, writes strided
arrays wrong, lacks bfloat16 for NumPy, and orders metadata at random (seen in its version 0.8.0). The tests hold both
implementations to the same files.
"""

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import ModelFileError
from pellucid.persistence._json import parse

Array = NDArray[Any]

HEADER_MAX = 16 * 2**20  # bytes; the format allows 100 MB, and Python takes up to 35 times as much memory to parse
AXES_MAX = 64  # NumPy's own limit
METADATA = "__metadata__"

CODES = {
    "bool": "BOOL",
    **{f"{kind}{bits}": f"{kind[0].upper()}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    **{f"float{bits}": f"F{bits}" for bits in (16, 32, 64)},
}
"""NumPy's name of a dtype -> the file's; these are the arrays that can be stored."""

_DTYPES = {code: np.dtype(name).newbyteorder("<") for name, code in CODES.items()} | {"BF16": np.dtype("<u2")}


@dataclass(frozen=True)
class Slot:
    """The place of one array in a file; `start` and `end` count bytes from the end of the header."""

    name: str
    code: str
    shape: tuple[int, ...]
    start: int
    end: int


def slots_for(arrays: Mapping[str, Array]) -> list[Slot]:
    """One slot an array, the widest numbers first, so that every array is aligned to its item size; then by name."""
    slots: list[Slot] = []
    start = 0
    for name in sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)):
        array = arrays[name]
        slots.append(Slot(name, CODES[array.dtype.name], array.shape, start, start + array.nbytes))
        start += array.nbytes
    return slots


def header_of(slots: Iterable[Slot], metadata: Mapping[str, str]) -> bytes:
    """The opening bytes of a file, padded with spaces so that the arrays start at a multiple of 8."""
    entries: dict[str, Any] = {METADATA: dict(metadata)} if metadata else {}
    for slot in slots:
        entries[slot.name] = {"dtype": slot.code, "shape": slot.shape, "data_offsets": [slot.start, slot.end]}
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > HEADER_MAX:
        raise ModelFileError(
            f"the description of this model takes {len(text):,} bytes, and a file's header at most {HEADER_MAX:,}; "
            "store long lists of numbers as NumPy arrays, and long lists of strings in a table beside the model."
        )
    return len(text).to_bytes(8, "little") + text


def bytes_of(array: Array) -> memoryview:
    """The array's numbers, row-major and little-endian; a view where they lie so already."""
    plain = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    return plain.reshape(-1).view(np.uint8).data


def checksum(slots: Iterable[Slot], metadata: Mapping[str, str], arrays: Mapping[str, Array]) -> str:
    """CRC-32 of what a file says and holds, as 8 hexadecimal digits: finds accidents, not forgery."""
    places = sorted((slot.start, slot.end, slot.name, slot.code, slot.shape) for slot in slots)
    crc = zlib.crc32(json.dumps([sorted(metadata.items()), places]).encode())
    for _, _, name, _, _ in places:
        crc = zlib.crc32(bytes_of(arrays[name]), crc)
    return f"{crc:08x}"


def read_header(file: BufferedReader, size: int) -> tuple[list[Slot], dict[str, str]]:
    """The slots, in the order of their bytes, and the metadata of a file of `size` bytes, read from its start.

    Raises ModelFileError unless the slots cover the rest of the file exactly, each as long as its shape and dtype say.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > HEADER_MAX:
        raise ModelFileError(f"its header would take {length:,} bytes; at most {HEADER_MAX:,} are accepted.")
    if size < 8 + length:
        raise ModelFileError(f"it ends after {size:,} bytes, inside its header of {length:,}; it is cut short.")
    try:
        text = file.read(length).decode()
    except UnicodeDecodeError as error:
        raise ModelFileError(f"its header is not UTF-8: {error}.") from None
    entries = parse(text, "its header")
    if not isinstance(entries, dict):
        raise ModelFileError("its header is not a JSON object.")
    metadata = _checked_metadata(entries.pop(METADATA, {}))
    slots = sorted(_slots_in(entries), key=lambda slot: (slot.start, slot.end))
    _check_cover(slots, size - 8 - length)
    return slots, metadata


def read_array(file: BufferedReader, slot: Slot) -> Array:
    """The array of `slot`; the file stands at its first byte. bfloat16, which NumPy lacks, comes as float32 (exact)."""
    try:
        array = np.empty(slot.shape, _DTYPES[slot.code])
    except (MemoryError, ValueError) as error:
        raise ModelFileError(f"array {slot.name!r} of shape {slot.shape} does not fit in memory: {error}") from None
    raw = array.reshape(-1).view(np.uint8)
    if file.readinto(raw.data) < array.nbytes:
        raise ModelFileError(f"it ended inside array {slot.name!r}; it changed while it was read.")
    if slot.code == "BOOL" and raw.size and raw.max() > 1:
        raise ModelFileError(f"array {slot.name!r} has the byte {raw.max()} where a boolean is 0 or 1.")
    if slot.code == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _checked_metadata(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ModelFileError(f"its {METADATA} is not an object of strings.")
    return metadata


def _slots_in(entries: dict[str, Any]) -> Iterator[Slot]:
    """A slot an entry of the header; each right in itself, not yet against its neighbours."""
    for name, entry in entries.items():
        where = f"array {name[:80]!r}"
        match entry:
            case {"dtype": str(code), "shape": list(shape), "data_offsets": [start, end]} if len(entry) == 3:
                pass
            case _:
                raise ModelFileError(f"{where} is not described by dtype, shape and data_offsets alone.")
        if code not in _DTYPES:
            raise ModelFileError(f"{where} has dtype {code[:20]!r}; readable are {', '.join(_DTYPES)}.")
        if len(shape) > AXES_MAX or not all(map(_is_count, [*shape, start, end])):
            raise ModelFileError(f"{where} has a shape or offsets that are not whole numbers, or over {AXES_MAX} axes.")
        wanted = math.prod(shape) * _DTYPES[code].itemsize
        if end - start != wanted:
            raise ModelFileError(f"{where} of shape {shape} and dtype {code} needs {wanted} bytes, not {end - start}.")
        yield Slot(name, code, tuple(shape), start, end)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _check_cover(slots: list[Slot], room: int) -> None:
    """The slots, sorted, fill `room` bytes without gap or overlap."""
    at = 0
    for slot in slots:
        if slot.start != at:
            fault = "a gap before" if slot.start > at else "an overlap at"
            raise ModelFileError(f"there is {fault} array {slot.name[:80]!r}: byte {slot.start}, after byte {at}.")
        at = slot.end
    if at != room:
        fault = "it is cut short" if at > room else "something was appended"
        raise ModelFileError(f"its arrays take {at:,} bytes, and {room:,} are there; {fault}.")
