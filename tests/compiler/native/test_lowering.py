"""Lowering fuses what can be fused, copies no view, and leaves to NumPy only what has no code."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, native, node, program_of
from primitive_cases import CASES

from pellucid import compiler
from pellucid.compiler import Program
from pellucid.compiler._program import Check
from pellucid.compiler.native._kernels import Interpreted, Loops
from pellucid.compiler.native._lowering import lower


def kernels(fn: Any, *arrays: Any) -> list[Any]:
    return lower(compiler.trace(fn, *arrays).program).kernels


def strided(x: Any) -> Any:
    """The same entries with gaps between them, from the last axis to the first."""
    return np.asfortranarray(x.repeat(2, axis=-1))[..., ::2] if x.ndim and x.size else x


def test_a_chain_and_the_sum_of_its_entries_are_one_nest_of_loops() -> None:
    (loops,) = kernels(lambda x: ((x * 2 + 1) ** 2).sum(), np.ones((3, 4)))
    assert isinstance(loops, Loops) and len(loops.members) == 3 and len(loops.stores) == 1


def test_views_have_no_kernel_of_their_own() -> None:
    (loops,) = kernels(lambda x: x.T[1:, None] + 1.0, np.ones((3, 4)))
    assert list(loops.members.values())[0].operands[0].storage.strides == (1, 0, 4)


def test_a_value_that_no_other_kernel_reads_has_no_memory() -> None:
    first, second = kernels(lambda x: (x * 2 + 1) / (x * 3).sum(), np.ones(5))
    assert list(first.kept) == [] and [x.op.name for x in second.kept] == ["divide"]


def test_what_is_made_of_inputs_alone_comes_before_loops_that_were_begun_earlier() -> None:
    x, small = input_of(np.arange(8.0), "x"), input_of(np.array(2.0), "small")
    square = node("multiply", small, small)
    half = node("equal", x, 0.5)
    kept = node("max", node("reshape", half, shape=(2, 4)), axis=(0,), keepdims=False)  # half is in memory by then
    other = node("exp", node("maximum", input_of(np.ones(3), "other"), square))  # and so is the square, later
    either = node("add", node("less", x, square), half)
    program = Program((x, small, *other.values()[0].values()[:1]), (either, kept, other))
    outputs = answers(program, np.arange(8.0), np.array(2.0), np.ones(3)).outputs
    np.testing.assert_array_equal(outputs[0], np.arange(8) < 4)


def test_what_checks_need_comes_before_what_is_renewed() -> None:
    x, ok = input_of(np.ones(3), "x"), input_of(np.ones(3, bool), "ok")
    every = node("max", ok, axis=(0,), keepdims=False)
    low = lower(Program((x, ok), (), {x: node("add", x, 1.0)}, (Check(every, ValueError),)))
    assert low.checked == 1 and len(low.kernels) == 2


@pytest.mark.parametrize(
    ("name", "operands", "attrs"),
    [
        ("power", (np.arange(4), 3), {}),
        ("add", (np.ones(3, np.float16), 1.0), {}),
        ("less", (np.ones(3, np.uint8), -1), {}),
        ("argsort", (np.ones(3),), {"axis": 0}),
        ("cumsum", (np.ones(3),), {"axis": 0}),
    ],
)
def test_what_has_no_code_is_left_to_numpy(name: str, operands: Any, attrs: Any) -> None:
    assert any(isinstance(k, Interpreted) for k in lower(program_of(name, operands, attrs)[0]).kernels)
    np.testing.assert_array_equal(
        native(name, *operands, **attrs), program_of(name, operands, attrs)[0].nodes[0].op.run(*operands, **attrs)
    )


@pytest.mark.parametrize("primitive", sorted({CASES[name].primitive for name in CASES}))
def test_every_primitive_is_what_its_definition_says(primitive: str) -> None:
    """All samples of a primitive in one program, in both precisions, also on operands with gaps."""
    cases = [case for case in CASES.values() if case.primitive == primitive]
    for dtype, rtol in ((np.float64, 1e-13), (np.float32, 3e-6)):
        given, inputs, nodes, wanted = [], [], [], []
        for case in cases:
            operands = [
                x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype == np.float64 else x for x in case.operands
            ]
            for arrays in (operands, [strided(x) if isinstance(x, np.ndarray) else x for x in operands]):
                places = [
                    input_of(x, f"x{len(inputs) + i}") if isinstance(x, np.ndarray) else x for i, x in enumerate(arrays)
                ]
                inputs += [x for x in places if not isinstance(x, (int, float))]
                given += [x for x in arrays if isinstance(x, np.ndarray)]
                nodes.append(node(primitive, *places, **case.attrs))
                wanted.append(case.op.forward(*operands, **case.attrs))
        found = answers(Program(tuple(inputs), tuple(nodes)), *given).outputs
        for y, z in zip(found, wanted, strict=True):
            assert y.shape == np.shape(z)
            np.testing.assert_allclose(y, z, rtol, atol=rtol)
