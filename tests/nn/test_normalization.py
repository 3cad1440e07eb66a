"""Normalisation beyond what the table of layers asks."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError, ShapeError
from pellucid.nn import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm


def images() -> np.ndarray:
    return np.random.default_rng(0).normal(3.0, 2.0, size=(8, 4, 5, 6))


def test_a_batch_is_brought_to_mean_0_and_variance_1_by_channel() -> None:
    y = BatchNorm2d(4, eps=0.0).double()(images()).numpy()
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1.0, rtol=1e-12)


def test_the_other_norms_do_so_for_every_row_and_group() -> None:
    y = LayerNorm((5, 6), eps=0.0).double()(images()).numpy()
    np.testing.assert_allclose(y.mean(axis=(2, 3)), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(2, 3)), 1.0, rtol=1e-12)
    y = GroupNorm(2, 4, eps=0.0).double()(images()).numpy().reshape(8, 2, -1)
    np.testing.assert_allclose(y.mean(axis=2), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=2), 1.0, rtol=1e-12)


@pytest.mark.parametrize("norm", [BatchNorm2d(4), LayerNorm((5, 6)), GroupNorm(2, 4)])
def test_a_large_mean_costs_no_digits(norm: BatchNorm2d | LayerNorm | GroupNorm) -> None:
    x = images()
    moved = norm.double()(x + 1e6).numpy()
    np.testing.assert_allclose(moved, norm(x).numpy(), atol=1e-8)  # E x^2 - (E x)^2 would be off by 1e-4


def test_running_statistics_follow_the_batches() -> None:
    norm, x = BatchNorm1d(2, momentum=0.25).double(), np.array([[0.0, 10.0], [2.0, 30.0]])
    norm(x)
    assert norm.running_mean.tolist() == [0.25, 5.0]
    assert norm.running_var.tolist() == [0.75 + 0.25 * 2.0, 0.75 + 0.25 * 200.0]  # unbiased: / (n - 1)
    assert norm.num_batches_tracked.item() == 1


def test_without_momentum_they_are_the_plain_means_of_all_batches() -> None:
    norm, rng = BatchNorm1d(3, momentum=None).double(), np.random.default_rng(0)
    batches = [rng.normal(size=(5, 3)) for _ in range(4)]
    for x in batches:
        norm(x)
    np.testing.assert_allclose(norm.running_mean.numpy(), np.mean([x.mean(axis=0) for x in batches], axis=0))
    np.testing.assert_allclose(norm.running_var.numpy(), np.mean([x.var(axis=0, ddof=1) for x in batches], axis=0))
    norm.reset_running_stats()
    assert norm.running_mean.tolist() == [0.0] * 3 and norm.num_batches_tracked.item() == 0


def test_statistics_change_in_place_and_only_in_training() -> None:
    norm = BatchNorm1d(2)
    mean, memory = norm.running_mean, norm.running_mean.data
    norm(np.ones((3, 2), np.float32))
    assert norm.running_mean is mean and mean.data is memory and memory.tolist() == [0.1] * 2 or memory[0] > 0
    before = norm.state_dict()
    norm.eval()(np.zeros((3, 2), np.float32))
    for name, array in norm.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_statistics_are_not_part_of_the_record() -> None:
    norm = BatchNorm1d(2)
    norm(Tensor(np.random.default_rng(0).normal(size=(4, 2)), requires_grad=True))
    assert not norm.running_mean.requires_grad and not norm.running_var.requires_grad


def test_in_use_each_row_is_by_itself() -> None:
    norm = BatchNorm1d(2).double()
    x = np.random.default_rng(0).normal(size=(6, 2))
    norm(x)
    norm.eval()
    np.testing.assert_allclose(norm(x)[2:3].numpy(), norm(x[2:3]).numpy(), rtol=1e-14)


def test_a_single_entry_a_channel_cannot_train() -> None:
    with pytest.raises(
        ShapeError, match=r"^net \(BatchNorm1d\): an input of \(1, 2\) has 1 entries a channel.*eval\(\)"
    ):
        BatchNorm1d(2)(np.ones((1, 2)))
    assert BatchNorm1d(2).eval()(np.ones((1, 2))).shape == (1, 2)
    assert BatchNorm1d(2)(np.ones((1, 2, 2))).shape == (1, 2, 2)


def test_axes_that_do_not_fit_are_told() -> None:
    for norm, shape, message in (
        (BatchNorm1d(3), (2, 4), r"\(N, 3, L\), got \(2, 4\): num_features is 3"),
        (BatchNorm2d(3), (2, 3), r"\(N, 3, H, W\), got \(2, 3\): num_features is 3"),
        (LayerNorm((2, 3)), (4, 3, 2), r"\(\*, 2, 3\), got \(4, 3, 2\): normalized_shape is \(2, 3\)\. Give"),
        (LayerNorm(5), (), r"\(\*, 5\), got \(\): normalized_shape is \(5,\)"),
        (GroupNorm(2, 4), (3, 6), r"\(N, C, \.\.\) with C = 4, got \(3, 6\): num_groups=2"),
    ):
        with pytest.raises(ShapeError, match="expected an input of shape " + message):
            norm(np.zeros(shape))
    with pytest.raises(ParameterError, match="num_groups: 3 must divide num_channels=4"):
        GroupNorm(3, 4)


def test_operations_are_counted_by_entry() -> None:
    x = np.zeros((2, 4, 3))
    assert BatchNorm1d(4).eval().flops((x,), x) == 3 * x.size
    assert BatchNorm1d(4).flops((x,), x) == 6 * x.size
    assert LayerNorm(3).flops((x,), x) == 7 * x.size
    assert GroupNorm(2, 4, affine=False).flops((x,), x) == 5 * x.size
