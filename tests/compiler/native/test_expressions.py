"""Expressions of single entries: their dtypes, and what has no code."""

import numpy as np
from native_runs import input_of, node

from pellucid.compiler.native._expressions import entrywise, has_code

SMALL = np.arange(3, dtype=np.uint8)


def test_whole_numbers_are_compared_with_fractions_as_64_bit_floats() -> None:
    x = input_of(SMALL, "x")
    assert entrywise(node("less", x, 2.5)).common == np.float64
    assert entrywise(node("less", x, 2)).common == np.uint8


def test_powers_that_are_cheaper_otherwise_are_written_so() -> None:
    x = input_of(np.ones(3), "x")
    names = [entrywise(node("power", x, p)).name for p in (0.5, -1, 2, 1, 3.0)]
    assert names == ["sqrt", "divide", "multiply", "multiply", "power"]


def test_there_is_no_code_for_half_floats_nor_for_numbers_out_of_range() -> None:
    assert has_code(node("exp", input_of(np.ones(3, np.float32), "x")))
    assert not has_code(node("exp", input_of(np.ones(3, np.float16), "x")))
    assert has_code(node("less", input_of(SMALL, "x"), 255))
    assert not has_code(node("less", input_of(SMALL, "x"), 256))
