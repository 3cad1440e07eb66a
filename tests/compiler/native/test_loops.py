"""Loops compute what their members say, shared out among threads or not."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, native, node

from pellucid.compiler import Program
from pellucid.compiler.native._kernels import Apply, Literal, Load, Loops, Member, Store
from pellucid.compiler.native._loops import WORTH, accesses_of, lanes_of, storages_of, walked
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._machine import vector_bytes
from pellucid.compiler.native._storage import Storage
from pellucid.ops import OPS

LARGE = np.random.default_rng(0).normal(size=(7, 3, 1000))


@pytest.mark.parametrize("axis", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2), ()])
@pytest.mark.parametrize("threads", [1, 3])
def test_sums_and_maxima_of_large_arrays_do_not_depend_on_who_forms_them(axis: Any, threads: int) -> None:
    assert LARGE.size >= WORTH
    x = input_of(LARGE)
    nodes = [node(name, y, axis=axis, keepdims=False) for name in ("sum", "max") for y in (x, node("multiply", x, x))]
    found = answers(Program((x,), tuple(nodes)), LARGE, threads=threads).outputs
    square = LARGE * LARGE
    wanted = [LARGE.sum(axis), square.sum(axis), LARGE.max(axis), square.max(axis)]
    for y, z in zip(found, wanted, strict=True):
        np.testing.assert_allclose(y, z, rtol=1e-11, atol=1e-11)


def test_a_maximum_is_missing_where_an_entry_is() -> None:
    x = np.array([[1.0, np.nan, 2.0], [-np.inf, -np.inf, -np.inf], [np.inf, 0.0, 1.0]])
    np.testing.assert_array_equal(native("max", x, axis=(1,), keepdims=False), [np.nan, -np.inf, np.inf])


def test_long_sums_of_float32_are_formed_in_as_many_parts_as_a_vector_has_entries() -> None:
    x = np.full(1 << 20, 0.1, np.float32)
    roundings = x.size / (vector_bytes() // 4)  # one after another, this sum would be off by as many as it has entries
    found = native("sum", x, axis=(0,), keepdims=False)
    assert found == pytest.approx(x.astype(np.float64).sum(), rel=roundings * 2.0**-24)


def test_positions_from_the_end_and_of_any_whole_dtype_are_found() -> None:
    x = np.arange(12.0).reshape(3, 4)
    for index in (np.array([-1, 0, 2]), np.array([2, 1], np.uint8), np.array([[-3], [1]], np.int32), np.array(-1)):
        np.testing.assert_array_equal(native("gather", x, index, axis=0), x[index])
        dy = np.ones((*index.shape, 4))
        wanted = OPS["scatter_add"].forward(dy, index, axis=0, size=3)
        np.testing.assert_array_equal(native("scatter_add", dy, index, axis=0, size=3), wanted)


def test_truth_values_that_meet_stay_truth_values() -> None:
    c, index = np.array([True, True, False]), np.array([1, 1, 0])
    found = native("scatter_add", c, index, axis=0, size=2)
    assert found.dtype == bool and found.view(np.uint8).tolist() == [0, 1]
    assert native("add", c, c).view(np.uint8).tolist() == [1, 1, 0]


@pytest.mark.parametrize("size", [(2,), (3,), (1,)])
def test_the_first_maximum_of_a_window_is_found_and_missing_entries_are_largest(size: Any) -> None:
    x = np.array([[1.0, 3.0, 3.0, np.nan, 2.0, np.nan], [0.0, -0.0, -1.0, -1.0, np.inf, np.inf]])
    attrs = {"size": size, "stride": (1,), "dilation": (2,)}
    np.testing.assert_array_equal(native("window_argmax", x, **attrs), OPS["window_argmax"].forward(x, **attrs))


@pytest.mark.parametrize("n", [1, 2, 3, 7, 1000])
def test_random_bits_are_those_of_the_stream(n: int) -> None:
    key = np.array([7, 2**32 - 1], np.uint32)
    np.testing.assert_array_equal(native("random_bits", key, shape=(n,)), OPS["random_bits"].forward(key, shape=(n,)))


def test_every_storage_of_a_nest_is_told() -> None:
    x, index = input_of(np.ones((3, 2)), "x"), input_of(np.zeros(4, np.int64), "i")
    low = lower(Program((x, index), (node("gather", x, index, axis=0),)))
    (loops,) = low.kernels
    assert isinstance(loops, Loops)
    assert {s.buffer for s in storages_of(loops)} == {low.inputs[x], low.inputs[index], low.outputs[0].buffer}
    assert len(accesses_of(loops)) == 3
    loops.stores.append(loops.stores[0])  # what is added later is found, too
    assert len(accesses_of(loops)) == 4


@pytest.mark.parametrize("n", [257, 2207, 1 << 20])
@pytest.mark.parametrize("axis", [(1,), (0, 1)])
def test_long_sums_of_float32_lose_few_units_in_the_last_place(n: int, axis: tuple[int, ...]) -> None:
    x = np.full((3, n), 0.1, np.float32)
    wanted = x.astype(np.float64).sum(axis=axis)
    found = native("sum", x, axis=axis, keepdims=False).astype(np.float64)
    assert np.abs(found / wanted - 1).max() < 1.2e-7 * (2 + np.sqrt(3 * n) / 32)


F32 = np.dtype(np.float32)


def doubled(source: Storage, goal: Storage, name: str = "multiply", length: int = 64) -> Loops:
    """goal = source * 2, or what else is done."""
    loops = Loops((length,), (0,))
    read, made = object(), object()
    loops.members[read] = Load(source)  # type: ignore[index]
    loops.members[made] = Apply(name, (Member(read), Literal(2.0)), (F32, None), F32, F32)  # type: ignore[index,arg-type]
    loops.stores.append(Store(goal, Member(made), F32))  # type: ignore[arg-type]
    return loops


def test_vectors_are_written_here_for_sums_of_neighbours_only() -> None:
    def line(buffer: int, step: int = 1, dtype: Any = F32, offset: int = 0) -> Storage:
        return Storage(buffer, (64,), (step,), dtype, offset)

    def lanes(loops: Loops, same: bool = False) -> int:
        return lanes_of(loops, walked(loops), {0: "a", 1: "a" if same else "b"})

    wide = vector_bytes() // 4
    assert lanes(doubled(line(0), line(1))) == wide
    assert lanes(doubled(line(0), line(1), name="divide")) == 1
    assert lanes(doubled(line(0, step=2), line(1))) == 1
    assert lanes(doubled(line(0), line(1, dtype=np.dtype(np.float64)))) == 1
    assert lanes(doubled(line(0), line(0, offset=1))) == 1  # what is written would be read again
    assert lanes(doubled(line(0), line(1)), same=True) == 1
    assert lanes(doubled(line(0), line(1), length=63)) == 1
