"""Kernels have one form where their code is the same, whatever memory they work on."""

from dataclasses import replace
from typing import Any

import llvmlite.ir as ir
import numpy as np
from native_runs import answers, input_of, node

from pellucid.compiler import Program
from pellucid.compiler.native._driver import emit_driver
from pellucid.compiler.native._forms import form_of
from pellucid.compiler.native._kernels import Apply, Contraction, Literal, Load, Loops, Member, Store
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._storage import Storage

F32 = np.dtype(np.float32)


def line(buffer: int, offset: int = 0) -> Storage:
    return Storage(buffer, (8,), (1,), F32, offset)


def scaled(source: Storage, goal: Storage, factor: float = 2.0) -> Loops:
    loops = Loops((8,), (0,))
    name: Any = object()
    loops.members[name] = Apply("multiply", (Load(source), Literal(factor)), (F32, None), F32, F32)
    loops.stores.append(Store(goal, Member(name), F32))
    return loops


def test_other_memory_and_other_names_have_the_same_form() -> None:
    assert form_of(scaled(line(0), line(1)), {}) == form_of(scaled(line(7), line(3)), {})


def test_whatever_the_code_depends_on_makes_another_form() -> None:
    forms = [
        form_of(scaled(line(0), line(1)), {}),
        form_of(scaled(line(0), line(0)), {}),  # the same memory is read and written
        form_of(scaled(line(0), line(1, offset=4)), {}),
        form_of(scaled(line(0), line(1), factor=0.0), {}),
        form_of(scaled(line(0), line(1), factor=-0.0), {}),
        form_of(replace(scaled(line(0), line(1)), shape=(4,)), {}),
    ]
    assert len(set(forms)) == len(forms)
    assert form_of(scaled(line(0), line(1)), {1: 0}) == forms[1]  # the second lies in the memory of the first


def test_products_are_told_by_their_axes() -> None:
    a, b, out = line(0), line(1), line(2)
    one = Contraction(a, b, out, ((2, 4, 0, 4),), ((4, 1, 4, 0),), (4, 0, 1, 1))
    assert form_of(one, {}) == form_of(replace(one, a=line(5)), {})
    assert form_of(one, {}) != form_of(replace(one, rows=((2, 4, 0, 8),)), {})


def test_equal_layers_have_functions_together() -> None:
    x, *weights = (np.random.default_rng(i).normal(size=(16, 16)) for i in range(4))
    places = [input_of(w, f"w{i}") for i, w in enumerate((x, *weights))]
    y: Any = places[0]
    wanted = x
    for place, w in zip(places[1:], weights, strict=True):
        y = node("tanh", node("matmul", y, place, flip_a=False, flip_b=False))
        wanted = np.tanh(wanted @ w)
    program = Program(tuple(places), (y,))
    module = ir.Module()
    emit_driver(module, lower(program), {})
    kernels = [f.name for f in module.functions if f.name.startswith("kernel") and "_tile" not in f.name]
    assert len(kernels) == 2  # a product and a tanh, for three layers
    np.testing.assert_allclose(answers(program, x, *weights).outputs[0], wanted, rtol=1e-12)
