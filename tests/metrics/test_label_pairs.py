"""Counting pairs of labels: rows taken together count as they did apart; several labels a row."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from pellucid.errors import DataError, DataWarning
from pellucid.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    hamming_loss,
    precision_score,
    recall_score,
)
from pellucid.metrics._label_pairs import MERGED_ROWS, MERGED_SPAN, label_pairs, mean_of, tally, tally_of


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8, np.int16, np.uint64, np.int64])
@pytest.mark.parametrize("weighted", [None, int, float])
def test_rows_taken_together_count_as_they_did_apart(kind: Any, weighted: Any, monkeypatch: Any) -> None:
    rng = np.random.default_rng(0)
    low = {np.int8: -128, np.int16: -300, np.int64: -(2**62), np.uint64: 2**62}.get(kind, 0)
    y, p = ((rng.integers(2 if kind is bool else 5, size=MERGED_ROWS) + low).astype(kind) for _ in range(2))
    weight = None if weighted is None else rng.integers(3, size=MERGED_ROWS).astype(weighted)
    together = label_pairs(y, p, weight)
    monkeypatch.setattr("pellucid.metrics._label_pairs.MERGED_ROWS", MERGED_ROWS + 1)
    apart = label_pairs(y, p, weight)
    assert len(together.actual) <= 25 and len(apart.actual) == MERGED_ROWS
    assert together.classes.dtype == apart.classes.dtype == kind
    assert together.table.tolist() == apart.table.tolist()
    for one, other in zip(tally(together), tally(apart), strict=True):
        assert np.array_equal(one, other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)


def test_a_pair_that_weighs_nothing_keeps_its_classes() -> None:
    y, p = np.zeros(MERGED_ROWS, int), np.ones(MERGED_ROWS, int)
    weight = np.ones(MERGED_ROWS)
    p[7], weight[7] = 9, 0.0
    assert label_pairs(y, p, weight).classes.tolist() == [0, 1, 9]


@pytest.mark.parametrize(
    "high", [MERGED_SPAN - 1, MERGED_SPAN, 2**40, np.iinfo(np.int64).max], ids=["within", "beyond", "far", "most"]
)
def test_labels_far_apart_are_counted_too(high: int) -> None:
    y = np.tile(np.array([0, high]), MERGED_ROWS)
    assert accuracy_score(y, y) == 1
    assert recall_score(y, np.zeros_like(y), average=None).tolist() == [1, 0]


def test_unsigned_labels_beyond_the_signed_range_are_counted_too() -> None:
    y = np.full(MERGED_ROWS, 2**64 - 1, np.uint64)
    assert tally(label_pairs(y, y, None)).hit.tolist() == [MERGED_ROWS]


def test_whole_weights_beyond_float64_are_counted_to_the_last_one() -> None:
    most = np.iinfo(np.int64).max
    assert confusion_matrix([0, 0], [0, 0], sample_weight=np.array([most - 1, 1])).tolist() == [[most]]


def test_sparse_matrices_of_labels_are_counted_as_dense_ones() -> None:
    y, p = np.array([[1, 1, 0], [0, 1, 0]]), np.array([[1, 0, 0], [1, 1, 0]])
    for kind in (sp.csr_array, sp.coo_matrix):
        for score in (partial(f1_score, average="micro"), accuracy_score, hamming_loss):
            assert score(kind(y), kind(p)) == score(y, p)


def test_several_labels_a_row_are_counted_by_column_by_row_and_in_all() -> None:
    y, p = np.array([[1, 1, 0], [0, 1, 0]]), np.array([[1, 0, 0], [1, 1, 0]])
    assert precision_score(y, p, average=None, zero_division=0).tolist() == [1 / 2, 1, 0]
    assert recall_score(y, p, average=None, zero_division=0).tolist() == [1, 1 / 2, 0]
    assert precision_score(y, p, average="samples") == pytest.approx((1 + 1 / 2) / 2)
    assert precision_score(y, p, average="samples", sample_weight=[3, 1]) == pytest.approx((3 + 1 / 2) / 4)
    assert f1_score(y, p, average="micro") == pytest.approx(2 * 2 / (3 + 3))
    assert recall_score(y, p, average=None, labels=[1]).tolist() == [1 / 2]


def test_a_positive_label_that_counts_for_nothing_is_warned_of() -> None:
    with pytest.warns(DataWarning, match=r"pos_label=2 is ignored with average='macro'; of one class, labels=\[2\]"):
        assert precision_score([0, 1, 2], [0, 1, 2], pos_label=2, average="macro") == 1


def test_what_is_no_matrix_of_labels_is_refused() -> None:
    y = np.array([[1, 0], [0, 1]])
    for asked, message in (
        (lambda: f1_score(y, y), "average='binary' is for one label; here are 2"),
        (lambda: f1_score(y, y[:, :1], average="micro"), r"y_true is \(2, 2\), y_pred \(2, 1\)"),
        (lambda: f1_score(y, y * 2, average="micro"), "y_pred: several labels a row need a matrix"),
        (lambda: f1_score(y, y, average="micro", labels=[5]), "a matrix of 2 columns has labels 0 to 1"),
        (lambda: f1_score([0, 1], [0, 1], average="samples"), "average='samples' is for several labels a row"),
        (lambda: f1_score(y, y, average="micro", sample_weight=[1]), "y_true has 2, sample_weight has 1"),
    ):
        with pytest.raises(DataError, match=message):
            asked()


def test_the_total_is_that_of_all_rows_whatever_classes_are_asked_for() -> None:
    counts = tally_of([0, 1, 2, 2], [0, 2, 2, 1], [2], None, None, [1, 1, 1, 2])
    assert (counts.classes.tolist(), counts.hit.tolist(), counts.total) == ([2], [1], 5)


def test_a_mean_leaves_out_what_is_undefined() -> None:
    assert mean_of(np.array([1.0, np.nan, 0.0]), None) == 0.5
    assert mean_of(np.array([1.0, np.nan, 0.0]), np.array([3, 9, 1])) == 0.75
    assert mean_of(np.array([1.0, 0.0]), np.zeros(2)) == 0.5
    assert np.isnan(mean_of(np.array([np.nan]), None))
