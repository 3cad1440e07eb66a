"""Pooling beyond what the table of layers asks."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, ParameterError, ShapeError
from pellucid.nn import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AvgPool2d, MaxPool1d, MaxPool2d
from pellucid.nn.functional import adaptive_avg_pool2d, avg_pool2d, max_pool2d


def test_the_gradient_of_a_maximum_goes_to_the_first_of_equal_ones() -> None:
    x = Tensor([[[1.0, 1.0], [1.0, 1.0]]], requires_grad=True)
    max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[1.0, 0.0], [0.0, 0.0]]]


def test_an_entry_that_is_the_maximum_of_several_windows_collects_their_gradients() -> None:
    x = Tensor(np.array([[[0.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 0.0]]]), requires_grad=True)
    max_pool2d(x, 2, stride=1).sum().backward()
    assert x.grad[0, 1, 1].item() == 4.0 and x.grad.sum().item() == 4.0


def test_padding_is_never_the_maximum() -> None:
    x = np.full((1, 1, 3, 3), -5.0)
    assert max_pool2d(x, 3, 1, 1).tolist() == np.full((1, 1, 3, 3), -5.0).tolist()


def test_not_a_number_is_the_maximum() -> None:
    x = np.array([[1.0, np.nan, 3.0, 2.0]])
    np.testing.assert_array_equal(MaxPool1d(2)(x).numpy(), [[np.nan, 3.0]])


def test_means_over_all_of_an_image_do_not_depend_on_how_they_are_asked() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 4))
    want = x.mean(axis=(2, 3), keepdims=True)
    np.testing.assert_allclose(avg_pool2d(x, (6, 4)).numpy(), want, rtol=1e-12)
    np.testing.assert_allclose(adaptive_avg_pool2d(x, 1).numpy(), want, rtol=1e-12)


@pytest.mark.parametrize("wanted", [1, 2, 3, 5, 7, 8, 11])
def test_adaptive_windows_are_those_of_the_definition(wanted: int) -> None:
    n = 7
    x = np.random.default_rng(0).normal(size=(1, n))
    starts, ends = [i * n // wanted for i in range(wanted)], [-(-(i + 1) * n // wanted) for i in range(wanted)]
    want = [x[0, a:b].mean() for a, b in zip(starts, ends, strict=True)]
    np.testing.assert_allclose(AdaptiveAvgPool1d(wanted)(x)[0].numpy(), want, rtol=1e-12)


def test_a_constant_image_has_that_constant_as_every_mean() -> None:
    x = np.full((1, 1, 5, 6), 3.0)
    for layer in (AvgPool2d(2), AvgPool2d(3, 2, 1, True, False), AdaptiveAvgPool2d((3, 4)), AdaptiveAvgPool2d(9)):
        np.testing.assert_allclose(layer(x).numpy(), 3.0, rtol=1e-12)


def test_the_stride_is_the_kernel_size_unless_given() -> None:
    assert MaxPool2d(3).stride == 3 and AvgPool2d((2, 3)).stride == (2, 3) and AvgPool2d(3, 1).stride == 1


@pytest.mark.parametrize("layer", [MaxPool2d(2), AvgPool2d(2), AdaptiveAvgPool2d(1)])
def test_axes_and_kinds_that_do_not_fit_are_told(layer: Any) -> None:
    with pytest.raises(ShapeError, match=r"expected an input of shape \(N, C, H, W\) or \(C, H, W\), got \(4, 4\)"):
        layer(np.zeros((4, 4)))
    with pytest.raises(DtypeError, match=r"needs floating-point numbers, got uint8; cast first"):
        layer(np.zeros((1, 1, 4, 4), np.uint8))


def test_a_window_larger_than_the_image_is_told_with_its_place() -> None:
    for layer in (MaxPool2d(5), AvgPool2d(5), MaxPool2d(5, ceil_mode=True)):
        with pytest.raises(ShapeError, match=r"^net \(\w+\): .*\(5, 5\).*\(4, 4\); use a smaller kernel"):
            layer(np.zeros((1, 1, 4, 4)))
    with pytest.raises(ShapeError, match=r"an image of \(0, 4\) has no entries"):
        AdaptiveAvgPool2d(1)(np.zeros((1, 1, 0, 4)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaxPool2d(2, padding=2), r"padding: must be at most half of kernel_size=\(2, 2\) on every axis, got"),
        (lambda: AvgPool2d((3, 1), padding=1), r"padding: must be at most half of kernel_size=\(3, 1\)"),
        (lambda: MaxPool2d(0), "kernel_size: must be a whole number >= 1, got 0"),
        (lambda: MaxPool2d(2, dilation=0), "dilation: must be a whole number >= 1"),
        (lambda: AdaptiveAvgPool2d((1, 2, 3)), "output_size: must be one number, or 2, one an axis"),
        (lambda: AdaptiveAvgPool1d(0), "output_size: must be a whole number >= 1"),
    ],
)
def test_arguments_outside_their_limits_are_refused_when_the_layer_is_made(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


def test_operations_are_counted_by_window() -> None:
    x, y = np.zeros((2, 3, 8, 8)), np.zeros((2, 3, 4, 4))
    assert MaxPool2d(2).flops((x,), y) == y.size * 3
    assert AvgPool2d(2).flops((x,), y) == y.size * 4
    assert AdaptiveAvgPool2d(4).flops((x,), y) == x.size
    assert AdaptiveAvgPool1d(2).flops((np.zeros((1, 3)),), np.zeros((1, 2))) == 4  # windows 0-1 and 1-2
