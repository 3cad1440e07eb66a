"""The matrix product and its transpose flags."""

import numpy as np
import pytest

from pellucid.ops import OPS


@pytest.mark.parametrize("flip_b", [False, True])
@pytest.mark.parametrize("flip_a", [False, True])
@pytest.mark.parametrize("lead", [(), (2,)])
def test_a_flag_stands_for_a_transposed_operand(lead: tuple[int, ...], flip_a: bool, flip_b: bool) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(*lead, 3, 4)), rng.normal(size=(*lead, 4, 5))
    given = OPS["matmul"].run(a.mT if flip_a else a, b.mT if flip_b else b, flip_a=flip_a, flip_b=flip_b)
    np.testing.assert_allclose(given, a @ b, rtol=1e-14)


def test_no_common_entry_gives_zeros() -> None:
    assert OPS["matmul"].run(np.ones((2, 0)), np.ones((0, 3)), flip_a=False, flip_b=False).tolist() == [[0.0] * 3] * 2
