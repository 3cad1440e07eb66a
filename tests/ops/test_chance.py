"""random_bits is a pure function of its key."""

import numpy as np
import pytest

from pellucid.errors import ShapeError
from pellucid.ops import OPS
from pellucid.random import key, threefry2x32
from pellucid.tensor._tensor import Tensor, apply


def test_the_shape_only_lays_the_words_of_the_stream_out() -> None:
    words = threefry2x32(key(3), 24)
    for shape in ((24,), (4, 6), (2, 3, 4)):
        np.testing.assert_array_equal(OPS["random_bits"].run(key(3), shape=shape), words.reshape(shape))


def test_nothing_is_recorded() -> None:
    assert not apply(OPS["random_bits"], (Tensor(key(3)),), {"shape": (2,)}).requires_grad


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"a key is \(2,\) uint32, got \(3,\) uint32; see pellucid\.random\.key"):
        apply(OPS["random_bits"], (Tensor(np.zeros(3, np.uint32)),), {"shape": (2,)})
