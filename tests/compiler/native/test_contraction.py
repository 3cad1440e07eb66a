"""Products and convolutions of odd sizes are those of NumPy, whatever tiles and remainders they fall into."""

from random import Random
from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, native, node

from pellucid.compiler import Program
from pellucid.ops import OPS

DTYPES = [(np.float64, 1e-12), (np.float32, 2e-5)]


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def compare(name: str, operands: Any, attrs: Any, threads: int = 1) -> None:
    wanted = OPS[name].forward(*operands, **attrs)
    size = max(1.0, float(np.abs(wanted).max()))
    for dtype, off in DTYPES:
        found = native(name, *(x.astype(dtype) for x in operands), threads=threads, **attrs)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=0, atol=off * size)


def many(cases: Any, dtype: Any, off: float, threads: int = 1) -> None:
    """Many products in one program, for compiling costs more than running."""
    inputs, nodes, given, wanted = [], [], [], []
    for name, operands, attrs in cases:
        arrays = [np.asarray(x, dtype) for x in operands]
        values = [input_of(x, f"x{len(inputs) + i}") for i, x in enumerate(arrays)]
        inputs += values
        given += arrays
        nodes.append(node(name, *values, **attrs))
        wanted.append(OPS[name].forward(*operands, **attrs))
    found = answers(Program(tuple(inputs), tuple(nodes)), *given, threads=threads).outputs
    for (name, operands, attrs), y, z in zip(cases, found, wanted, strict=True):
        size = max(1.0, float(np.abs(z).max()))
        np.testing.assert_allclose(y, z, 0, off * size, err_msg=f"{name} {[x.shape for x in operands]} {attrs}")


def product(n: int, k: int, m: int, flip_a: bool, flip_b: bool) -> Any:
    a, b = numbers(*((k, n) if flip_a else (n, k))), numbers(*((m, k) if flip_b else (k, m)), seed=1)
    return "matmul", (a, b), {"flip_a": flip_a, "flip_b": flip_b}


@pytest.mark.parametrize(("flip_a", "flip_b"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize(("dtype", "off"), DTYPES)
def test_products_of_up_to_forty_rows_columns_and_terms_are_numpys(
    flip_a: bool, flip_b: bool, dtype: Any, off: float
) -> None:
    rng = Random(f"{flip_a} {flip_b}")
    sizes = [(n, 3, 5) for n in (1, 7, 40)] + [(2, 5, m) for m in (1, 3, 8, 15, 16, 23, 31, 40)]
    sizes += [(rng.randint(1, 40), rng.randint(1, 40), rng.randint(1, 40)) for _ in range(3)]
    many([product(*s, flip_a, flip_b) for s in sizes], dtype, off)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(("dtype", "off"), DTYPES)
def test_panels_that_are_copied_change_nothing(dtype: Any, off: float, threads: int) -> None:
    """Parts of threads begin within a panel, the last of which is narrower; sums in one go and in several."""
    sizes = [(37, 50, 150), (100, 33, 131), (64, 17, 300), (33, 1030, 70)]
    cases = [product(*s, *flips) for s, flips in zip(sizes, [(False, False), (False, True)] * 2, strict=True)]
    cases += [product(35, 18, 90, True, False), product(90, 18, 200, True, True)]
    same = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    cases.append(("conv", (numbers(5, 3, 9, 8), numbers(150, 3, 2, 3)), same))
    many(cases, dtype, off, threads)


def test_products_do_not_depend_on_the_number_of_threads() -> None:
    (_, (a, b), attrs) = product(70, 40, 290, False, True)
    one, three = (native("matmul", a, b, threads=n, **attrs) for n in (1, 3))
    assert one.tobytes() == three.tobytes()


@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True), (True, True)])
def test_long_sums_are_formed_in_parts(flips: tuple[bool, bool]) -> None:
    many(
        [product(n, k, m, *flips) for n, k, m in [(3, 1025, 5), (2, 2048, 17), (1, 3000, 1), (5, 1031, 33)]],
        np.float64,
        1e-11,
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3, 1, 4), (3, 4, 5)),
        ((3, 2, 4), (3, 4, 1)),
        ((3, 1, 4), (3, 4, 1)),
        ((2, 3, 1, 5), (2, 3, 5, 1)),
        ((2, 1, 7, 5), (3, 5, 9)),
        ((4, 2, 3), (1, 3, 2)),
        ((1, 2, 3), (4, 3, 2)),
        ((5, 1, 1), (5, 1, 1)),
        ((9, 4, 3), (9, 3, 40)),
    ],
)
def test_batches_of_products_are_numpys(a: Any, b: Any) -> None:
    cases = []
    for flip_a in (False, True):
        for flip_b in (False, True):
            x, y = numbers(*a), numbers(*b, seed=1)
            x, y = (np.ascontiguousarray(z.swapaxes(-1, -2)) if flip else z for z, flip in ((x, flip_a), (y, flip_b)))
            cases.append(("matmul", (x, y), {"flip_a": flip_a, "flip_b": flip_b}))
    many(cases, np.float64, 1e-13)


def convolution(rng: Random, rank: int) -> Any:
    kernel = tuple(rng.randint(1, 5) for _ in range(rank))
    stride, dilation, padding = (
        tuple(rng.randint(low, high) for _ in range(rank)) for low, high in ((1, 3), (1, 2), (0, 3))
    )
    size = tuple(d * (k - 1) + 1 + rng.randint(0, 6) for k, d in zip(kernel, dilation, strict=True))
    x = numbers(rng.randint(1, 4), rng.randint(1, 3), *size, seed=rng.randint(0, 99))
    w = numbers(rng.choice([1, 2, 3, 5, 8, 9, 17, 33]), x.shape[1], *kernel, seed=rng.randint(0, 99))
    return x, w, {"stride": stride, "padding": padding, "dilation": dilation, "groups": 1}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("dtype", "off"), DTYPES)
def test_convolutions_and_their_gradients_are_numpys(rank: int, dtype: Any, off: float) -> None:
    rng, cases = Random(rank), []
    for _ in range(4):
        x, w, attrs = convolution(rng, rank)
        d = OPS["conv"].forward(x, w, **attrs)
        cases += [
            ("conv", (x, w), attrs),
            ("conv_input", (d, w), {**attrs, "size": x.shape[2:]}),
            ("conv_weight", (x, d), {**attrs, "size": w.shape[2:]}),
        ]
    many(cases, dtype, off)


def test_images_of_many_channels_are_summed_in_parts() -> None:
    x, w = numbers(2, 140, 5, 4), numbers(7, 140, 3, 3, seed=1)
    attrs = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    compare("conv", (x, w), attrs)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_share_rows_and_images(threads: int) -> None:
    rng = Random(threads)
    cases = [
        product(n, k, m, False, flip) for n, k, m in [(1, 3, 9), (50, 40, 33), (200, 7, 3)] for flip in (False, True)
    ]
    x, w, attrs = convolution(rng, 2)
    many([*cases, ("conv", (x, w), attrs)], np.float64, 1e-12, threads)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_of_weights_are_the_same_bits_for_any_number_of_threads(dtype: Any) -> None:
    slopes, x = numbers(70, 130).astype(dtype), numbers(70, 150, seed=1).astype(dtype)
    alone, *shared = (native("matmul", slopes, x, threads=n, flip_a=True, flip_b=False) for n in (1, 2, 3))
    np.testing.assert_allclose(alone, slopes.T @ x, atol=1e-4 if dtype == np.float32 else 1e-12)
    assert all((y == alone).all() for y in shared)
