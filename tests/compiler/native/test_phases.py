"""Kernels under way at once touch nothing that another thread writes; what thread 0 does alone waits for nothing."""

from random import Random
from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node
from random_programs import random_program

from pellucid.compiler import Program
from pellucid.compiler.native._kernels import Interpreted
from pellucid.compiler.native._loops import WORTH
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._memory import renew_in_place, touched_by, written_by
from pellucid.compiler.native._phases import alone, phases_of

LARGE, SMALL = np.ones(2 * WORTH, np.float32), np.ones(8, np.float32)


def phases(*outputs: Any, inputs: tuple[Any, ...]) -> list[int]:
    return phases_of(lower(Program(inputs, outputs)))


def test_small_loops_follow_each_other_without_a_wait() -> None:
    x = input_of(SMALL)
    y = node("divide", x, node("sum", x, axis=(0,), keepdims=True))
    z = node("divide", y, node("sum", y, axis=(0,), keepdims=True))
    found = phases(z, inputs=(x,))
    assert len(found) == 3 and set(found) == {0}


def test_large_loops_wait_for_what_they_read() -> None:
    x = input_of(LARGE)
    y = node("divide", x, node("sum", x, axis=(0,), keepdims=True))
    assert phases(y, inputs=(x,)) == [0, 1]


def test_loops_that_share_nothing_wait_for_nothing() -> None:
    x, y = input_of(LARGE, "x"), input_of(np.ones((2, WORTH), np.float32), "y")
    assert phases(node("exp", x), node("exp", y), inputs=(x, y)) == [0, 0]


def test_state_is_not_renewed_while_another_thread_reads_it() -> None:
    w, d = input_of(LARGE.reshape(2, -1), "w"), input_of(np.ones((2, 2), np.float32), "d")
    slope = node("matmul", d, w, flip_a=False, flip_b=False)
    new = node("subtract", w, node("exp", w))
    low = lower(Program((w, d), (slope,), {w: new}))
    renew_in_place(low)
    assert low.same and phases_of(low) == [0, 1]


def test_large_loops_wait_for_plain_numbers() -> None:
    x, rate = input_of(LARGE), input_of(np.float64(2), "rate")
    number = node("multiply", input_weak := weak(rate), 2.0)
    assert phases(node("multiply", x, number), inputs=(x, input_weak)) == [1]


def weak(x: Any) -> Any:
    from pellucid.compiler._program import Input
    from pellucid.ops._primitive import Aval

    return Input(Aval((), np.dtype(np.float64), weak=True), x.name)


def test_no_phase_of_a_random_program_has_a_conflict() -> None:
    for seed in range(150):
        low = lower(random_program(Random(seed)).program)
        renew_in_place(low)
        found = phases_of(low)
        assert found == sorted(found)
        uses = [
            (p, k, *({low.same.get(b, b) for b in by(k)} for by in (touched_by, written_by)))
            for p, k in zip(found, low.kernels, strict=True)
        ]
        for i, (p, k, touched, written) in enumerate(uses):
            for q, other, theirs, renewed in uses[:i]:
                if p == q:
                    assert not isinstance(k, Interpreted) and not isinstance(other, Interpreted)
                    clash = bool(touched & renewed or written & theirs)
                    assert not clash or (alone(k) and alone(other))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_small_and_large_loops_in_turn_give_what_one_thread_gives(threads: int) -> None:
    x = input_of(LARGE)
    y: Any = x
    for _ in range(6):
        total = node("sum", y, axis=(0,), keepdims=True)
        y = node("divide", y, node("add", node("exp", node("negative", total)), 2.0))
    (found,) = answers(Program((x,), (y,)), LARGE, threads=threads).outputs
    np.testing.assert_array_equal(found, np.full_like(LARGE, 2.0**-6))
