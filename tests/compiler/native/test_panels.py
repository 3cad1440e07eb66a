"""A panel holds the columns of a factor term by term, however the factor lies."""

import ctypes
import math

import numpy as np
import pytest

from pellucid.compiler.native._machine import Assembled, new_module, object_code, type_for
from pellucid.compiler.native._panels import emit_panel


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lanes", [2, 4, 8, 16])
@pytest.mark.parametrize(
    ("terms", "columns"),
    [
        ([(5, 40)], (23, 1)),  # rows
        ([(16, 1)], (16, 16)),  # one square
        ([(37, 1)], (35, 41)),  # terms are neighbours, with some left over both ways
        ([(3, 1)], (2, 7)),  # not one whole square
        ([(4, 150), (5, 30)], (17, 1)),
        ([(2, 700), (33, 1)], (18, 35)),
        ([(3, 2), (2, 100)], (6, 7)),  # neither terms nor columns are neighbours
    ],
)
def test_entries_lie_term_by_term(terms: list, columns: tuple[int, int], lanes: int, dtype: type) -> None:
    module = new_module()
    emit_panel(module, "panel", terms, columns, type_for(np.dtype(dtype)), lanes).linkage = "external"
    code = Assembled(object_code(module))
    x = np.random.default_rng(0).normal(size=2000).astype(dtype)
    total = math.prod(n for n, _ in terms) * columns[0]
    panel = np.full(total + 1, -7, dtype)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.address("panel"))(x.ctypes.data, panel.ctypes.data)
    at = np.zeros((), np.int64)
    for n, step in [*terms, columns]:
        at = at[..., None] + np.arange(n) * step
    assert panel[:-1].tolist() == x[at].ravel().tolist()
    assert panel[-1] == -7
