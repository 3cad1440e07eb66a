"""Windows and convolutions of any geometry agree with their definitions."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from pellucid.compiler._program import Input, result
from pellucid.errors import ShapeError
from pellucid.ops import OPS
from pellucid.ops._primitive import aval_of

pytest.importorskip("jax", reason="the engine xla needs JAX")

import jax

from pellucid.compiler.xla import _windows as in_jax


def agree(name: str, *operands: Any, **attrs: Any) -> Any:
    """The definition's answer, once the one of JAX is the same."""
    node = result(OPS[name], tuple(Input(aval_of(x), "x") for x in operands), attrs)
    wanted = OPS[name].forward(*operands, **attrs)
    with jax.enable_x64(True):
        found = jax.jit(partial(getattr(in_jax, name), node))(*operands)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    return wanted


def drawn(seed: int) -> tuple[Any, tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    """A generator, the shape of an input and of a kernel, and moves that fit; of one to three spatial axes."""
    rng = np.random.default_rng(seed)
    rank, groups = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    size = tuple(map(int, rng.integers(1, 4, rank)))
    moves = {name: tuple(map(int, rng.integers(low, 4, rank))) for name, low in (("stride", 1), ("dilation", 1))}
    padding = tuple(map(int, rng.integers(0, 5, rank)))  # more than a kernel reaches over, too
    reach = [d * (k - 1) + 1 for k, d in zip(size, moves["dilation"], strict=True)]
    spatial = tuple(max(1, r - 2 * p) + int(rng.integers(0, 5)) for r, p in zip(reach, padding, strict=True))
    channels, kernels = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    x, w = (int(rng.integers(1, 4)), channels, *spatial), (kernels, channels // groups, *size)
    return rng, x, w, {**moves, "padding": padding, "groups": groups}


@pytest.mark.parametrize("seed", range(12))
def test_convolutions_of_any_geometry_are_those_defined(seed: int) -> None:
    rng, x, w, moves = drawn(seed)
    y = agree("conv", rng.normal(size=x), rng.normal(size=w), **moves)
    agree("conv_input", rng.normal(size=y.shape), rng.normal(size=w), size=x[2:], **moves)
    agree("conv_weight", rng.normal(size=x), rng.normal(size=y.shape), size=w[2:], **moves)


@pytest.mark.parametrize("kinds", [(np.float32, np.float64), (np.float64, np.float32)])
def test_convolutions_of_two_dtypes_have_the_wider_one(kinds: tuple[type, type]) -> None:
    rng, x, w, moves = drawn(0)
    first, second = kinds
    y = agree("conv", rng.normal(size=x).astype(first), rng.normal(size=w).astype(second), **moves).astype(second)
    agree("conv_input", y.astype(first), rng.normal(size=w).astype(second), size=x[2:], **moves)
    agree("conv_weight", rng.normal(size=x).astype(first), y, size=w[2:], **moves)


@pytest.mark.parametrize("seed", range(12))
def test_windows_of_any_geometry_are_those_defined(seed: int) -> None:
    rng, x, w, moves = drawn(seed)
    shape = {"stride": moves["stride"], "dilation": moves["dilation"]}
    data = rng.integers(0, 3, x).astype(float)  # many are equal
    try:
        y = agree("windows", data, size=w[2:], **shape)
    except ShapeError:  # it would fit only with padding
        return
    agree("window_argmax", data, size=w[2:], **shape)
    agree("fold", rng.normal(size=y.shape), spatial=x[2:], **shape)


def test_no_number_is_the_maximum_of_its_window_as_in_numpy() -> None:
    x = np.array([[1.0, np.nan, 3.0, np.nan]])
    assert agree("window_argmax", x, size=(2,), stride=(1,), dilation=(1,)).tolist() == [[1, 1, 3]]
