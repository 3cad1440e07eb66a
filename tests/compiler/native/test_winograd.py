"""Convolutions by minimal filtering are those of NumPy, whatever their size, and the same for any number of threads."""

from typing import Any

import numpy as np
import pytest
from native_runs import native

from pellucid.compiler.native import _contraction_plan
from pellucid.compiler.native._filters import LARGE, SMALL, Filter, cheapest
from pellucid.ops import OPS

SIZES = [  # images, channels in and out, height and width, padding
    (8, 16, 16, (8, 8), (1, 1)),
    (5, 17, 35, (14, 15), (1, 1)),
    (3, 32, 16, (13, 21), (0, 2)),
    (37, 16, 33, (5, 6), (2, 0)),
    (64, 64, 32, (6, 6), (1, 1)),
    (1, 24, 64, (30, 18), (1, 1)),
    (70, 18, 16, (3, 3), (1, 1)),
]
FILTERS = [SMALL, LARGE]


def convolution(case: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """x, w, slopes by the result, attributes."""
    n, c, o, size, padding = case
    rng = np.random.default_rng(n * c + o)
    x, w = rng.normal(size=(n, c, *size)), rng.normal(size=(o, c, 3, 3))
    attrs = {"stride": (1, 1), "padding": padding, "dilation": (1, 1), "groups": 1}
    y = OPS["conv"].forward(x, w, **attrs)
    assert cheapest(w.shape, n, y.shape[2:]), "the case is meant to be done by minimal filtering"
    return x, w, rng.normal(size=y.shape), attrs


def three(x: Any, w: Any, d: Any, attrs: dict[str, Any], run: Any) -> list[Any]:
    """The convolution, its slopes by x and by w."""
    return [
        run("conv", x, w, **attrs),
        run("conv_input", d, w, **attrs, size=x.shape[2:]),
        run("conv_weight", x, d, **attrs, size=(3, 3)),
    ]


def done_by(f: Filter | None, monkeypatch: pytest.MonkeyPatch, folder: Any) -> None:
    """Convolutions are done by a filter, whoever is the cheapest; None: summed directly."""
    monkeypatch.setattr(_contraction_plan, "cheapest", lambda *_: f)
    monkeypatch.setenv("PELLUCID_CACHE", str(folder / ("direct" if f is None else str(f.m))))  # a program has one code


@pytest.mark.parametrize("case", SIZES)
@pytest.mark.parametrize(("dtype", "off"), [(np.float64, 1e-12), (np.float32, 3e-6)])
@pytest.mark.parametrize("f", FILTERS, ids=["small", "large"])
def test_convolutions_and_their_slopes_are_numpys(
    case: Any, dtype: Any, off: float, f: Filter, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    x, w, d, attrs = convolution(case)
    wanted = three(x, w, d, attrs, lambda name, *operands, **a: OPS[name].forward(*operands, **a))
    done_by(f, monkeypatch, tmp_path)
    found = three(*(z.astype(dtype) for z in (x, w, d)), attrs, native)
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


@pytest.mark.parametrize("f", FILTERS, ids=["small", "large"])
def test_the_errors_are_those_of_direct_sums(f: Filter, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    x, w, d, attrs = convolution(SIZES[4])
    wanted = three(x, w, d, attrs, lambda name, *operands, **a: OPS[name].forward(*operands, **a))
    arrays, found = [z.astype(np.float32) for z in (x, w, d)], {}
    for way in (f, None):
        done_by(way, monkeypatch, tmp_path)
        found[way] = three(*arrays, attrs, native)
    for y, z, exact in zip(found[f], found[None], wanted, strict=True):
        assert np.abs(y - exact).max() <= 4 * np.abs(z - exact).max()
