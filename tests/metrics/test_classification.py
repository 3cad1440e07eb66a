"""Label metrics, against values worked by hand."""

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    hamming_loss,
    precision_score,
    recall_score,
    zero_one_loss,
)

#        predicted: a  b  c
TABLE = np.array([[5, 1, 0], [2, 3, 1], [0, 0, 8]])  # true a, b, c down
TRUE = np.repeat(["a", "b", "c"], TABLE.sum(axis=1))
PREDICTED = np.concatenate([np.repeat(["a", "b", "c"], row) for row in TABLE])


def test_counts_come_back_as_they_were_laid_out() -> None:
    assert confusion_matrix(TRUE, PREDICTED).tolist() == TABLE.tolist()
    assert confusion_matrix(TRUE, PREDICTED, labels=["c", "a"]).tolist() == [[8, 0], [0, 5]]
    assert confusion_matrix(TRUE, PREDICTED).dtype == np.int64
    assert confusion_matrix([1], [1], sample_weight=[2]).dtype == np.int64
    assert confusion_matrix([1], [1], sample_weight=[0.5]).tolist() == [[0.5]]


def test_normalised_counts_sum_to_one_and_nothing_over_nothing_is_zero() -> None:
    for way, axis in (("true", 1), ("pred", 0), ("all", None)):
        np.testing.assert_allclose(confusion_matrix(TRUE, PREDICTED, normalize=way).sum(axis=axis), 1)
    assert confusion_matrix([0, 0], [0, 1], normalize="true").tolist() == [[0.5, 0.5], [0.0, 0.0]]
    with pytest.raises(ParameterError, match="normalize='rows'"):
        confusion_matrix([0], [0], normalize="rows")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="none of labels 'x' is in y_true; it holds 'a', 'b', 'c'"):
        confusion_matrix(TRUE, PREDICTED, labels=["x"])


def test_shares_follow_from_the_counts() -> None:
    assert accuracy_score(TRUE, PREDICTED) == 16 / 20
    assert accuracy_score(TRUE, PREDICTED, normalize=False) == 16
    assert balanced_accuracy_score(TRUE, PREDICTED) == pytest.approx((5 / 6 + 3 / 6 + 8 / 8) / 3)
    np.testing.assert_allclose(precision_score(TRUE, PREDICTED, average=None), [5 / 7, 3 / 4, 8 / 9])
    np.testing.assert_allclose(recall_score(TRUE, PREDICTED, average=None), [5 / 6, 3 / 6, 1])
    np.testing.assert_allclose(f1_score(TRUE, PREDICTED, average=None), [10 / 13, 6 / 10, 16 / 17])
    assert f1_score(TRUE, PREDICTED, average="macro") == pytest.approx((10 / 13 + 6 / 10 + 16 / 17) / 3)
    assert f1_score(TRUE, PREDICTED, average="weighted") == pytest.approx(0.3 * 10 / 13 + 0.3 * 0.6 + 0.4 * 16 / 17)
    assert f1_score(TRUE, PREDICTED, average="micro") == pytest.approx(16 / 20)


def test_guessing_one_class_scores_zero_when_adjusted_for_chance() -> None:
    assert balanced_accuracy_score([0, 0, 1], [0, 0, 0], adjusted=True) == 0
    with pytest.warns(DataWarning, match="y_true lacks 7, which y_pred holds"):
        assert balanced_accuracy_score([0, 0, 1], [0, 7, 1]) == 0.75


def test_a_class_never_predicted_is_named_and_counts_as_asked() -> None:
    y, p = ["a", "b", "a"], ["a", "a", "a"]
    with pytest.warns(DataWarning, match="precision is 0/0 for 'b' and is taken as 0"):
        assert precision_score(y, p, average="macro") == pytest.approx(1 / 3)
    assert precision_score(y, p, average="macro", zero_division=1) == pytest.approx(5 / 6)
    assert precision_score(y, p, average="macro", zero_division=np.nan) == pytest.approx(2 / 3)
    with pytest.raises(ParameterError, match="zero_division=0.3"):
        precision_score(y, p, average="macro", zero_division=0.3)


def test_two_classes_need_a_positive_one_and_three_need_an_average() -> None:
    with pytest.raises(DataError, match="here are 3: 'a', 'b', 'c'. Use average='macro'"):
        f1_score(TRUE, PREDICTED)
    with pytest.raises(DataError, match="pos_label=1 is not among the labels 'a', 'b'"):
        f1_score(["a", "b"], ["a", "a"])
    with pytest.raises(ParameterError, match="average='mean'"):
        f1_score(TRUE, PREDICTED, average="mean")  # type: ignore[arg-type]
    assert recall_score(["a", "b"], ["a", "a"], pos_label="a") == 1
    assert recall_score([0, 0], [0, 0], zero_division=0) == 0


def test_a_metric_of_many_classes_needs_no_square_table() -> None:
    labels = np.arange(200_000)  # as (K, K) counts: 320 GB
    assert f1_score(labels, labels, average="macro") == 1


def test_the_losses_count_what_is_wrong_by_row_and_by_label() -> None:
    assert zero_one_loss(TRUE, PREDICTED) == hamming_loss(TRUE, PREDICTED) == 4 / 20
    assert zero_one_loss(TRUE, PREDICTED, normalize=False) == 4
    assert hamming_loss([[1, 0, 1], [0, 0, 1]], [[1, 1, 1], [1, 1, 1]], sample_weight=[3, 1]) == pytest.approx(5 / 12)
    with pytest.raises(DataError, match=r"y_true is \(2, 2\), y_pred \(2, 3\)"):
        hamming_loss(np.eye(2), np.ones((2, 3)))
