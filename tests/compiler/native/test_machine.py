"""The builder's loops and addresses are those they say, and code can be called."""

import ctypes

import numpy as np
import pytest

from pellucid.compiler.native._machine import (
    F32,
    F64,
    I8,
    I64,
    POINTER,
    Assembled,
    function,
    new_module,
    object_code,
    type_for,
    vector_bytes,
)


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
