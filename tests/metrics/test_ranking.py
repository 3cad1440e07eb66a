"""AUC, average precision and top-k accuracy: definitions by brute force, invariances, refusals."""

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics import average_precision_score, roc_auc_score, top_k_accuracy_score


def draws(seed: int, n: int = 60, ties: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.append(rng.integers(2, size=n - 2), [0, 1])
    return y, np.round(rng.normal(size=n) + y, ties), rng.integers(0, 4, size=n) / 2


@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_the_weighted_share_of_pairs_in_order_ties_half(seed: int) -> None:
    y, score, weight = draws(seed)
    p, q = score[y == 1][:, None], score[y == 0][None, :]
    in_order = (p > q) + (p == q) / 2
    assert roc_auc_score(y, score) == pytest.approx(in_order.mean(), abs=1e-12)
    pair_weight = weight[y == 1][:, None] * weight[y == 0][None, :]
    expected = (in_order * pair_weight).sum() / pair_weight.sum()
    assert roc_auc_score(y, score, sample_weight=weight) == pytest.approx(expected, abs=1e-12)


def test_only_the_order_counts_and_turning_it_round_mirrors_the_area() -> None:
    y, score, _ = draws(0)
    area = roc_auc_score(y, score)
    assert roc_auc_score(y, np.exp(score / 3)) == pytest.approx(area, abs=1e-12)
    assert roc_auc_score(y, -score) == pytest.approx(1 - area, abs=1e-12)
    assert roc_auc_score(1 - y, score) == pytest.approx(1 - area, abs=1e-12)
    assert roc_auc_score(np.array(["no", "yes"])[y], score) == area


def test_a_constant_score_is_guessing() -> None:
    y, _, _ = draws(1)
    assert roc_auc_score(y, np.zeros(60)) == 0.5
    assert average_precision_score(y, np.zeros(60)) == pytest.approx(y.mean())


def test_the_part_of_the_area_is_half_for_guessing_and_one_for_the_best() -> None:
    y = np.repeat([0, 1], 500)
    assert roc_auc_score(y, y, max_fpr=0.2) == pytest.approx(1)
    assert roc_auc_score(y, np.zeros(1000), max_fpr=0.2) == pytest.approx(0.5)
    for bad in (0, -0.1, 1.5):
        with pytest.raises(ParameterError, match="must lie in"):
            roc_auc_score(y, y, max_fpr=bad)


def test_precision_is_averaged_over_the_positives_by_hand() -> None:
    # falling: + - + + -   precision at each positive: 1, 2/3, 3/4
    assert average_precision_score([1, 0, 1, 1, 0], [5, 4, 3, 2, 1]) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    # the second and third share a score: both positives of the tie see 3 positives among 4
    assert average_precision_score([1, 0, 1, 1, 0], [5, 3, 3, 3, 1]) == pytest.approx((1 + 3 / 4 + 3 / 4) / 3)


def test_one_class_has_no_area() -> None:
    with pytest.warns(DataWarning, match="only one class has rows; the AUC is 0/0"):
        assert np.isnan(roc_auc_score([1, 1], [0.1, 0.2]))
    with pytest.warns(DataWarning, match="no row is positive"):
        assert average_precision_score([0, 0], [0.1, 0.2]) == 0


def test_two_classes_are_the_average_of_both_as_one_against_the_rest() -> None:
    y, proba = np.array([0, 1, 2, 1]), np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
    each = [roc_auc_score(y == k, proba[:, k]) for k in range(3)]
    assert roc_auc_score(y, proba, multi_class="ovr", average=None).tolist() == each
    assert roc_auc_score(y, proba, multi_class="ovr") == pytest.approx(np.mean(each))
    assert roc_auc_score(y, proba, multi_class="ovr", average="weighted") == pytest.approx(
        np.average(each, weights=[1, 2, 1])
    )


def test_shapes_and_choices_that_do_not_fit_are_refused_with_a_remedy() -> None:
    three, proba = [0, 1, 2], np.eye(3)
    for wrong, message in (
        (lambda: roc_auc_score(three, proba), "3 classes; say multi_class='ovr' or 'ovo'"),
        (lambda: roc_auc_score(three, proba[:, 0], multi_class="ovr"), "need one column each"),
        (lambda: roc_auc_score(three, proba * 2, multi_class="ovr"), "sum to 1"),
        (lambda: roc_auc_score(three, proba, multi_class="ovo", sample_weight=[1, 1, 1]), "takes no sample_weight"),
        (lambda: roc_auc_score(three, proba, multi_class="ovr", max_fpr=0.3), "for two classes only"),
        (lambda: roc_auc_score([0, 1, 1], proba[:, :2]), "give the column of the greater class"),
        (lambda: average_precision_score(["a", "b"], [0.1, 0.2]), "pos_label=1 is not among the labels 'a', 'b'"),
        (lambda: average_precision_score(three, proba, average="mean"), "average='mean'"),
        (lambda: roc_auc_score([0, 1], [0.1, np.inf]), "y_score: 1 of 2 rows are NaN or infinite"),
    ):
        with pytest.raises((DataError, ParameterError), match=message):
            wrong()


def test_several_labels_a_row_are_ranked_by_column_and_by_row() -> None:
    y, score = (
        np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0]]),
        np.array([[0.9, 0.2, 0.1], [0.8, 0.9, 0.3], [0.1, 0.5, 0.2]]),
    )
    for metric in (roc_auc_score, average_precision_score):
        each = [metric(y[:, k], score[:, k]) for k in range(3)]
        assert metric(y, score, average=None).tolist() == each
        assert metric(y, score, average="weighted") == pytest.approx(np.average(each, weights=y.sum(axis=0)))
        assert metric(y, score, average="samples") == pytest.approx(np.mean([metric(y[i], score[i]) for i in range(3)]))
        assert metric(y, score, average="micro") == metric(y.ravel(), score.ravel())
    with pytest.raises(DataError, match=r"y_true is \(3, 3\), y_score \(3, 2\)"):
        roc_auc_score(y, score[:, :2])
    with pytest.raises(ParameterError, match="'samples' is for several labels a row"):
        roc_auc_score([0, 1, 2], np.eye(3), multi_class="ovr", average="samples")


