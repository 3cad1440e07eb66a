"""A test set that counts its openings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.model_selection._seal import SealedSet, seal

X, Y = np.arange(12.0).reshape(6, 2), np.array(list("ababab"))


def sealed_at(folder: Path) -> SealedSet:
    return seal(X, Y, record=folder / "seal.json")


def test_it_gives_back_what_was_put_in() -> None:
    left, right = seal(X, Y).open()
    assert left is X
    assert right is Y
    assert seal(X).open() is X


def test_the_first_opening_is_silent_and_each_further_one_warns_with_its_number(tmp_path: Path) -> None:
    for sealed in (seal(X, Y), sealed_at(tmp_path)):
        sealed.open("score")
        for number in (2, 3):
            with pytest.warns(DataWarning, match=f"has now been opened {number} times, first at 20"):
                sealed.open("curious")
        assert sealed.openings == 3
        assert [row["why"] for row in sealed.record()["openings"]] == ["score", "curious", "curious"]


def test_looking_at_the_count_the_hash_or_the_record_is_no_opening(tmp_path: Path) -> None:
    sealed = sealed_at(tmp_path)
    assert (sealed.rows, len(sealed.sha256), sealed.record()["rows"], sealed.openings) == (6, 64, 6, 0)
    assert repr(sealed).endswith("opened 0 times)")
    assert all(str(number) not in repr(sealed).split("sha256")[0] for number in (11, 10))  # no cells


def test_the_record_goes_on_counting_for_the_same_rows_in_any_container(tmp_path: Path) -> None:
    sealed_at(tmp_path).open()
    frames = (pd.DataFrame(X, columns=["a", "b"]), pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}))
    for number, frame in enumerate(frames, 2):
        again = seal(frame, Y.tolist(), record=tmp_path / "seal.json")
        with pytest.warns(DataWarning, match=f"opened {number} times"):
            again.open()
    assert sealed_at(tmp_path).openings == 3


def test_two_objects_of_one_record_count_together(tmp_path: Path) -> None:
    first, second = sealed_at(tmp_path), sealed_at(tmp_path)
    first.open()
    assert second.openings == 1
    with pytest.warns(DataWarning, match="opened 2 times"):
        second.open()


OPENS = """
import sys, warnings, numpy as np
from pellucid.model_selection._seal import seal
warnings.simplefilter("ignore")
sealed = seal(np.arange(12.0).reshape(6, 2), np.array(list("ababab")), record=sys.argv[1])
for _ in range(int(sys.argv[2])):
    sealed.open("other process")
"""


def opener(path: Path, times: int) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", OPENS, str(path), str(times)], env=env)


def test_processes_that_open_at_once_are_each_counted(tmp_path: Path) -> None:
    openers = [opener(tmp_path / "seal.json", 20) for _ in range(3)]
    assert [process.wait(timeout=60) for process in openers] == [0, 0, 0]
    record = json.loads((tmp_path / "seal.json").read_text("utf-8"))
    assert len(record["openings"]) == 60
    assert {row["process"] for row in record["openings"]} == {process.pid for process in openers}
    assert [path.name for path in tmp_path.iterdir()] == ["seal.json"]
    with pytest.warns(DataWarning, match="opened 61 times"):
        sealed_at(tmp_path).open()


def test_a_record_of_other_rows_is_an_error_when_sealing_and_when_opening(tmp_path: Path) -> None:
    sealed = sealed_at(tmp_path)
    with pytest.raises(DataError, match=r"is the record of other rows: 6 with sha256 .* while these are 6"):
        seal(X + 1, Y, record=tmp_path / "seal.json")
    seal(X + 1, Y, record=tmp_path / "other.json")
    (tmp_path / "other.json").replace(tmp_path / "seal.json")
    with pytest.raises(DataError, match="is the record of other rows"):
        sealed.open()


def test_columns_of_other_names_are_other_rows(tmp_path: Path) -> None:
    seal({"a": [1, 2], "b": [3, 4]}, record=tmp_path / "seal.json")
    with pytest.raises(DataError, match="is the record of rows with columns a, b; these are called b, a"):
        seal({"b": [1, 2], "a": [3, 4]}, record=tmp_path / "seal.json")


def test_rows_that_were_changed_after_sealing_are_not_handed_out(tmp_path: Path) -> None:
    values = X.copy()
    sealed = seal(values, Y, record=tmp_path / "seal.json")
    values[3, 1] += 1
    with pytest.raises(DataError, match="the rows were changed since they were sealed"):
        sealed.open()
    assert sealed.openings == 0


def test_a_record_that_was_taken_away_is_an_error(tmp_path: Path) -> None:
    sealed = sealed_at(tmp_path)
    sealed.open()
    (tmp_path / "seal.json").unlink()
    with pytest.raises(DataError, match=r"is gone, which counted 1 opening\(s\) when last seen"):
        sealed.open()


def test_nothing_is_handed_out_that_could_not_be_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = sealed_at(tmp_path)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr("os.fsync", full)
        sealed.open()
    assert sealed.openings == 0


def test_what_cannot_be_sealed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give the rows to seal"):
        seal()
    with pytest.raises(ParameterError, match="there is no directory"):
        seal(X, record=tmp_path / "nowhere" / "seal.json")
    (tmp_path / "seal.json").write_text("{}")
    with pytest.raises(DataError, match="is not the record of a seal"):
        sealed_at(tmp_path)
