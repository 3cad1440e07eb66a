"""Equal nodes are shared; unequal ones are not."""

from typing import Any

import numpy as np

from pellucid.compiler import trace
from pellucid.compiler.passes._repeats import shared_repeats


def count(fn: Any, *args: Any) -> int:
    return len(shared_repeats(trace(fn, *args).program).nodes)


def test_equal_nodes_and_exchanged_operands_are_one() -> None:
    a, b = np.ones(3), np.ones(3)
    assert count(lambda x, y: (x + y) * (y + x), a, b) == 2
    assert count(lambda x, y: (x - y) * (y - x), a, b) == 3


def test_numbers_of_another_kind_and_other_attributes_are_told_apart() -> None:
    assert count(lambda x: (x * 1.0, x * 1), np.ones(2, np.int64)) == 2
    assert count(lambda x: (x.sum(0), x.sum(1), x.sum(0)), np.ones((2, 2))) == 2
