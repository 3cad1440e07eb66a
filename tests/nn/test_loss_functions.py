"""What single losses promise beyond the laws of all of them (test_functional.py)."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DataError, ParameterError, ShapeError
from pellucid.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    log_softmax,
    mse_loss,
    sigmoid,
)

_ALIKE = (l1_loss, mse_loss, huber_loss)


def test_losses_by_hand() -> None:
    x, t = [1.0, 5.0], [2.0, 2.0]
    assert l1_loss(x, t).item() == 2.0
    assert mse_loss(x, t).item() == 5.0
    assert huber_loss(x, t, delta=2.0).item() == (0.5 + 2.0 * (3.0 - 1.0)) / 2


@pytest.mark.parametrize("loss", _ALIKE)
def test_no_error_costs_nothing_and_has_no_slope(loss) -> None:
    x = Tensor([1.0, -2.0], requires_grad=True)
    value = loss(x, [1.0, -2.0])
    value.backward()
    assert value.item() == 0.0
    assert x.grad.tolist() == [0.0, 0.0]


def test_huber_is_the_squared_error_near_the_target_and_the_absolute_one_far_away() -> None:
    x, t = np.array([0.3, -0.2]), np.zeros(2)
    assert huber_loss(x, t, delta=1e9).item() == pytest.approx(mse_loss(x, t).item() / 2)
    assert huber_loss(x, t, delta=1e-9).item() / 1e-9 == pytest.approx(l1_loss(x, t).item())


def test_the_best_constant_is_the_mean_of_squared_and_the_median_of_absolute_errors() -> None:
    target = np.array([0.0, 1.0, 8.0])
    for loss, best in ((mse_loss, 3.0), (l1_loss, 1.0)):
        centre = Tensor(np.array(best), requires_grad=True)
        loss(centre + np.zeros(3), target).backward()
        assert centre.grad.item() == pytest.approx(0.0, abs=1e-15)


def test_the_loss_keeps_the_precision_of_its_input_whatever_the_target_has() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for target in (np.array([0, 1]), np.array([0.0, 1.0]), [0, 1], np.array([False, True])):
        for loss in (*_ALIKE, binary_cross_entropy_with_logits):
            value = loss(x, target)
            assert value.dtype == np.float32
            assert value.item() == loss(x, Tensor([0.0, 1.0])).item()


def test_a_column_beside_a_row_is_refused_with_the_reshape_that_helps() -> None:
    wanted = r"mse_loss: input \(4, 1\) and target \(4,\) must have the same shape, .*: target\.reshape\(\(4, 1\)\)\."
    with pytest.raises(ShapeError, match=wanted):
        mse_loss(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(
        ShapeError, match=r"input \(4,\) and target \(3,\) .*: give one target for every entry of input"
    ):
        l1_loss(np.zeros(4), np.zeros(3))


@pytest.mark.parametrize("loss", _ALIKE)
def test_the_mean_of_no_entries_is_refused_and_their_sum_is_0(loss) -> None:
    with pytest.raises(ShapeError, match=rf"{loss.__name__}: shape \(0, 2\) holds no entry.*reduction='sum'"):
        loss(np.zeros((0, 2)), np.zeros((0, 2)))
    assert loss(np.zeros((0, 2)), np.zeros((0, 2)), reduction="sum").item() == 0.0


def test_binary_cross_entropy_of_logits_is_that_of_their_sigmoid() -> None:
    x, t = np.linspace(-5, 5, 11), np.linspace(0, 1, 11)
    expected = binary_cross_entropy(sigmoid(x), t, reduction="none").numpy()
    np.testing.assert_allclose(binary_cross_entropy_with_logits(x, t, reduction="none").numpy(), expected, rtol=1e-12)


def test_pos_weight_counts_what_happened_that_many_times() -> None:
    x = np.array([0.3, -1.2, 2.0])
    t = np.array([1.0, 0.0, 1.0])
    twice = binary_cross_entropy_with_logits(np.repeat(x, [2, 1, 2]), np.repeat(t, [2, 1, 2]), reduction="sum")
    weighted = binary_cross_entropy_with_logits(x, t, pos_weight=[2.0], reduction="sum")
    assert weighted.item() == pytest.approx(twice.item(), rel=1e-12)


def test_a_confident_logit_on_the_right_side_still_costs_and_learns_a_little() -> None:
    for logit, label in ((20.0, 1.0), (-20.0, 0.0)):
        x = Tensor(logit, requires_grad=True)
        loss = binary_cross_entropy_with_logits(x, label)
        loss.backward()
        assert loss.item() == pytest.approx(np.exp(-20.0), rel=1e-6)
        assert abs(x.grad.item()) == pytest.approx(np.exp(-20.0), rel=1e-6)


def test_a_probability_of_0_for_what_happened_costs_100_and_pushes_back() -> None:
    x = Tensor(np.array([0.0, 1.0]), requires_grad=True)
    loss = binary_cross_entropy(x, np.array([1.0, 0.0]), reduction="none")
    loss.sum().backward()
    assert loss.tolist() == pytest.approx([100.0, 100.0])
    assert x.grad.tolist() == pytest.approx([-1e12, 1e12])


def test_probabilities_are_checked_and_the_first_wrong_one_is_shown() -> None:
    with pytest.raises(
        DataError, match=r"binary_cross_entropy: input\[1, 0\] is 1\.5; .*_with_logits, or give sigmoid"
    ):
        binary_cross_entropy([[0.5], [1.5]], [[0.0], [1.0]])
    with pytest.raises(DataError, match=r"target\[0\] is -1\.0; .*\(target \+ 1\) / 2"):
        binary_cross_entropy_with_logits([0.5, 0.5], [-1.0, 1.0])
    with pytest.raises(DataError, match=r"input\[1\] is 1\.0000002"):
        binary_cross_entropy(Tensor([0.5, 1.0 + 2.0**-22]), [0.0, 1.0])
    with pytest.raises(DataError, match=r"input\[0\] is nan"):
        binary_cross_entropy([np.nan, 0.5], [1.0, 1.0])


def test_a_target_lifted_above_1_by_rounding_passes() -> None:
    mixed = np.float32(1.0) + np.float32(2.0**-23)
    assert binary_cross_entropy_with_logits(Tensor([0.0]), [mixed]).item() == pytest.approx(np.log(2.0))


def test_weights_that_do_not_stretch_to_the_input_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"pos_weight \(2,\) does not stretch to input \(4, 3\)"):
        binary_cross_entropy_with_logits(np.zeros((4, 3)), np.zeros((4, 3)), pos_weight=[1.0, 2.0])
    with pytest.raises(ShapeError, match=r"weight \(2, 3\) does not stretch to input \(3,\)"):
        binary_cross_entropy(np.full(3, 0.5), np.zeros(3), weight=np.ones((2, 3)))


def test_a_distribution_diverges_from_another_but_not_from_itself() -> None:
    logits = np.array([[0.3, -1.0, 2.0], [0.0, 0.0, 5.0]])
    log_p = log_softmax(logits).numpy()
    assert kl_div(log_p, np.exp(log_p), reduction="sum").item() == pytest.approx(0.0, abs=1e-15)
    assert kl_div(log_p, np.full((2, 3), 1 / 3), reduction="batchmean").item() > 0


def test_the_divergence_takes_logarithms_of_the_target_when_told_and_refuses_them_when_not() -> None:
    log_p, log_q = log_softmax([[1.0, 2.0]]), log_softmax([[0.5, -0.5]])
    told = kl_div(log_p, log_q, log_target=True).item()
    assert told == pytest.approx(kl_div(log_p, np.exp(log_q.numpy())).item(), rel=1e-6)
    with pytest.raises(DataError, match=r"kl_div: target holds -.*log_target=True"):
        kl_div(log_p, log_q)


def test_batchmean_needs_rows() -> None:
    for empty in (np.zeros((0, 3)), np.array(0.5)):
        with pytest.raises(ShapeError, match=r"kl_div: input .* has no row"):
            kl_div(empty, empty, reduction="batchmean")


def test_hinge_asks_for_a_margin_of_1_on_the_right_side() -> None:
    loss = hinge_loss([2.0, 1.0, 0.5, -3.0], [1.0, 1.0, 1.0, 1.0], reduction="none")
    assert loss.tolist() == [0.0, 0.0, 0.5, 4.0]


def test_hinge_refuses_labels_0_and_1_and_says_how_to_turn_them() -> None:
    with pytest.raises(DataError, match=r"hinge_loss: target\[1\] is 0\.0; labels are -1 or 1\. .* 2 \* target - 1"):
        hinge_loss([0.1, 0.2], [1.0, 0.0])
    with pytest.raises(DataError, match=r"hinge_loss: target is 0\.5; "):
        hinge_loss(0.1, 0.5)


def test_options_outside_their_limits_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"huber_loss: delta is 0"):
        huber_loss([1.0], [1.0], delta=0)
    with pytest.raises(ParameterError, match=r"mse_loss: reduction is 'avg'; .* 'mean', 'sum', 'none'\."):
        mse_loss([1.0], [1.0], reduction="avg")
    with pytest.raises(ParameterError, match=r"kl_div: reduction is 'avg'; .* 'none', 'batchmean'\."):
        kl_div([1.0], [1.0], reduction="avg")
