"""What is cheap to compute again is not kept; nothing that is computed changes by that."""

from random import Random
from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node
from random_programs import disagreement, random_program

from pellucid import compiler, nn
from pellucid.compiler import Program
from pellucid.compiler.native import NativeEngine, _again
from pellucid.compiler.native._kernels import Accumulate, Loops, Store
from pellucid.compiler.native._lowering import Lowered, lower

N, C = 256, 256


def large_stores(low: Lowered) -> list[str]:
    """Names of the nodes of N C entries that are kept in memory."""
    loops = [kernel for kernel in low.kernels if isinstance(kernel, Loops)]
    kept = {storage.buffer: x.op.name for k in loops for x, storage in k.kept.items()}  # type: ignore[attr-defined]
    stores = [s for k in loops for s in k.stores if isinstance(s, Store) and s.storage.size == N * C]
    return [kept[s.storage.buffer] for s in stores]


def standardised(first: str, *steps: Any, columns: bool = True) -> Program:
    """exp or the like of x, less the means of its columns; then further steps, and the sum of all."""
    x = input_of(np.ones((N, C)), "x")
    made = node(first, x) if first != "none" else x
    mean = node("sum", made, axis=(0,), keepdims=True) if columns else input_of(np.ones((N, C)), "mean")
    made = node("subtract", made, mean)
    for step in steps:
        made = step(made)
    total = node("sum", made, axis=(0, 1), keepdims=False)
    again = node("add", made, node("multiply", total, 2.0))  # in other loops: the total must be there first
    inputs = (x,) if columns else (x, mean)
    return Program(inputs, (node("sum", again, axis=(0, 1), keepdims=False),))


def test_what_lies_a_few_cheap_steps_from_something_kept_is_not_kept() -> None:
    assert large_stores(lower(standardised("exp", lambda x: node("relu", node("multiply", x, 3.0))))) == ["exp"]


@pytest.mark.parametrize(
    ("program", "kept"),
    [
        (standardised("exp", lambda x: node("tanh", x)), ["tanh", "exp"]),  # costs too much to compute twice
        (standardised("exp", lambda x: node("multiply", x, node("sin", x))), ["multiply", "exp"]),  # of two large ones
        (standardised("none", lambda x: node("relu", x), columns=False), ["relu"]),  # of inputs, which may be renewed
        (standardised("exp", *[lambda x: node("add", x, 0.5)] * 6), ["add", "exp"]),  # too many steps
    ],
    ids=["dear", "of two", "of inputs", "far"],
)
def test_other_values_are_kept(program: Program, kept: list[str]) -> None:
    assert sorted(large_stores(lower(program))) == sorted(kept)


def test_long_chains_are_not_followed_to_their_end() -> None:
    def doubled(x: Any) -> Any:
        for _ in range(400):  # each is read twice: 2^400 ways back, 400 calls deep
            x = node("add", x, x)
        return x

    assert sorted(large_stores(lower(standardised("exp", doubled)))) == ["add", "exp"]


def test_a_value_made_of_two_is_kept_once_and_what_is_made_of_it_is_not() -> None:
    def scaled_twice(x: Any) -> Any:
        both = node("multiply", x, node("sin", x))
        return node("add", node("multiply", both, 2.0), node("negative", both))

    assert sorted(large_stores(lower(standardised("exp", scaled_twice)))) == ["exp", "multiply"]


def test_members_that_nobody_asks_for_are_gone() -> None:
    low = lower(standardised("exp", lambda x: node("relu", x)))
    for loops in (k for k in low.kernels if isinstance(k, Loops)):
        members = dict(loops.members)
        _again.without_unused(loops)
        assert loops.members == members
    first = next(k for k in low.kernels if isinstance(k, Loops))
    assert [x.op.name for x in first.members] == ["exp"] and isinstance(first.stores[0], Accumulate)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_numbers_are_those_of_numpy(threads: int) -> None:
    program = standardised("exp", lambda x: node("relu", node("multiply", x, 3.0)))
    x = np.random.default_rng(0).normal(size=(N, C))
    made = np.maximum((np.exp(x) - np.exp(x).sum(0)) * 3.0, 0.0)
    (total,) = answers(program, x, threads=threads).outputs
    np.testing.assert_allclose(total, (made + 2.0 * made.sum()).sum(), rtol=1e-10)


def test_a_batch_norm_keeps_its_input_and_neither_its_result_nor_signs() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3, padding=1))

    def step(x: Any) -> Any:
        loss = (net(x) ** 2).mean()
        loss.backward()
        return loss

    x = np.random.default_rng(0).normal(size=(16, 3, 18, 18)).astype(np.float32)
    low = lower(compiler.trace(step, x).program)
    kept = [x.op.name for k in low.kernels if isinstance(k, Loops) for x in k.kept]  # type: ignore[attr-defined]
    assert "sign" not in kept and "subtract" not in kept and "relu" in kept  # a convolution reads the last


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_compute_the_same_however_small_what_is_computed_again(
    seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path))  # the code is not that of the program elsewhere
    monkeypatch.setattr(_again, "FEWEST_ENTRIES", 1)
    assert disagreement(NativeEngine(1 + seed % 3), random_program(Random(910_000 + seed))) == ""
