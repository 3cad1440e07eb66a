"""What losses ask of their arguments; each loss's own wording is tested beside the loss."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError, ShapeError
from pellucid.nn._loss_targets import (
    check_probabilities,
    check_reduction,
    class_numbers,
    class_scores,
    class_weights,
    reduced,
    same_shape,
    weights_for,
)


def test_reductions_by_hand() -> None:
    loss = Tensor([1.0, 2.0, 6.0])
    assert [reduced("loss", loss, way).tolist() for way in ("mean", "sum", "none")] == [3.0, 9.0, [1.0, 2.0, 6.0]]


def test_a_reduction_is_one_of_those_the_loss_knows() -> None:
    check_reduction("loss", "batchmean", also=("batchmean",))
    for wrong in ("batchmean", "Mean", "", None):
        with pytest.raises(ParameterError, match="loss: reduction is .*; it must be one of 'mean', 'sum', 'none'"):
            check_reduction("loss", wrong)  # type: ignore[arg-type]


def test_a_target_is_read_in_the_precision_of_the_input_and_keeps_its_record() -> None:
    target = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    x, t = same_shape("loss", Tensor([0.0, 0.0]), target)
    assert (x.dtype, t.dtype) == (np.float32, np.float32)
    (t * 3.0).sum().backward()
    assert target.grad.tolist() == [3.0, 3.0]


def test_probabilities_may_be_0_and_1_and_none_at_all() -> None:
    for fine in ([0.0, 1.0], [], np.zeros((0, 3))):
        check_probabilities("loss", "target", Tensor(fine), "")


def test_weights_are_constants_of_the_input_s_precision() -> None:
    weight = Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    for made in (weights_for("loss", "weight", weight, Tensor(np.zeros((2, 3), np.float32))),):
        assert not made.requires_grad
        assert made.dtype == np.float32
    assert not class_weights("loss", weight, Tensor(np.zeros((2, 3)))).requires_grad


def test_weights_stretch_as_axes_of_length_1_do_and_no_further() -> None:
    x = Tensor(np.zeros((4, 3)))
    for shape in ((), (1,), (3,), (4, 1), (1, 3), (4, 3)):
        assert weights_for("loss", "weight", np.ones(shape), x).shape == shape
    for shape in ((4,), (2, 3), (1, 4, 3)):
        with pytest.raises(ShapeError, match="does not stretch"):
            weights_for("loss", "weight", np.ones(shape), x)


def test_whether_a_row_is_ignored_is_told() -> None:
    shape = (3, 4)
    assert not class_numbers("loss", np.array([0, 1, 3]), shape, -100)[1]
    assert class_numbers("loss", np.array([0, -100, 3]), shape, -100)[1]
    assert class_numbers("loss", np.array([0, 1, 3]), shape, 3)[1]  # a class of its own may be ignored
    assert not class_numbers("loss", np.array([0, 1, 3]), shape, None)[1]
    assert not class_numbers("loss", np.zeros(0, int), (0, 4), -100)[1]


def test_scores_have_classes_on_axis_1() -> None:
    assert class_scores("loss", [[1, 2]]).dtype == np.float32
    with pytest.raises(ShapeError, match=r"input has shape \(\); .* there is nothing to score"):
        class_scores("loss", 1.0)
