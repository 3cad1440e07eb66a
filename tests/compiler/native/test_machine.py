"""The builder's loops and addresses are those they say, and code can be called."""

import ctypes
import platform
from collections.abc import Callable
from random import Random
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from random_programs import disagreement, random_program
from whole_models import MODELS

from pellucid import compile, nn, optim
from pellucid.compiler import Program, trace
from pellucid.compiler.native import _cache, _machine
from pellucid.compiler.native._blocks import in_blocks
from pellucid.compiler.native._driver import emit_driver, number_order
from pellucid.compiler.native._engine import NativeEngine
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._machine import (
    F32,
    F64,
    I8,
    I64,
    POINTER,
    Assembled,
    Processor,
    function,
    machine,
    new_module,
    object_code,
    processor,
    type_for,
    vector_bytes,
)
from pellucid.compiler.native._memory import renew_in_place
from pellucid.compiler.native._partial_sums import by_rows
from pellucid.compiler.passes._order import simplified


def test_a_loop_runs_from_first_to_the_last_before_n() -> None:
    module = new_module()
    made, b = function(module, "visit", [POINTER])
    b.loop(7, lambda i: b.store(b.mul(i, i), b.place(made.args[0], i, I64)), 2)
    b.ret_void()
    code = Assembled(object_code(module))
    out = np.full(9, -1, np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code.address("visit"))(out.ctypes.data)
    assert out.tolist() == [-1, -1, 4, 9, 16, 25, 36, -1, -1]


@pytest.mark.parametrize(("i", "j"), [(0, 0), (3, -2), (1, 5)])
def test_a_sum_of_terms_leaves_out_zeros_and_adds_what_is_known(i: int, j: int) -> None:
    module = new_module()
    made, b = function(module, "sum", [I64, I64], I64)
    b.ret(b.sum_of([(made.args[0], 3), (made.args[1], 1), (made.args[1], 0), (4, 10)], 2))
    code = Assembled(object_code(module))
    assert ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(code.address("sum"))(i, j) == 3 * i + j + 42


def test_entries_have_types_by_their_dtype() -> None:
    types = [type_for(np.dtype(t)) for t in (np.float32, np.float64, bool, np.uint8, np.int64)]
    assert types == [F32, F64, I8, I8, I64]


def test_vectors_are_as_wide_as_this_processor_allows() -> None:
    assert vector_bytes() in (16, 32, 64)


LESSER = {"SSE2": ("x86-64", "", 16), "AVX2": ("haswell", "+avx2,+fma", 32), "AVX2 alone": ("x86-64", "+avx2", 32)}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[[Processor], None]:
    """Lets the engine believe that it runs on another processor, with a code cache of its own."""

    def tell(other: Processor) -> None:
        monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path))
        for module in (_machine, _cache):
            monkeypatch.setattr(module, "processor", lambda: other)

    return tell


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="features of x86")
@pytest.mark.parametrize("features", LESSER)
def test_code_for_fewer_features_than_there_are_agrees_with_numpy(features: str, told: Any) -> None:
    model, flags, wide = LESSER[features]
    if "avx2" in flags and processor().vector_bytes < 32:
        pytest.skip("this processor has no AVX2")
    told(Processor(processor().triple, model, flags))
    assert vector_bytes() == wide
    for seed in range(4):
        assert disagreement(NativeEngine(), random_program(Random(seed))) == ""
    x = np.random.default_rng(0).normal(size=(9, 2, 9, 11)).astype(np.float32)
    net = nn.Sequential(nn.Conv2d(2, 5, 3, seed=0), nn.ReLU(), nn.Flatten(), nn.Linear(315, 4, seed=1)).eval()
    np.testing.assert_allclose(compile(net, engine="native")(x).numpy(), net(x).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("triple", ["aarch64-unknown-linux-gnu", "arm64-apple-darwin", "x86_64-unknown-linux-gnu"])
@pytest.mark.parametrize("model", ["relu", "cnn, batch norm"])
def test_code_is_made_for_other_machines_than_this_one(triple: str, model: str, told: Any) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    arm = not triple.startswith("x86")
    told(Processor(triple, "generic" if arm else "x86-64", "+neon" if arm else ""))
    net, x, y, loss = MODELS[model]()
    optimizer = optim.Adam(net.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimizer.step()
        return value

    assembly = assembled_by_hand(simplified(trace(step, x, y).program))
    assert ("fmla" if arm else "mulps") in assembly and "section0" in assembly
    assert "fmaf" not in assembly  # of the C library


def assembled_by_hand(program: Program) -> str:
    """The assembly of a program, as the engine makes its object code."""
    renew_in_place(low := lower(program))
    by_rows(low)
    in_blocks(low, 1)
    module = new_module()
    emit_driver(module, low, {x: i for i, x in enumerate(number_order(low))})
    assert len(object_code(module)) > 1000
    code = llvm.parse_assembly(str(module))
    return str(machine().emit_assembly(code))
