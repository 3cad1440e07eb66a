"""Plain numbers stay with Python, arrays go to the device, and what fails leaves the state as it was."""

from typing import Any

import numpy as np
import pytest

from pellucid.compiler import trace
from pellucid.compiler._program import Check, Constant, Input, Program, result
from pellucid.ops import OPS
from pellucid.ops._primitive import Aval

pytest.importorskip("jax", reason="the engine xla needs JAX")

import jax

from pellucid.compiler.xla._function import SMALL, Host, Parts, loop_of, step_of

NUMBER = Aval((), np.dtype(np.float64), weak=True)


def counting() -> tuple[Program, Input, Input]:
    """w <- w * 0.9 ^ t while w's entries stay above 0.3, t <- t + 1; gives w and t."""
    t, w = Input(NUMBER, "t"), Input(Aval((2,), np.dtype(np.float32)), "w")
    new = result(OPS["multiply"], (w, result(OPS["power"], (0.9, t), {})), {})
    holds = result(OPS["less"], (0.3, w), {})
    updates: dict[Input, Any] = {w: new, t: result(OPS["add"], (t, 1), {})}
    return Program((t, w), (w, t), updates, (Check(holds, ValueError),)), t, w


def test_each_value_has_its_place() -> None:
    program, t, w = counting()
    parts = Parts.of(program)
    assert (parts.state, parts.given, parts.renewed, parts.outputs) == ((w,), (), (t,), (w,))
    assert [x.op.name for x in parts.numbers] == ["power"]  # type: ignore[attr-defined]


def test_numbers_are_those_of_python_step_after_step() -> None:
    said, after = Host(Parts.of(counting()[0])).steps([1], 4)
    assert [x.numbers.tolist() for x in said] == [[0.9**t] for t in (1, 2, 3, 4)]
    assert [x.outputs for x in said] == [[1], [2], [3], [4]]
    assert after == [5] and type(after[0]) is int


def test_a_plain_check_ends_the_steps_before_the_one_that_fails() -> None:
    t = Input(NUMBER, "t")
    less = result(OPS["less"], (t, 3), {})
    program = Program((t,), (t,), {t: result(OPS["add"], (t, 1), {})}, (Check(less, ValueError),))
    said, after = Host(Parts.of(program)).steps([0], 10)
    assert [x.outputs for x in said] == [[0], [1], [2]] and after == [3]


def test_a_step_that_fails_keeps_the_state() -> None:
    step = step_of(Parts.of(counting()[0]))
    for w, holds in (([1.0, 0.5], True), ([1.0, 0.2], False)):
        alive, (new,), _, _, flags = step(True, [np.array(w, np.float32)], [], [], np.array([0.5]))
        assert bool(alive) is holds and flags.tolist() == [holds]
        np.testing.assert_allclose(new, np.array(w) * (0.5 if holds else 1.0), rtol=1e-6)
        assert new.dtype == np.float32


def test_a_loop_makes_its_steps_until_one_fails() -> None:
    with jax.enable_x64(True):
        loop, halves = loop_of(Parts.of(counting()[0])), jax.numpy.full((5, 1), 0.5)
        made: list[Any] = [loop(n, [np.ones(2, np.float32)], [], [], halves, rows=()) for n in (1, 5)]
    assert [int(n) for n, _, _ in made] == [1, 2]  # 1 and 0.5 pass, 0.25 does not
    np.testing.assert_allclose(made[1][1][0], [0.25, 0.25])
    np.testing.assert_allclose(made[1][2][0][:2], [[1.0, 1.0], [0.5, 0.5]])


def test_large_constants_lie_beside_the_code() -> None:
    large, small = np.ones(SMALL + 1), np.ones(SMALL)
    program = trace(lambda x: (x * large).sum() + (x.sum() * small).sum(), np.ones(1)).program
    (constant,) = Parts.of(program).constants
    assert isinstance(constant, Constant) and constant.aval.size == SMALL + 1
