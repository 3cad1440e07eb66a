"""Kernels done part by part give what they give one after another, and wait for all they need."""

from random import Random
from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node
from random_programs import disagreement, random_program

from pellucid.compiler import Program
from pellucid.compiler.native import _blocks, _contraction, _engine
from pellucid.compiler.native._blocks import in_blocks
from pellucid.compiler.native._engine import NativeEngine
from pellucid.compiler.native._kernels import Blocks, Loops
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._memory import touched_by, written_by


def network(images: int = 16) -> tuple[Program, list[Any]]:
    """Two convolutions with ReLU, pooling in between; the kernels are inputs."""
    rng = np.random.default_rng(0)
    given = [rng.normal(size=s).astype(np.float32) for s in ((images, 1, 12, 12), (8, 1, 3, 3), (4, 8, 3, 3))]
    x, v, w = (input_of(a, name) for a, name in zip(given, "xvw", strict=True))
    same: dict[str, Any] = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    hidden = node("relu", node("conv", x, v, **same))
    return Program((x, v, w), (node("relu", node("conv", hidden, w, **same)),)), given


def lowered(program: Program, threads: int = 2) -> Any:
    low = lower(program)
    in_blocks(low, threads)
    return low


def test_a_chain_over_images_is_one_run_and_keeps_only_parts() -> None:
    low = lowered(network()[0])
    (block,) = [k for k in low.kernels if isinstance(k, Blocks)]
    assert low.kernels[-1] is block and block.count == 16
    handed_on = [b for b in block.parts if low.sizes[b]]
    assert handed_on and all(low.sizes[b] == 2 * block.parts[b][1] for b in handed_on)


def test_without_runs_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    program, given = network()
    found = [answers(program, *given, threads=t).outputs[0] for t in (1, 2, 3, 20)]
    monkeypatch.setattr(_engine, "in_blocks", lambda low, threads: None)
    monkeypatch.setattr(_engine, "kept", lambda key: None)
    monkeypatch.setattr(_engine, "keep", lambda key, code: None)  # it would not fit the memory of the same program
    apart = answers(program, *given).outputs[0]
    assert all(np.array_equal(y, apart) for y in found)


@pytest.mark.parametrize("seed", range(3))
def test_random_programs_in_small_parts_are_numpys(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in (
        (_blocks, "FEWEST", 2),
        (_blocks, "NEAR_BYTES", 64),
        (_blocks, "FEWEST_BYTES", 0),
        (_contraction, "SHARED", 2),
    ):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(_blocks, "SHARED", 2)
    monkeypatch.setattr(_engine, "kept", lambda key: None)
    monkeypatch.setattr(_engine, "keep", lambda key, code: None)
    rng, runs = Random(seed), 0
    for _ in range(25):
        sample = random_program(rng)
        runs += sum(isinstance(k, Blocks) for k in lowered(sample.program).kernels)
        assert disagreement(NativeEngine(2), sample) == "", sample.program.text()
    assert runs > 10, "runs were formed"


def test_every_kernel_comes_after_those_that_make_what_it_reads() -> None:
    for seed in range(300):
        program = random_program(Random(seed)).program
        low = lower(program)
        before = [k for k in low.kernels if not isinstance(k, Loops) or k.stores]
        in_blocks(low, 2)
        flat = [q for k in low.kernels for q in (k.kernels if isinstance(k, Blocks) else (k,))]
        assert {id(k) for k in flat} == {id(k) for k in before}
        place = {id(k): i for i, k in enumerate(flat)}
        for i, first in enumerate(before):
            for second in before[i + 1 :]:
                if touched_by(first) & written_by(second) or written_by(first) & touched_by(second):
                    assert place[id(first)] < place[id(second)]


def test_state_may_be_renewed_by_a_run_that_does_not_read_it() -> None:
    program, given = network()
    old = np.zeros((16, 4, 12, 12), np.float32)
    state = input_of(old, "state")
    (out,) = program.outputs
    renewing = Program(
        (*program.inputs, state), (), {state: node("add", node("transpose", out, axes=(0, 1, 2, 3)), 1.0)}
    )
    wanted = answers(program, *given).outputs[0] + 1
    assert any(isinstance(k, Blocks) for k in lowered(renewing).kernels)
    answers(renewing, *given, old, threads=2)
    np.testing.assert_array_equal(old, wanted)
