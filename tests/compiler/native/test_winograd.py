"""Convolutions by minimal filtering are those of NumPy, whatever their size, and the same for any number of threads."""

from typing import Any

import numpy as np
import pytest
from native_runs import native

from pellucid.compiler.native import _contraction_plan
from pellucid.compiler.native._winograd import A_T, B_T, G, pays, tiles
from pellucid.ops import OPS

SIZES = [  # images, channels in and out, height and width, padding
    (8, 16, 16, (8, 8), (1, 1)),
    (5, 17, 35, (14, 15), (1, 1)),
    (3, 32, 16, (13, 21), (0, 2)),
    (37, 16, 33, (5, 6), (2, 0)),
    (64, 64, 32, (6, 6), (1, 1)),
    (1, 24, 64, (30, 18), (1, 1)),
]


def convolution(case: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """x, w, slopes by the result, attributes."""
    n, c, o, size, padding = case
    rng = np.random.default_rng(n * c + o)
    x, w = rng.normal(size=(n, c, *size)), rng.normal(size=(o, c, 3, 3))
    attrs = {"stride": (1, 1), "padding": padding, "dilation": (1, 1), "groups": 1}
    y = OPS["conv"].forward(x, w, **attrs)
    assert pays(w.shape, n, y.shape[2:]), "the case is meant to be done by minimal filtering"
    return x, w, rng.normal(size=y.shape), attrs


def three(x: Any, w: Any, d: Any, attrs: dict[str, Any], run: Any) -> list[Any]:
    """The convolution, its slopes by x and by w."""
    return [
        run("conv", x, w, **attrs),
        run("conv_input", d, w, **attrs, size=x.shape[2:]),
        run("conv_weight", x, d, **attrs, size=(3, 3)),
    ]


@pytest.mark.parametrize("case", SIZES)
@pytest.mark.parametrize(("dtype", "off"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_convolutions_and_their_slopes_are_numpys(case: Any, dtype: Any, off: float) -> None:
    x, w, d, attrs = convolution(case)
    wanted = three(x, w, d, attrs, lambda name, *operands, **a: OPS[name].forward(*operands, **a))
    arrays = [z.astype(dtype) for z in (x, w, d)]
    found = three(*arrays, attrs, native)
    for y, z in zip(found, wanted, strict=True):
        assert y.dtype == dtype
        np.testing.assert_allclose(y, z, rtol=0, atol=off * float(np.abs(z).max()))


@pytest.mark.parametrize("case", SIZES[:3])
def test_the_result_is_the_same_for_any_number_of_threads(case: Any) -> None:
    x, w, d, attrs = (z.astype(np.float32) if isinstance(z, np.ndarray) else z for z in convolution(case))
    runs = [three(x, w, d, attrs, lambda *a, t=t, **k: native(*a, threads=t, **k)) for t in (1, 2, 3)]
    for others in runs[1:]:
        for y, z in zip(others, runs[0], strict=True):
            assert np.array_equal(y, z)


def test_the_errors_are_those_of_direct_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w, d, attrs = convolution(SIZES[4])
    wanted = three(x, w, d, attrs, lambda name, *operands, **a: OPS[name].forward(*operands, **a))
    arrays = [z.astype(np.float32) for z in (x, w, d)]
    found = three(*arrays, attrs, native)
    monkeypatch.setattr(_contraction_plan, "pays", lambda *_: False)
    monkeypatch.setenv("PELLUCID_CACHE", "")
    direct = three(*arrays, attrs, native)
    for y, z, exact in zip(found, direct, wanted, strict=True):
        assert np.abs(y - exact).max() <= 4 * np.abs(z - exact).max()


def test_the_matrices_filter_a_row() -> None:
    d, g = np.array([1.0, 2, 4, 8]), np.array([3.0, 5, 7])
    wanted = [d[i : i + 3] @ g for i in range(2)]
    assert (np.array(A_T) @ ((np.array(G) @ g) * (np.array(B_T) @ d))).tolist() == wanted


@pytest.mark.parametrize(
    ("kernels", "images", "size"),
    [
        ((64, 64, 3, 3), 1, (7, 7)),  # few pixels
        ((64, 3, 3, 3), 64, (32, 32)),  # few channels
        ((64, 64, 5, 5), 64, (32, 32)),
        ((64, 64, 3), 64, (32,)),
        ((64, 64, 3, 3), 64, (3, 3)),  # 4 x 4 would be computed
    ],
)
def test_other_kernels_and_sizes_are_summed_directly(kernels: Any, images: int, size: Any) -> None:
    assert not pays(kernels, images, size)


def test_tiles_cover_the_image() -> None:
    assert tiles((7, 8)) == (4, 4)
