"""Where the data come from: a bundled set, a file, or what the caller already holds.

Here: `Source`, `open_source`, `place_of` and the choice of the target column.
Elsewhere: reading is pellucid.data's; bundled sets are pellucid.datasets'.
Imports: pellucid.errors, pellucid.datasets, pellucid.data.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from pellucid.data import ImageArrays, Table, as_table, read_images, read_table
from pellucid.datasets import names, path, target
from pellucid.errors import ParameterError

TARGET_NAMES = ("target", "label", "class", "y", "outcome")  # a column called so is taken without asking
IMAGES = ".npz"
SHOWN = 20  # columns listed where none was named


@final
@dataclass(frozen=True)
class Source:
    """Data with their origin.

    name: a short name for the run; sha256: of the file's bytes, None for data held in memory; target: the column to
    predict where the origin says so.
    """

    data: Table | ImageArrays
    name: str
    path: str | None = None
    sha256: str | None = None
    target: str | None = None


def place_of(name: str | Path) -> Path:
    """The file that a path or the name of a bundled set stands for; a file of that name goes before the set.

    Raises ParameterError for a bare word that is neither.

    >>> place_of("iris").name
    'iris.csv'
    """
    place = Path(name)
    if place.exists():
        return place
    if str(name) in names():
        return path(str(name))
    if place.suffix == "" and len(place.parts) == 1:
        raise ParameterError(
            f"{str(name)!r} is neither a file here nor a bundled data set; give the path of a table or of an NPZ "
            f"file of images, or one of {', '.join(names())}."
        )
    return place


def open_source(data: Any) -> Source:
    """A bundled set by name, a file by path (`.npz` holds images, all else is a table), a frame, or arrays.

    Raises ParameterError for a name that stands for nothing, DataError for what cannot be read.
    """
    if isinstance(data, ImageArrays):
        return Source(data, "images")
    if not isinstance(data, str | Path):
        return Source(as_table(data), "table")
    place = place_of(data)
    content: Table | ImageArrays = read_images(place) if place.suffix.lower() == IMAGES else read_table(place)
    known = target(str(data)) if not Path(data).exists() else None  # else place_of has found it among the bundled
    return Source(content, place.stem, str(data), hashlib.sha256(place.read_bytes()).hexdigest(), known)


def target_of(source: Source, table: Table, wanted: str | None) -> str:
    """The column to predict: the one asked for, the bundled set's own, or one that is called target, label or the like.

    Raises ColumnError with the closest names when the one asked for is not there, ParameterError when none is asked
    for and none is obvious.
    """
    if wanted is not None:
        table.select(wanted)  # raises with the closest names
        return wanted
    if source.target is not None:
        return source.target
    found = [column for column in table.columns if column.lower() in TARGET_NAMES]
    if len(found) == 1:
        return found[0]
    more = f" and {len(table.columns) - SHOWN} more" if len(table.columns) > SHOWN else ""
    raise ParameterError(
        f"which column of {source.path or 'the table'} is to be predicted? Name it as the target (--target COLUMN); "
        f"there are {', '.join(table.columns[:SHOWN])}{more}."
    )
