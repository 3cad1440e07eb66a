"""Vectors are added up to their own sums, for any number of them and any length."""

import ctypes

import numpy as np
import pytest
from llvmlite import ir

from pellucid.compiler.native._horizontal import added_up
from pellucid.compiler.native._machine import POINTER, Assembled, function, new_module, object_code, type_for


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 16, 24])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lanes", [1, 2, 4, 8, 16])
def test_each_vector_gets_its_own_sum(lanes: int, dtype: type, n: int) -> None:
    entry, size = type_for(np.dtype(dtype)), np.dtype(dtype).itemsize
    module = new_module()
    made, b = function(module, "sums", [POINTER, POINTER])
    read, written = made.args
    kind = ir.VectorType(entry, lanes) if lanes > 1 else entry
    vectors = [b.load(b.place(read, i * lanes, entry), typ=kind, align=size) for i in range(n)]
    for i, found in enumerate(added_up(b, vectors)):
        b.store(found, b.place(written, i, entry))
    b.ret_void()
    code = Assembled(object_code(module))
    x = np.random.default_rng(0).integers(0, 50, (n, lanes)).astype(dtype)  # sums of whole numbers are exact
    out = np.zeros(n, dtype)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.address("sums"))(x.ctypes.data, out.ctypes.data)
    assert out.tolist() == x.sum(axis=1).tolist()
