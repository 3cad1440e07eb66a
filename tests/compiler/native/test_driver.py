"""Kernels run in order, NumPy's in between, plain numbers first, and nothing after a check that fails."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node

from pellucid.compiler import Program
from pellucid.compiler._program import Check, Input
from pellucid.compiler.native._driver import number_order, section_names, sections_of
from pellucid.compiler.native._lowering import lower
from pellucid.ops._primitive import Aval

X = np.array([3.0, 1.0, 2.0])


def number(name: str) -> Input:
    return Input(Aval((), np.dtype(np.float64), weak=True), name)


def test_a_program_is_one_section_and_each_node_of_numpys_another() -> None:
    x = input_of(X)
    assert section_names(lower(Program((x,), (node("add", x, 1.0),)))) == ["section0"]
    middle = node("cumsum", node("add", x, 1.0), axis=0)
    low = lower(Program((x,), (node("multiply", middle, 2.0),)))
    assert [len(kernels) for kernels in sections_of(low)] == [1, 1, 1]
    assert section_names(low) == ["section0", "", "section2"]


def test_numbers_are_computed_before_they_are_used_also_where_numpy_begins() -> None:
    x, t = input_of(X), number("t")
    rate = node("power", node("add", t, 1.0), 2)
    sorted_ = node("gather", x, node("argsort", x, axis=0), axis=0)
    found = answers(Program((x, t), (sorted_, node("multiply", sorted_, rate))), X, 2.0).outputs
    assert found[1].tolist() == [9.0, 18.0, 27.0]


def test_numbers_come_operands_first() -> None:
    x, t, s = input_of(X), number("t"), number("s")
    one = node("add", t, s)
    two = node("multiply", one, one)
    low = lower(Program((x, s, t), (node("multiply", x, two),)))
    order = number_order(low)
    assert set(order[:2]) == {t, s} and order[2:] == [one, two]


def test_a_choice_between_numbers_is_made() -> None:
    x, t = input_of(X), number("t")
    rate = node("where", node("less", t, 5), 1.0, node("multiply", t, 2.0))
    for given, wanted in ((4.0, 1.0), (5.0, 10.0)):
        assert (
            answers(Program((x, t), (node("multiply", x, rate),)), X, given).outputs[0].tolist()
            == (X * wanted).tolist()
        )


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("interpreted", ["", "before", "after"])
@pytest.mark.parametrize("direct", [True, False])
def test_a_check_that_fails_leaves_the_state(threads: int, interpreted: str, direct: bool) -> None:
    ok, x = input_of(np.array([True, False]), "ok"), input_of(X)
    y = node("cumsum", x, axis=0) if interpreted else x
    holds: Any = (
        input_of(np.array(True), "holds") if direct else node("equal", node("max", ok, axis=(0,), keepdims=False), True)
    )
    if interpreted == "before" and not direct:
        total = node("max", node("cumsum", ok, axis=0), axis=(0,), keepdims=False)
        holds = node("less", 0, total)
    inputs = (x, holds) if direct else (x, ok)
    program = Program(inputs, (), {x: node("add", y, 1.0)}, (Check(holds, ValueError),))
    for truth in (False, True):
        state = X.copy()
        given = np.array(truth) if direct else np.array([False, truth])
        found = answers(program, state, given, threads=threads)
        assert found.holds == [truth]
        wanted = (np.cumsum(X) if interpreted else X) + 1
        assert state.tolist() == (wanted.tolist() if truth else X.tolist())


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_threads_wait_for_each_other_between_kernels(threads: int) -> None:
    """Each of 60 kernels reads, from the other end, what other threads have written in the one before."""
    x = input_of(np.zeros(40_000))
    y: Any = x
    for _ in range(60):
        y = node("add", node("flip", y, axis=(0,)), node("multiply", y, 0.5))
        y = node("multiply", y, 0.5)
    program = Program((x,), (y,))
    given = np.random.default_rng(0).normal(size=40_000)
    np.testing.assert_array_equal(
        answers(program, given, threads=threads).outputs[0], answers(program, given).outputs[0]
    )
