"""New state ends in the memory of the old, nothing reads it too late, and buffers alive together never overlap."""

from random import Random
from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node
from random_programs import random_program

from pellucid.compiler import Program
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._memory import Layout, renew_in_place, touched_by, written_by
from pellucid.compiler.native._phases import phases_of
from pellucid.compiler.native._storage import Storage
from pellucid.ops._memory import LINE

A, B = np.arange(5.0), np.arange(5.0) * 10 + 1


def renewed(outputs: Any, updates: Any, *extra: Any) -> tuple[list[Any], Any, Any]:
    """The outputs, and what becomes of a and b."""
    a, b = A.copy(), B.copy()
    x, y = input_of(a, "a"), input_of(b, "b")
    more = [input_of(e, f"e{i}") for i, e in enumerate(extra)]
    program = Program((x, y, *more), tuple(outputs(x, y, *more)), updates(x, y, *more))
    found = answers(program, a, b, *extra)
    assert found.updates == [None] * len(found.updates)
    return [np.asarray(z).tolist() for z in found.outputs], a.tolist(), b.tolist()


def test_state_is_swapped() -> None:
    assert renewed(lambda a, b: [], lambda a, b: {a: b, b: a}) == ([], B.tolist(), A.tolist())
    with_code = {"a": lambda a, b: {a: node("add", b, 1.0), b: node("add", a, 1.0)}}
    assert renewed(lambda a, b: [], with_code["a"]) == ([], (B + 1).tolist(), (A + 1).tolist())


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        (lambda a, b: a, A),
        (lambda a, b: node("reshape", a, shape=(5, 1)), A[:, None]),
        (lambda a, b: node("flip", a, axis=(0,)), A[::-1]),
        (lambda a, b: node("add", a, b), A + B),
        (lambda a, b: node("sum", a, axis=(0,), keepdims=False), A.sum()),
    ],
)
def test_what_is_made_of_the_old_state_is_not_made_of_the_new(output: Any, wanted: Any) -> None:
    for new in (lambda a: node("add", a, a), lambda a: node("flip", a, axis=(0,))):
        found, a, _ = renewed(lambda a, b: [output(a, b)], lambda a, b, new=new: {a: new(a)})
        assert found == [wanted.tolist()]
        assert a in ((A + A).tolist(), A[::-1].tolist())


def test_entries_that_move_are_not_read_where_new_ones_stand() -> None:
    order = np.array([4, 3, 2, 1, 0])
    turned = renewed(lambda a, b, i: [], lambda a, b, i: {a: node("gather", a, i, axis=0)}, order)
    assert turned[1] == A[::-1].tolist()
    assert renewed(lambda a, b: [], lambda a, b: {a: node("flip", a, axis=(0,))})[1] == A[::-1].tolist()


def test_one_value_may_become_two_states_and_a_state_another() -> None:
    def both(a: Any, b: Any) -> Any:
        new = node("multiply", a, 3.0)
        return {a: new, b: new}

    assert renewed(lambda a, b: [], both)[1:] == ((3 * A).tolist(), (3 * A).tolist())
    assert renewed(lambda a, b: [b], lambda a, b: {a: b}) == ([B.tolist()], B.tolist(), B.tolist())


def test_state_that_is_made_entry_by_entry_takes_no_memory() -> None:
    x = input_of(A, "a")
    low = lower(Program((x,), (), {x: node("multiply", x, 0.5)}))
    renew_in_place(low)
    assert len(low.kernels) == 1 and Layout.of(low, phases_of(low)).total == 0


def test_buffers_alive_together_never_overlap() -> None:
    for seed in range(150):
        low = lower(random_program(Random(seed)).program)
        renew_in_place(low)
        layout = Layout.of(low, phases := phases_of(low))
        ends = {s.buffer for s in (*low.outputs, *low.holds, *low.updates.values()) if isinstance(s, Storage)}
        alive: dict[int, tuple[int, int]] = {}
        for i, kernel in zip(phases, low.kernels, strict=True):
            for buffer in (touched_by(kernel) | written_by(kernel)) & layout.starts.keys():
                alive[buffer] = alive.get(buffer, (i, i))[0], i
        for buffer in ends & alive.keys():
            alive[buffer] = alive[buffer][0], len(low.kernels)
        spots = [(b, layout.starts[b], layout.starts[b] + low.sizes[b], *alive[b]) for b in layout.starts]
        assert all(start % LINE == 0 and stop <= layout.total for _, start, stop, *_ in spots)
        for b, start, stop, first, last in spots:
            for c, other, end, begun, over in spots:
                apart = start >= end or other >= stop or first > over or begun > last
                assert b == c or apart, (seed, b, c)
