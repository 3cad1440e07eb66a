"""Tiles cover all rows and columns once; panels are copied where, and only where, tiles would read them scattered."""

from typing import Any

import numpy as np
import pytest
from native_runs import program_of

from pellucid.compiler.native._kernels import Contraction
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._machine import F32, new_module
from pellucid.compiler.native._tiles import PANEL_BYTES, ROWS_TO_COPY, Tiles, _across, merged

PANEL = _across(4)  # columns, by the processor's vectors
PRIME = {1024: 1031, 4096: 4099, 8192: 8209}[PANEL_BYTES // (4 * PANEL)]  # terms that no divisor makes few enough
FLIPS = {"rows": False, "columns": True}  # of b: (k, m) as it lies, or (m, k), of which terms are neighbours


def tiles(n: int, k: int, m: int, lies: str = "rows") -> Tiles:
    """Of the product of (n, k) and (k, m)."""
    b = np.ones((m, k) if FLIPS[lies] else (k, m), np.float32)
    program, _ = program_of("matmul", (np.ones((n, k), np.float32), b), {"flip_a": False, "flip_b": FLIPS[lies]})
    (kernel,) = [x for x in lower(program).kernels if isinstance(x, Contraction)]
    return Tiles(new_module(), "product", kernel, F32)


@pytest.mark.parametrize("lies", FLIPS)
@pytest.mark.parametrize("m", [1, 5, 16, 63, 64, 100, 700])
def test_panels_cover_every_column_once(m: int, lies: str) -> None:
    panels = tiles(40, 70, m, lies).panels
    assert [p for first, count, _ in panels for p in range(first, first + count)] == list(range(m))
    assert all(sum(widths) in (0, count) for _, count, widths in panels)


@pytest.mark.parametrize("n", [1, 2, 6, 7, 37, 48, 49, 50, 1000])
def test_tiles_cover_every_row_and_none_is_too_high(n: int) -> None:
    made = tiles(40, 70, 300)
    heights = made.heights(n)
    assert sum(heights) == n and max(heights) <= made.most and heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(
    ("n", "k", "m", "lies", "copied"),
    [
        (64, 100, 500, "rows", True),
        (64, 100, 500, "columns", True),
        (ROWS_TO_COPY - 1, 100, 500, "columns", False),  # few rows read the copy
        (64, 100, PANEL, "rows", False),  # one panel: it lies so already
        (64, 100, PANEL // 6, "columns", False),  # not enough columns for two vectors
        (64, PRIME, 500, "rows", False),  # the panel would be too large
    ],
)
def test_which_panels_are_copied(n: int, k: int, m: int, lies: str, copied: bool) -> None:
    assert tiles(n, k, m, lies).packed == copied


def test_no_panel_is_larger_than_the_stack_is_good_for() -> None:
    for k in (64, 784, 1024, 3000):
        made = tiles(64, k, 500)
        terms = np.prod([n for n, *_ in made.sums])
        assert not made.packed or terms * made.panels[0][1] * 4 <= PANEL_BYTES


@pytest.mark.parametrize(
    ("axes", "fewer"),
    [
        ([(3, 20, 8, 0), (4, 5, 2, 0)], [(12, 5, 2, 0)]),
        ([(3, 20, 9, 0), (4, 5, 2, 0)], [(3, 20, 9, 0), (4, 5, 2, 0)]),  # b does not go on
        ([(1, 7, 7, 7), (4, 5, 2, 0), (1, 3, 3, 3)], [(4, 5, 2, 0)]),
        ([(1, 7, 7, 7)], [(1, 7, 7, 7)]),
    ],
)
def test_axes_that_go_on_in_all_three_are_one(axes: Any, fewer: Any) -> None:
    assert merged(axes) == fewer
