"""Where the data come from: a bundled set, a file, or what the caller already holds.

Here: `Source`, `open_source`, and the choice of the target column.
Elsewhere: reading is pellucid.data's; bundled sets are pellucid.datasets'.
Imports: pellucid.errors, pellucid.datasets, pellucid.data.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from pellucid.data import ImageArrays, Table, as_table, read_images, read_table
from pellucid.datasets import names, path, target
from pellucid.errors import DataError, ParameterError

TARGET_NAMES = ("target", "label", "class", "y", "outcome")  # columns called so are taken without asking


@final
@dataclass(frozen=True)
class Source:
    """Data with their origin.

    name: a short name for the run; sha256: of the file's bytes, None for data held in memory; target: the column to
    predict where the origin says so.
    """

    data: Table | ImageArrays
    name: str
    path: str | None
    sha256: str | None
    target: str | None


def open_source(data: Any) -> Source:
    """A bundled set by name, a file by path (`.npz` holds images, all else is a table), a frame, or arrays.

    Raises DataError for what cannot be read, naming bundled sets among the remedies.
    """
    if isinstance(data, ImageArrays):
        return Source(data, "images", None, None, None)
    if not isinstance(data, (str, Path)):
        return Source(as_table(data), "table", None, None, None)
    bundled = str(data) in names() and not Path(data).exists()
    place = path(str(data)) if bundled else Path(data)
    if not place.exists() and place.suffix == "" and place.parent == Path("."):
        raise DataError(
            f"{str(data)!r} is neither a file here nor a bundled data set; the bundled ones are {', '.join(names())}."
        )
    images = place.suffix.lower() == ".npz"
    content: Table | ImageArrays = read_images(place) if images else read_table(place)
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    return Source(content, place.stem, str(data), digest, target(str(data)) if bundled else None)


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
    shown = ", ".join(table.columns[:20]) + (", ..." if len(table.columns) > 20 else "")
    raise ParameterError(
        f"which column is to be predicted? Name it (--target COLUMN). {source.path or 'The table'} has: {shown}."
    )
