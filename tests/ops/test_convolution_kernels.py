"""The tiled convolutions agree with their definitions, whatever the shape, and however the images fall into tiles."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pellucid.ops import OPS
from pellucid.ops import _convolution_kernels as kernels

Plan = tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """The shapes of x and w, and the moves, of a convolution over one, two or three axes."""
    rank, groups = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    per_axis = st.lists(st.integers(1, 3), min_size=rank, max_size=rank).map(tuple)
    kernel, stride, dilation = draw(per_axis), draw(per_axis), draw(per_axis)
    padding = draw(st.lists(st.integers(0, 3), min_size=rank, max_size=rank).map(tuple))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    spatial = tuple(max(1, r - 2 * p) + draw(st.integers(0, 4)) for r, p in zip(reach, padding, strict=True))
    deep, out = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    moves = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return (draw(st.integers(0, 5)), deep * groups, *spatial), (out * groups, deep, *kernel), moves


def assert_all_three_agree(x: np.ndarray, w: np.ndarray, moves: dict[str, Any], tolerance: float) -> None:
    y = OPS["conv"].forward(x, w, **moves)
    dy = np.cos(np.arange(y.size)).reshape(y.shape).astype(x.dtype)
    for name, operands, attrs in (
        ("conv", (x, w), moves),
        ("conv_input", (dy, w), {"size": x.shape[2:], **moves}),
        ("conv_weight", (x, dy), {"size": w.shape[2:], **moves}),
    ):
        wanted = OPS[name].forward(*operands, **attrs)
        given = OPS[name].run(*operands, **attrs)
        assert given.shape == wanted.shape and given.dtype == wanted.dtype
        assert_allclose(given, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max(initial=1.0), err_msg=name)


@settings(max_examples=300, deadline=None)
@given(plans(), st.sampled_from([1, 700, 1 << 18]))
def test_kernels_agree_with_the_definitions(plan: Plan, tile_bytes: int) -> None:
    shape_x, shape_w, moves = plan
    rng = np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "TILE_BYTES", tile_bytes)  # one image a tile; a few, the last tile not full; all
        assert_all_three_agree(rng.normal(size=shape_x), rng.normal(size=shape_w), moves, 1e-12)


def test_a_whole_layer_in_float32_agrees() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(9, 8, 14, 15)), rng.normal(size=(16, 8, 3, 3))
    moves = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    assert_all_three_agree(x.astype(np.float32), w.astype(np.float32), moves, 1e-5)


def test_operands_of_any_layout_give_the_same_numbers() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 2, 6, 7)), rng.normal(size=(4, 2, 3, 2))
    moves = {"stride": (2, 1), "padding": (1, 1), "dilation": (1, 2), "groups": 1}
    wanted = OPS["conv"].run(x, w, **moves)
    dy = np.broadcast_to(np.float64(1.0), wanted.shape)  # what the vjp of a sum hands down: no memory of its own
    assert_allclose(OPS["conv"].run(np.asfortranarray(x), w[::-1][::-1], **moves), wanted, rtol=1e-12)
    for name, operands, size in (("conv_input", (dy, w), (6, 7)), ("conv_weight", (x, dy), (3, 2))):
        attrs = {"size": size, **moves}
        plain = tuple(np.array(v) for v in operands)
        assert_allclose(OPS[name].run(*operands, **attrs), OPS[name].forward(*plain, **attrs), rtol=1e-12, atol=1e-12)


def test_tiles_cover_every_image_once_and_stay_within_their_bytes() -> None:
    for images in (0, 1, 7, 64):
        for bytes_each in (1, 100_000, 300_000):
            steps = kernels.tiles(images, bytes_each)
            assert [n for step in steps for n in range(step.start, step.stop)] == list(range(images))
            assert all(n == 1 or n * bytes_each <= kernels.TILE_BYTES for n in (s.stop - s.start for s in steps))


def test_the_columns_of_all_tiles_share_one_memory() -> None:
    x = np.zeros((40, 4, 14, 14))
    g = kernels.Geometry((1, 1), (1, 1), (1, 1), 1)
    seen = [columns for _, columns in kernels.column_tiles(x, (3, 3), g)]
    assert len(seen) > 1
    assert all(np.shares_memory(seen[0], columns) for columns in seen)
    assert seen[0].nbytes <= kernels.TILE_BYTES
