"""Which products get code, and how their sums are cut."""

from typing import Any

import numpy as np
import pytest
from native_runs import program_of

from pellucid.compiler.native._contraction_plan import BLOCK, FEWEST_TERMS, MOST_TERMS, contraction_of
from pellucid.compiler.native._kernels import Contraction, Interpreted
from pellucid.compiler.native._lowering import lower

PLAIN = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}


def kernels(name: str, *operands: Any, **attrs: Any) -> list[Any]:
    return lower(program_of(name, operands, attrs)[0]).kernels


def test_a_product_of_matrices_in_any_order_copies_no_operand() -> None:
    square = np.ones((FEWEST_TERMS, FEWEST_TERMS))
    for flip_a in (False, True):
        for flip_b in (False, True):
            first, *rest = kernels("matmul", square, square, flip_a=flip_a, flip_b=flip_b)
            assert isinstance(first, Contraction)
            assert len(rest) == (flip_a and flip_b)  # a^T b^T is formed as (b a)^T, and the answer is put into rows


@pytest.mark.parametrize(("n", "turned"), [(1, 0), (40, 1)])
def test_short_sums_of_many_rows_turn_the_columns_first(n: int, turned: int) -> None:
    *before, last = kernels("matmul", np.ones((n, 3)), np.ones((5, 3)), flip_a=False, flip_b=True)
    assert len(before) == turned and isinstance(last, Contraction)
    assert last.column[2] == (1 if turned else 3)


@pytest.mark.parametrize(("channels", "parts"), [(1, 64), (16, 1)])
def test_slopes_of_kernels_with_few_channels_are_summed_in_parts(channels: int, parts: int) -> None:
    x, d = np.ones((64, channels, 5, 5)), np.ones((64, 2, 4, 4))
    (kernel,) = [k for k in kernels("conv_weight", x, d, **PLAIN, size=(2, 2)) if isinstance(k, Contraction)]
    assert kernel.rows[0][0] == parts


@pytest.mark.parametrize("k", [3, MOST_TERMS, 2048, 3000])
def test_every_term_is_in_one_part_of_the_sum(k: int) -> None:
    *_, kernel = kernels("matmul", np.ones((2, k)), np.ones((k, 3)), flip_a=False, flip_b=False)
    terms = [n for n, *_ in (*kernel.passes, *kernel.sums)]
    assert np.prod(terms) == k and bool(kernel.passes) == (len(terms) > 1)
    assert k <= MOST_TERMS or np.prod([n for n, *_ in kernel.sums]) <= BLOCK


def test_a_long_sum_without_a_divisor_is_formed_in_one_go() -> None:
    (kernel,) = kernels("matmul", np.ones((2, 1031)), np.ones((1031, 3)), flip_a=False, flip_b=False)
    assert kernel.passes == () and [n for n, *_ in kernel.sums] == [1031]


def test_a_convolution_copies_image_and_kernel_so_that_channels_are_neighbours_and_its_answer_back() -> None:
    found = kernels("conv", np.ones((2, 3, 5, 5)), np.ones((4, 3, 2, 2)), **PLAIN)
    assert [type(k).__name__ for k in found] == ["Loops", "Loops", "Contraction", "Loops"]
    assert found[2].a.strides[1] == found[2].b.strides[0] == found[2].out.strides[1] == 1


@pytest.mark.parametrize(
    ("name", "operands", "attrs"),
    [
        ("conv", (np.ones((1, 2, 4, 4)), np.ones((2, 1, 2, 2))), {**PLAIN, "groups": 2}),
        ("matmul", (np.ones((2, 3), np.int64), np.ones((3, 2), np.int64)), {"flip_a": False, "flip_b": False}),
        ("matmul", (np.ones((2, 3), np.float32), np.ones((3, 2))), {"flip_a": False, "flip_b": False}),
        ("matmul", (np.ones((2, 0)), np.ones((0, 2))), {"flip_a": False, "flip_b": False}),
    ],
)
def test_groups_whole_numbers_mixed_dtypes_and_empty_sums_are_left_to_numpy(
    name: str, operands: Any, attrs: Any
) -> None:
    program, _ = program_of(name, operands, attrs)
    assert contraction_of(None, program.nodes[0]) is False
    assert any(isinstance(k, Interpreted) for k in lower(program).kernels)
