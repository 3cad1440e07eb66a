"""Identities that hold to the last bit, and nothing else."""

from typing import Any

import numpy as np
import pytest

from pellucid.compiler import trace
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler.passes._algebra import simpler_algebra

X = np.array([[1.5, -0.0, np.nan], [np.inf, -2.0, 0.0]])


@pytest.mark.parametrize(
    ("fn", "left"),
    [
        (lambda x: x * 1, 0),
        (lambda x: 1 * x, 0),
        (lambda x: x / 1, 0),
        (lambda x: x**1, 0),
        (lambda x: (-x).__neg__(), 0),
        (lambda x: x.T.T, 0),
        (lambda x: x.reshape(6).reshape(2, 3), 0),
        (lambda x: x.reshape(6).reshape(3, 2), 1),
        (lambda x: x + 0, 1),  # -0 + 0 is 0
        (lambda x: x - x, 1),  # NaN and infinity
        (lambda x: x * 0, 1),
    ],
)
def test_what_changes_nothing_goes(fn: Any, left: int) -> None:
    program = trace(fn, X).program
    simpler = simpler_algebra(program)
    assert len(simpler.nodes) == left
    wanted, found = (NumpyEngine().build(p)([X]).outputs[0] for p in (program, simpler))
    np.testing.assert_array_equal(wanted, found)
    np.testing.assert_array_equal(np.signbit(wanted), np.signbit(found))


def test_a_constant_with_one_value_becomes_a_number() -> None:
    program = simpler_algebra(trace(lambda x: x * np.full((2, 3), 0.1), X).program)
    assert program.nodes[0].operands[1] == 0.1
    wide = simpler_algebra(trace(lambda x: x * np.full((2, 3), 0.1), X[:1]).program)
    assert wide.nodes[0].aval.shape == (2, 3) and len(wide.nodes[0].values()) == 2
