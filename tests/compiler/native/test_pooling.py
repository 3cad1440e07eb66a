"""Maxima of windows, also of such that overlap or leave entries out, and their slopes are those of NumPy."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node

from pellucid.compiler import Program
from pellucid.compiler._engines import engine_named
from pellucid.compiler.native._pooling import only_pooled


@pytest.mark.parametrize(("size", "stride", "dilation"), [(2, 2, 1), (3, 2, 1), (2, 3, 1), (2, 2, 2)])
def test_positions_and_slopes_are_numpys(size: int, stride: int, dilation: int) -> None:
    x = np.random.default_rng(size + stride).integers(0, 4, size=(2, 3, 9, 8)).astype(np.float32)  # many ties
    x[0, 0, 0, 0] = np.nan
    given = input_of(x, "x")
    attrs: dict[str, Any] = {"size": (size,) * 2, "stride": (stride,) * 2, "dilation": (dilation,) * 2}
    where = node("window_argmax", given, **attrs)
    largest = node("gather", node("reshape", given, shape=(x.size,)), where, axis=0)
    slope = node("multiply", largest, 2.0)
    back = node("scatter_add", slope, where, axis=0, size=x.size, unique=stride >= (size - 1) * dilation + 1)
    for outputs in ((where, largest, back), (largest, back), (back,)):  # positions are kept shorter where none asks
        program = Program((given,), outputs)
        expected = [a.copy() for a in _run(program, x)]
        for mine, numpys in zip(answers(program, x).outputs, expected, strict=True):
            np.testing.assert_allclose(mine, numpys, rtol=1e-6)


def test_positions_are_places_in_their_windows_where_only_the_slopes_ask() -> None:
    x = input_of(np.zeros((1, 2, 4, 4), np.float32), "x")
    where = node("window_argmax", x, size=(2, 2), stride=(2, 2), dilation=(1, 1))
    largest = node("gather", node("reshape", x, shape=(32,)), where, axis=0)
    back = node("scatter_add", largest, where, axis=0, size=32, unique=True)
    again = node("scatter_add", where, where, axis=0, size=32, unique=True)  # positions as values
    assert only_pooled(where, Program((x,), (largest, back)))
    for outputs in ((where, back), (back, again), (node("add", where, 1), largest)):
        assert not only_pooled(where, Program((x,), outputs))


def _run(program: Program, *given: Any) -> list[Any]:
    return list(engine_named("numpy").build(program)(list(given)).outputs)
