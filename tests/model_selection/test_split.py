"""Single splits: rows stay together, classes keep their shares, mistakes are named."""

from pathlib import Path

import numpy as np
import pandas
import pytest

from pellucid.data import read_table
from pellucid.errors import DataError, ParameterError
from pellucid.model_selection import train_test_split, train_val_test_split


def test_rows_of_all_containers_stay_together() -> None:
    x = np.arange(20)
    frame = pandas.DataFrame({"x": x})
    for split, n_parts in ((train_test_split, 2), (train_val_test_split, 3)):
        pieces = split(x, frame, x.tolist(), random_state=3)
        for part in range(n_parts):
            array, framed, listed = pieces[part], pieces[n_parts + part], pieces[2 * n_parts + part]
            assert array.tolist() == framed["x"].tolist() == listed
        assert sorted(np.concatenate(pieces[:n_parts]).tolist()) == x.tolist()


def test_the_same_seed_gives_the_same_rows_whatever_holds_them() -> None:
    x = list(range(30))
    y = [0, 1, 1] * 10
    one, other = (train_val_test_split(kind(x), random_state=7, stratify=y)[2] for kind in (list, np.array))
    assert one == other.tolist()


def test_without_shuffling_the_training_rows_come_first_and_the_test_rows_last() -> None:
    assert train_test_split(list(range(8)), shuffle=False) == [[0, 1, 2, 3, 4, 5], [6, 7]]
    assert train_val_test_split(list(range(5)), shuffle=False) == [[0, 1, 2], [3], [4]]


def test_words_numbers_and_truths_can_be_stratified_by() -> None:
    for names in (["a", "b"], [1, 2], [1.0, 2.0], [False, True]):
        y = np.array(names)[np.repeat([0, 1], [80, 20])]
        for part, size in zip(train_val_test_split(y, random_state=0, stratify=y), (60, 20, 20), strict=True):
            assert (part == names[0]).sum() == 0.8 * size
    y = np.array(["a"] * 8 + ["b"] * 2, dtype=object)
    assert sorted(train_test_split(y, test_size=5, random_state=0, stratify=pandas.Series(y))[1]) == ["a"] * 4 + ["b"]


def test_a_table_from_disk_is_split_within_one_row_a_class(shared_data: Path) -> None:
    table = read_table(shared_data / "penguins.csv")
    species = table.column("species")
    parts = train_val_test_split(table, random_state=0, stratify=species)
    assert [len(part) for part in parts] == [206, 69, 69]
    for name in set(species):
        for part in parts:
            share = (species == name).sum() * len(part) / len(table)
            assert abs((part.column("species") == name).sum() - share) < 1


def test_too_few_rows_of_a_class_are_named_with_a_way_out() -> None:
    y = ["a"] * 10 + ["b"] * 2 + ["c"]
    with pytest.raises(
        DataError, match=r"train_test_split: .* needs 2 rows of each class; too few have 'c' \(1\)\. Leave"
    ):
        train_test_split(y, stratify=y)
    with pytest.raises(DataError, match=r"needs 3 rows of each class; too few have 'b' \(2\), 'c' \(1\)"):
        train_val_test_split(y, stratify=y)


def test_what_can_not_be_split_is_refused() -> None:
    for wrong, message in (
        (lambda: train_test_split(), "give at least one array"),
        (lambda: train_test_split([1, 2], [1]), "the arrays have 2, 1 rows"),
        (lambda: train_test_split([1]), r"1 row\(s\) can not be split"),
        (lambda: train_test_split([1, 2, 3, 4], shuffle=False, stratify=[0, 0, 1, 1]), "stratify needs shuffle=True"),
        (
            lambda: train_test_split([1, 2, 3, 4], stratify=[0.5, 0.1, 0.2, 0.3]),
            "stratify: Unknown label type: continuous",
        ),
        (lambda: train_test_split([1, 2], stratify=["a", None]), "stratify"),
        (lambda: train_test_split([1, 2, 3], random_state=-1), "not a seed"),
    ):
        with pytest.raises((DataError, ParameterError), match=message):
            wrong()
