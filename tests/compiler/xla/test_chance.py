"""JAX draws the bits that pellucid.random defines."""

import numpy as np
import pytest

from pellucid.random import key, threefry2x32

pytest.importorskip("jax", reason="the engine xla needs JAX")

from pellucid.compiler.xla._chance import stream


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1000, 1 << 15])
@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
def test_the_stream_is_that_of_the_definition(seed: int, n: int) -> None:
    np.testing.assert_array_equal(stream(key(seed, 3), n), threefry2x32(key(seed, 3), n))
