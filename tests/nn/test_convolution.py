"""Convolutions beyond what the table of layers asks."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError, ShapeError
from pellucid.nn import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from pellucid.nn.functional import conv2d, conv_transpose2d


def direct(x: Any, w: Any, stride: int, padding: int, dilation: int) -> Any:
    """The defining sum, written out.   x (N, C, H, W), w (O, C, K, K')"""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    reach = [dilation * (k - 1) + 1 for k in w.shape[2:]]
    counts = [(n - r) // stride + 1 for n, r in zip(x.shape[2:], reach, strict=True)]
    y = np.zeros((len(x), len(w), *counts))
    for n, o, i, j in np.ndindex(*y.shape):
        for c, k, m in np.ndindex(*w.shape[1:]):
            y[n, o, i, j] += w[o, c, k, m] * x[n, c, i * stride + k * dilation, j * stride + m * dilation]
    return y


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2), (3, 1, 2)])
def test_the_value_is_the_defining_sum(stride: int, padding: int, dilation: int) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3, 8, 7)), rng.normal(size=(4, 3, 3, 2))
    y = conv2d(x, Tensor(w), stride=stride, padding=padding, dilation=dilation)
    np.testing.assert_allclose(y.numpy(), direct(x, w, stride, padding, dilation), rtol=1e-12, atol=1e-12)


def test_the_transpose_is_the_adjoint() -> None:
    rng = np.random.default_rng(1)
    w, x = Tensor(rng.normal(size=(4, 3, 3, 2))), rng.normal(size=(2, 3, 8, 7))
    y = conv2d(x, w, stride=2, padding=1)
    dy = rng.normal(size=y.shape)
    back = conv_transpose2d(dy, w, stride=2, padding=1, output_padding=(1, 1))
    assert back.shape == x.shape
    np.testing.assert_allclose((y * dy).sum().item(), (back * x).sum().item(), rtol=1e-12)


def test_groups_do_not_see_each_other() -> None:
    layer = Conv2d(4, 4, 3, groups=2, seed=0)
    x = np.random.default_rng(0).normal(size=(1, 4, 5, 5))
    moved = x.copy()
    moved[:, 2:] += 1.0
    change = np.abs(layer(moved).numpy() - layer(x).numpy()).max(axis=(0, 2, 3))
    assert (change[:2] == 0).all() and (change[2:] > 0).all()


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, (2, 5)])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same_padding_keeps_the_size(kernel: Any, dilation: int) -> None:
    layer = Conv2d(1, 1, kernel, padding="same", dilation=dilation, seed=0)
    assert layer(np.zeros((2, 1, 9, 6))).shape == (2, 1, 9, 6)


def test_a_lone_image_gives_a_lone_result() -> None:
    x = np.random.default_rng(0).normal(size=(2, 6, 5))
    for layer in (Conv2d(2, 3, 3, seed=0), ConvTranspose2d(2, 3, 3, seed=0)):
        np.testing.assert_allclose(layer(x).numpy(), layer(x[None])[0].numpy(), rtol=1e-12)


def test_an_empty_batch_gives_an_empty_result() -> None:
    layer = Conv2d(2, 3, 3, seed=0)
    y = layer(np.zeros((0, 2, 5, 5), np.float32))
    assert y.shape == (0, 3, 3, 3)
    y.sum().backward()
    assert np.array_equal(layer.weight.grad.numpy(), np.zeros((3, 2, 3, 3)))


def test_a_kernel_larger_than_the_image_is_told_with_its_place() -> None:
    with pytest.raises(ShapeError, match=r"^net \(Conv2d\): .*\(5, 5\).*\(4, 4\); use a smaller kernel, more padding"):
        Conv2d(1, 1, 5)(np.zeros((1, 1, 4, 4)))
    with pytest.raises(ShapeError, match=r"leaves \(0, 0\) after cutting padding \(1, 1\); use less padding"):
        ConvTranspose2d(1, 1, 2, padding=1)(np.zeros((1, 1, 1, 1)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"padding_mode": "reflect"}, r"padding_mode: must be 'zeros', got 'reflect'; pad the input before the layer"),
        ({"groups": 3}, r"groups: 3 must divide both in_channels=4 and out_channels=6"),
        ({"stride": 0}, r"stride: must be a whole number >= 1, got 0"),
        ({"kernel_size": (3, 3, 3)}, r"kernel_size: must be one whole number or 2 of them"),
        ({"padding": "full"}, r"padding: must be 'valid', 'same' or whole numbers >= 0, got 'full'"),
        ({"padding": "same", "stride": 2}, r"padding: 'same' needs stride 1, got \(2, 2\)"),
    ],
)
def test_arguments_outside_their_limits_are_refused_when_the_layer_is_made(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Conv2d(4, 6, **{"kernel_size": 3, **options})


def test_arguments_of_the_transposed_layer_are_checked_too() -> None:
    with pytest.raises(ParameterError, match=r"output_padding: must be less than stride on every axis"):
        ConvTranspose2d(1, 1, 3, stride=2, output_padding=2)
    with pytest.raises(ParameterError, match=r"^padding: must be a whole number >= 0, got 'same'"):
        ConvTranspose2d(1, 1, 3, padding="same")  # type: ignore[arg-type]


def test_the_repr_says_what_differs_from_the_defaults() -> None:
    assert repr(Conv1d(1, 2, 3)) == "Conv1d(1, 2, kernel_size=(3,), stride=(1,))"
    assert repr(Conv2d(4, 2, 3, 2, 1, groups=2, bias=False)) == (
        "Conv2d(4, 2, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=2, bias=False)"
    )
    assert repr(ConvTranspose1d(1, 2, 3, 2, output_padding=1)) == (
        "ConvTranspose1d(1, 2, kernel_size=(3,), stride=(2,), output_padding=(1,))"
    )


def test_operations_are_those_of_the_defining_sum() -> None:
    layer = Conv2d(3, 8, 5, padding=2)
    assert layer.flops((np.zeros((2, 3, 10, 10)),), np.zeros((2, 8, 10, 10))) == 2 * 8 * 100 * (2 * 3 * 25 + 1)
    up = ConvTranspose2d(8, 3, 2, stride=2, bias=False)
    assert up.flops((np.zeros((2, 8, 5, 5)),), np.zeros((2, 3, 10, 10))) == 2 * 2 * 8 * 25 * 3 * 4
