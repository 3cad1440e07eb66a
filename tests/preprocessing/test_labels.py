"""Labels as numbers, and back."""

from pathlib import Path

import numpy as np
import pytest
import sklearn.preprocessing

import pellucid
from pellucid.errors import DataError, ModelFileError, NotFittedError
from pellucid.preprocessing import LabelEncoder


@pytest.mark.parametrize("y", [["b", "a", "b"], [3, -1, 3, 70_000], [True, False], [2.0, 1.0]])
def test_numbers_and_classes_are_those_of_scikit_learn(y: list[object]) -> None:
    ours, theirs = LabelEncoder(), sklearn.preprocessing.LabelEncoder()
    assert ours.fit_transform(y).tolist() == theirs.fit_transform(y).tolist()
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.transform(y[:1]).tolist() == theirs.transform(y[:1]).tolist()
    assert ours.inverse_transform(ours.transform(y)).tolist() == list(y)


def test_no_labels_have_no_numbers() -> None:
    encoder = LabelEncoder().fit(["a", "b"])
    assert encoder.transform([]).tolist() == [] and encoder.inverse_transform([]).tolist() == []


def test_labels_not_seen_in_fit_are_named() -> None:
    encoder = LabelEncoder().fit(np.array(["a", "b"]))
    with pytest.raises(DataError, match=r"previously unseen labels: 'c', 'd', in 2 rows \(first: row 1\)"):
        encoder.transform(["a", "d", "c"])
    with pytest.raises(DataError, match="unseen labels: 2; give numbers from 0 to 1"):
        encoder.inverse_transform([0, 2])
    for missing in (None, float("nan")):
        with pytest.raises(DataError, match="y contains missing"):
            encoder.fit(["a", missing])
    for odd in ("a", [["a", "b"]]):
        with pytest.raises(DataError, match="y should be a 1d array"):
            encoder.transform(odd)
    with pytest.raises(NotFittedError, match="call fit first"):
        LabelEncoder().transform(["a"])


def test_it_is_stored_and_loaded(tmp_path: Path) -> None:
    pellucid.save(LabelEncoder().fit(["x", "y"]), tmp_path / "labels.pellucid")
    assert pellucid.load(tmp_path / "labels.pellucid").transform(["y", "x"]).tolist() == [1, 0]
    with pytest.raises(ModelFileError, match="it is damaged"):
        LabelEncoder.from_record({"classes": "xy"})
