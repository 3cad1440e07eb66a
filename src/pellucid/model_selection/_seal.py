"""A test set that is opened once, and tells when it was opened more often.

Here: `seal` and the `SealedSet` it gives.
Elsewhere: the hash of the rows is in _seal_content.py, the file that counts openings in _seal_record.py.
Imports: numpy, pellucid.errors and this package.
"""

import os
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.model_selection._seal_content import Fingerprint, fingerprint
from pellucid.model_selection._seal_record import Opening, SealRecord, locked, read_record, write_record

SHOWN = 12  # digits of a hash in a message: 48 bits tell any two sets apart that a person meets


@final
class SealedSet:
    """Rows that are handed out by `open`, which counts; made by `seal`.

    sha256: hash of their values; rows: how many there are; openings: how often they have been handed out so far, by
    any process that keeps the same record.

    >>> import numpy as np
    >>> sealed = seal(np.array([[1.0], [2.0]]), np.array([0, 1]))
    >>> sealed
    SealedSet(2 rows, sha256 d505..., opened 0 times)
    >>> X_test, y_test = sealed.open("final score")
    >>> sealed.openings, sealed.record()["openings"][0]["why"]
    (1, 'final score')
    """

    def __init__(self, containers: tuple[Any, ...], path: Path | None) -> None:
        self._containers, self._path = containers, path
        found = fingerprint(containers)
        self._record = SealRecord(found.sha256, found.rows, found.columns, _now())
        if path is not None:
            self._record = self._begun(path)

    @property
    def sha256(self) -> str:
        """Hash of the values, 64 hexadecimal digits."""
        return self._record.sha256

    @property
    def rows(self) -> int:
        """How many rows are sealed."""
        return self._record.rows

    @property
    def openings(self) -> int:
        """How often the set has been opened, as far as this object or its file knows."""
        return len(self._current().openings)

    def record(self) -> dict[str, Any]:
        """Everything known of the set, as plain data: hash, rows, columns, when it was sealed, each opening."""
        return self._current().plain()

    def open(self, why: str = "") -> Any:
        """The rows, as they were given: one container, or a list of several. Each call is an opening.

        The opening is on disk before the rows are handed out. From the second on there is a DataWarning.
        Raises DataError when the rows, or the record, are no longer those that were sealed; OSError when the disk
        refuses; then nothing is handed out.
        """
        now = fingerprint(self._containers)
        if now.sha256 != self.sha256:
            raise DataError(
                f"open: the rows were changed since they were sealed (sha256 {self.sha256[:SHOWN]}..., now "
                f"{now.sha256[:SHOWN]}...). Read them again, and change copies only."
            )
        opening = Opening(_now(), os.getpid(), why)
        if self._path is None:
            self._record = _opened(self._record, opening)
        else:
            with locked(self._path):
                self._record = _opened(self._on_disk(self._path), opening)
                write_record(self._path, self._record)
        _warn_of(self._record)
        return self._containers[0] if len(self._containers) == 1 else list(self._containers)

    def _begun(self, path: Path) -> SealRecord:
        """The record at `path`, begun there where none was."""
        with locked(path):
            record = read_record(path)
            if record is None:
                write_record(path, self._record)
                return self._record
        return self._fitting(record, path)

    def _current(self) -> SealRecord:
        return self._record if self._path is None else self._on_disk(self._path)

    def _on_disk(self, path: Path) -> SealRecord:
        record = read_record(path)
        if record is None:
            raise DataError(
                f"seal: the record {path} is gone, which counted {len(self._record.openings)} opening(s) when last "
                "seen. Restore it, or seal the set again."
            )
        return self._fitting(record, path)

    def _fitting(self, record: SealRecord, path: Path) -> SealRecord:
        """The record, if it is one of these rows under these names."""
        mine = Fingerprint(self._record.sha256, self._record.rows, self._record.columns)
        if record.sha256 != mine.sha256:
            raise DataError(
                f"seal: {path} is the record of other rows: {record.rows} with sha256 {record.sha256[:SHOWN]}..., "
                f"while these are {mine.rows} with {mine.sha256[:SHOWN]}.... Give the rows that were sealed, in their "
                "order, or another path."
            )
        pairs = [
            (theirs, ours)
            for theirs, ours in zip(record.columns, mine.columns, strict=False)  # as many, unless the file was edited
            if theirs is not None and ours is not None and theirs != ours
        ]
        if pairs:
            theirs, ours = pairs[0]
            raise DataError(
                f"seal: {path} is the record of rows with columns {', '.join(theirs)}; these are called "
                f"{', '.join(ours)}. Give them their names back, or another path."
            )
        return record

    def __repr__(self) -> str:
        n = len(self._record.openings)  # as last seen: printing reads no file
        times = "once" if n == 1 else f"{n} times"
        return f"SealedSet({self.rows} rows, sha256 {self.sha256[:4]}..., opened {times})"


def seal(*containers: Any, record: str | os.PathLike[str] | None = None) -> SealedSet:
    """Put test rows away until the one time they are needed, with a count of every opening.

    containers: X, or X and y (and more), of the same N rows: arrays, lists, pandas, Polars or Arrow frames and columns,
    pellucid tables. They are kept, not copied.
    record: the JSON file that keeps the hash and the openings, in a directory that exists, beside the run. Sealing the
    same rows again under a record goes on counting in it: in another process, after a restart, from another kind of
    frame. Without it this object alone counts.

    The seal is a memory, not a lock: it keeps an honest person honest. Rows tested on many times are slowly learned
    from, since the model is chosen that does well on them.
    Raises DataError for rows that cannot be hashed and for a record of other rows; ParameterError for a path whose
    directory is not there.   Source: Dwork et al., The reusable holdout, Science 349, 2015.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = seal([[1, 2], [3, 4]], record=f"{folder}/seal.json").open()
    ...     print(seal({"a": [1.0, 3.0], "b": [2.0, 4.0]}, record=f"{folder}/seal.json").openings)
    1
    """
    path = None if record is None else Path(record)
    if path is not None and not path.parent.is_dir():
        raise ParameterError(f"seal: record is {str(path)!r}, but there is no directory {path.parent}; make it first.")
    if not containers:
        raise DataError("seal: give the rows to seal, X or X and y.")
    return SealedSet(containers, path)


def _opened(record: SealRecord, opening: Opening) -> SealRecord:
    return replace(record, openings=(*record.openings, opening))


def _warn_of(record: SealRecord) -> None:
    n = len(record.openings)
    if n > 1:
        warnings.warn(
            f"the sealed set of {record.rows} rows (sha256 {record.sha256[:SHOWN]}...) has now been opened {n} times, "
            f"first at {record.openings[0].at}; a score on it is no longer one on unseen rows. Say so beside the "
            "score, or seal fresh rows.",
            DataWarning,
            stacklevel=3,
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