def test_the_true_class_among_the_first_k_is_a_hit_and_a_tie_goes_to_the_later_class() -> None:
    y, score = [0, 1, 2, 2], [[0.5, 0.2, 0.3], [0.3, 0.4, 0.3], [0.6, 0.3, 0.1], [0.4, 0.2, 0.4]]
    assert top_k_accuracy_score(y, score, k=1) == 3 / 4
    assert top_k_accuracy_score(y, score, k=2, normalize=False) == 3
    assert top_k_accuracy_score(y, score, k=1, sample_weight=[1, 1, 0, 0]) == 1
    assert top_k_accuracy_score([0, 1], [[0.5, 0.5, 0.0]] * 2, k=1, labels=[0, 1, 2]) == 0.5
    assert top_k_accuracy_score([0, 1, 1], [-1.0, 2.0, 0.0], k=1) == 2 / 3
    with pytest.warns(DataWarning, match="k=3 of 3 classes"):
        assert top_k_accuracy_score(y, score, k=3) == 1
    with pytest.raises(ParameterError, match="k=0"):
        top_k_accuracy_score(y, score, k=0)
    with pytest.raises(DataError, match="two classes, but y_score has columns"):
        top_k_accuracy_score([0, 1], [[0.4, 0.6], [0.5, 0.5]], k=1)


def test_a_row_that_weighs_nothing_does_not_make_a_mean_over_rows_undefined() -> None:
    y, score = np.array([[1, 1], [1, 0]]), np.array([[0.2, 0.1], [0.9, 0.3]])
    assert roc_auc_score(y, score, average="samples", sample_weight=[0, 1]) == 1


def test_a_matrix_of_labels_has_no_other_positive_label_than_one() -> None:
    y = np.array([[1, 0], [0, 1]])
    with pytest.raises(ParameterError, match="pos_label=0; in a matrix of labels 1 says"):
        average_precision_score(y, y.astype(float), pos_label=0)
