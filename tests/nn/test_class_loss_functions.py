"""What single losses of scores against classes promise beyond the laws of all of them (test_functional.py)."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DataError, DtypeError, ParameterError, ShapeError
from pellucid.nn.functional import cross_entropy, log_softmax, multi_margin_loss, nll_loss, softmax
from pellucid.tensor import graph

_LOGITS = np.random.default_rng(0).normal(size=(6, 4))
_CLASSES = np.array([0, 3, 1, 1, 2, 0])


def test_even_scores_cost_the_logarithm_of_the_number_of_classes() -> None:
    assert cross_entropy(np.zeros((3, 7)), np.array([0, 6, 2])).item() == pytest.approx(np.log(7.0))


def test_the_gradient_is_softmax_minus_the_truth() -> None:
    x = Tensor(_LOGITS, requires_grad=True)
    cross_entropy(x, _CLASSES, reduction="sum").backward()
    np.testing.assert_allclose(x.grad.numpy(), softmax(_LOGITS).numpy() - np.eye(4)[_CLASSES], rtol=1e-12, atol=1e-15)


def test_cross_entropy_is_nll_loss_of_log_softmax() -> None:
    assert cross_entropy(_LOGITS, _CLASSES).item() == nll_loss(log_softmax(_LOGITS), _CLASSES).item()


def test_class_numbers_and_their_one_hot_rows_cost_the_same() -> None:
    for rows in (np.eye(4)[_CLASSES], np.eye(4, dtype=np.int64)[_CLASSES]):
        for smoothing in (0.0, 0.3):
            by_number = cross_entropy(_LOGITS, _CLASSES, label_smoothing=smoothing).item()
            by_row = cross_entropy(_LOGITS, rows, label_smoothing=smoothing).item()
            assert by_row == pytest.approx(by_number, rel=1e-12)


def test_pixels_are_rows() -> None:
    scores, target = np.random.default_rng(1).normal(size=(2, 3, 4, 5)), np.arange(40).reshape(2, 4, 5) % 3
    flat = np.moveaxis(scores, 1, -1).reshape(40, 3)
    for loss in (cross_entropy, nll_loss):
        by_row = loss(flat, target.ravel(), reduction="none").numpy()
        assert loss(scores, target, reduction="none").numpy().ravel().tolist() == pytest.approx(
            by_row.tolist(), rel=1e-12
        )


def test_an_ignored_row_counts_as_little_as_one_that_is_not_there() -> None:
    some = np.where(np.arange(6) % 2 == 0, -100, _CLASSES)
    weight = np.array([1.0, 2.0, 3.0, 4.0])
    for options in ({}, {"weight": weight}, {"label_smoothing": 0.2}, {"weight": weight, "label_smoothing": 0.2}):
        x = Tensor(_LOGITS, requires_grad=True)
        loss = cross_entropy(x, some, **options)
        loss.backward()
        assert loss.item() == pytest.approx(cross_entropy(_LOGITS[1::2], some[1::2], **options).item(), rel=1e-12)
        assert not x.grad.numpy()[::2].any()


def test_a_score_of_minus_infinity_in_an_ignored_row_does_no_harm() -> None:
    scores = Tensor([[-np.inf, 0.0], [0.0, 0.0]], requires_grad=True)
    loss = cross_entropy(scores, np.array([-100, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2.0))
    assert np.isfinite(scores.grad.numpy()).all()


def test_the_mean_of_nothing_is_refused_and_its_sum_is_0() -> None:
    for target, weight, what in (
        (np.full(6, -100), None, "every target is ignore_index or of weight 0"),
        (np.zeros(6, int), [0.0, 1.0, 1.0, 1.0], "every target is ignore_index or of weight 0"),
    ):
        with pytest.raises(DataError, match=rf"cross_entropy: {what}, so no mean exists"):
            cross_entropy(_LOGITS, target, weight)
        assert cross_entropy(_LOGITS, target, weight, reduction="sum").item() == 0.0
    with pytest.raises(ShapeError, match=r"nll_loss: shape \(0,\) holds no entry"):
        nll_loss(np.zeros((0, 4)), np.zeros(0, int))
    assert nll_loss(np.zeros((0, 4)), np.zeros(0, int), reduction="none").shape == (0,)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint32", "int64", "uint64"])
def test_every_kind_of_whole_number_may_count_classes(dtype: str) -> None:
    scores, target = np.random.default_rng(2).normal(size=(3, 120, 5)), np.arange(15).reshape(3, 5) * 8
    assert cross_entropy(scores, target.astype(dtype)).item() == cross_entropy(scores, target).item()


def test_a_negative_class_number_is_found_among_more_classes_than_its_kind_can_count() -> None:
    with pytest.raises(DataError, match=r"target\[1\] is -3, but input has scores for 300 classes, 0 to 299"):
        cross_entropy(np.zeros((2, 300)), np.array([5, -3], np.int8))


def test_class_numbers_out_of_range_are_shown_with_row_value_and_range() -> None:
    with pytest.raises(DataError, match=r"target\[2\] is 4, but input has scores for 4 classes, 0 to 3\. .* from 0\."):
        cross_entropy(_LOGITS, np.array([0, 1, 4, 0, 9, 0]))
    with pytest.raises(DataError, match=r"nll_loss: target\[1, 0\] is 7, but input has scores for 3 classes"):
        nll_loss(np.zeros((2, 3, 1)), np.array([[-100], [7]]))
    with pytest.raises(DataError, match=r"multi_margin_loss: target\[0\] is -100"):
        multi_margin_loss(np.zeros((2, 3)), np.array([-100, 0]))


def test_a_target_of_another_shape_is_refused_with_the_remedy() -> None:
    for target, remedy in (
        (_CLASSES[:, None], r"wanted is one class number for each row of scores, \(6,\): target\.reshape\(\(6,\)\)"),
        (np.zeros(5, int), r"target \(5,\); wanted is one class number .*\(6,\), or class probabilities \(6, 4\)"),
    ):
        with pytest.raises(ShapeError, match=remedy):
            cross_entropy(_LOGITS, target)
    with pytest.raises(ShapeError, match=r"nll_loss: .*target\.argmax\(axis=1\)"):
        nll_loss(_LOGITS, np.eye(4)[_CLASSES])


def test_class_numbers_given_as_floats_are_refused_with_the_cast() -> None:
    with pytest.raises(DtypeError, match=r"float64; wanted are whole numbers: target\.astype\('int64'\)\. .*\(6, 4\)"):
        cross_entropy(_LOGITS, _CLASSES.astype(float))
    with pytest.raises(DtypeError, match=r"nll_loss: target holds bool; .*astype\('int64'\)\.$"):
        nll_loss(np.zeros((2, 2)), np.array([True, False]))


def test_scores_without_rows_are_refused_with_the_axis_to_add() -> None:
    with pytest.raises(ShapeError, match=r"cross_entropy: input has shape \(3,\); .* input\[None\]"):
        cross_entropy(np.zeros(3), 1)
    with pytest.raises(ShapeError, match=r"multi_margin_loss: input has shape \(2, 3, 4\); wanted are scores \(N, K\)"):
        multi_margin_loss(np.zeros((2, 3, 4)), np.zeros((2, 4), int))


def test_weights_must_be_one_a_class() -> None:
    with pytest.raises(
        ShapeError, match=r"weight \(6,\) beside input \(6, 4\); .* each of the 4 classes, shape \(4,\)"
    ):
        cross_entropy(_LOGITS, _CLASSES, np.ones(6))


def test_class_probabilities_that_are_none_are_refused() -> None:
    with pytest.raises(DataError, match=r"cross_entropy: target\[0, 0\] is 2\.0; probabilities lie within \[0, 1\]"):
        cross_entropy(_LOGITS, np.full((6, 4), 2.0))


def test_options_outside_their_limits_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"cross_entropy: label_smoothing is 1\.5; .* within \[0, 1\]"):
        cross_entropy(_LOGITS, _CLASSES, label_smoothing=1.5)
    with pytest.raises(ParameterError, match=r"multi_margin_loss: p is 3; it must be 1 or 2"):
        multi_margin_loss(_LOGITS, _CLASSES, p=3)
    with pytest.raises(ParameterError, match=r"nll_loss: reduction is 'batchmean'"):
        nll_loss(_LOGITS, _CLASSES, reduction="batchmean")


def test_margins_by_hand() -> None:
    scores = [[2.0, 1.5, 0.0]]  # class 1 is 0.5 short of the margin, class 2 is not
    assert multi_margin_loss(scores, np.array([0])).item() == pytest.approx(0.5 / 3)
    assert multi_margin_loss(scores, np.array([0]), p=2).item() == pytest.approx(0.25 / 3)
    assert multi_margin_loss(scores, np.array([0]), margin=0.5).item() == 0.0


def test_class_numbers_may_be_a_tensor_and_are_not_changed() -> None:
    target = Tensor(np.where(_CLASSES == 0, -100, _CLASSES))
    kept = target.tolist()
    cross_entropy(Tensor(_LOGITS, requires_grad=True), target).backward()
    assert target.tolist() == kept


def test_the_hot_path_records_nine_values() -> None:
    loss = cross_entropy(Tensor(_LOGITS, requires_grad=True), _CLASSES)
    recorded = [node.primitive for node in graph(loss) if node.gradient is not None and node.primitive]
    assert recorded == ["subtract", "exp", "sum", "log", "subtract", "reshape", "gather", "sum", "divide"]
