"""The deal of rows into three parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.auto._parts import FEWEST_ROWS, Parts, deal
from pellucid.errors import DataError, DataWarning
from pellucid.model_selection import seal


def numbers(parts: Parts) -> tuple[list[int], list[int], list[int]]:
    return parts.train.tolist(), parts.validation.tolist(), parts.open_test().tolist()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(3, 40), min_size=1, max_size=9), st.integers(0, 2**32))
def test_each_row_is_in_one_part_and_each_class_in_every_part(sizes: list[int], seed: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    if len(labels) < FEWEST_ROWS:
        return
    train, validation, test = numbers(deal(len(labels), labels, np.random.default_rng(seed)))
    assert sorted([*train, *validation, *test]) == list(range(len(labels)))
    for part in (train, validation, test):
        assert set(labels[part]) == set(labels)


def test_large_classes_are_shared_out_by_the_shares_of_the_parts() -> None:
    labels = np.repeat(["a", "b"], [9000, 1000])
    train, validation, test = numbers(deal(10_000, labels, np.random.default_rng(0)))
    counts = [[int((labels[part] == label).sum()) for label in "ab"] for part in (train, validation, test)]
    np.testing.assert_allclose(counts, [[5850, 650], [1350, 150], [1800, 200]], atol=2)


def test_rows_without_labels_are_dealt_at_random() -> None:
    parts = deal(1000, None, np.random.default_rng(0))
    assert parts.sizes == {"train": 650, "validation": 150, "test": 200}
    assert abs(np.mean(parts.open_test()) - 500) < 60
    assert parts.how == "at random"


def test_a_given_test_part_is_kept_and_only_the_others_are_dealt() -> None:
    labels = np.arange(120) % 3
    parts = deal(120, labels, np.random.default_rng(0), n_given_test=20)
    train, validation, test = numbers(parts)
    assert test == list(range(100, 120))
    assert sorted([*train, *validation]) == list(range(100))
    assert parts.sizes["validation"] == 15
    assert "the test part came with the data" in parts.how


def test_the_same_seed_deals_the_same_rows_and_another_others() -> None:
    labels = np.arange(90) % 3
    first, same, other = (numbers(deal(90, labels, np.random.default_rng(seed))) for seed in (0, 0, 1))
    assert first == same != other


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="the data have 19 rows; at least 20 are needed"):
        deal(19, None, np.random.default_rng(0))
    with pytest.raises(DataError, match="a class has 2 rows to be dealt into 3 parts"):
        deal(30, np.r_[np.zeros(28), np.ones(2)], np.random.default_rng(0))


def test_each_opening_of_the_test_part_is_counted_and_looking_at_its_size_is_none() -> None:
    parts = deal(50, None, np.random.default_rng(0))
    assert parts.record()["test_openings"] == 0
    parts.open_test()
    with pytest.warns(DataWarning, match="has now been opened 2 times"):
        parts.open_test()
    assert parts.record()["test_openings"] == 2


def test_the_record_holds_the_hash_of_what_the_test_rows_hold() -> None:
    x, y = np.arange(40.0).reshape(20, 2), np.arange(20)
    parts = Parts(np.arange(10), np.arange(10, 15), np.array([17, 15]), "by hand", (x, y))
    assert parts.record()["test_sha256"] == seal(x[[17, 15]], y[[17, 15]]).sha256


def test_the_record_tells_apart_other_deals_and_not_the_order_of_rows() -> None:
    left = Parts(np.array([1, 2]), np.array([3]), np.array([4]), "").record()
    same = Parts(np.array([2, 1]), np.array([3]), np.array([4]), "").record()
    other = Parts(np.array([1, 3]), np.array([2]), np.array([4]), "").record()
    hashes = [record["sha256_of_row_numbers"] for record in (left, same, other)]
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]
