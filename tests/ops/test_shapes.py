"""Rules about shapes agree with NumPy's, and say what is wrong."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import BroadcastableShapes, mutually_broadcastable_shapes

from pellucid.errors import ShapeError
from pellucid.ops import Aval, aval_of
from pellucid.ops._shapes import axes_of, broadcast, result_dtype, without


@given(mutually_broadcastable_shapes(num_shapes=3, min_side=0))
def test_shapes_broadcast_as_in_numpy(shapes: BroadcastableShapes) -> None:
    avals = [Aval(shape, np.dtype(np.float32)) for shape in shapes.input_shapes]
    assert broadcast("add", *avals) == shapes.result_shape


@pytest.mark.parametrize("array", [np.zeros(2, t) for t in (bool, np.int8, np.int64, np.float32, np.float64)])
@pytest.mark.parametrize("number", [True, 2, 2.5])
def test_a_python_number_widens_a_dtype_as_little_as_in_numpy(array: np.ndarray[Any, Any], number: float) -> None:
    assert result_dtype(aval_of(array), aval_of(number)) == np.result_type(array, number)


def test_axes_are_counted_from_the_front_in_order_and_once() -> None:
    assert axes_of("sum", None, 3) == (0, 1, 2)
    assert axes_of("sum", (-1, 0), 3) == (0, 2)
    assert axes_of("sum", np.int64(1), 3) == (1,)
    with pytest.raises(ShapeError, match=r"sum: axis \(0, -3\) names an axis twice"):
        axes_of("sum", (0, -3), 3)
    with pytest.raises(ShapeError, match=r"sum: axis 3 does not exist; the value has 3 axes, -3 to 2"):
        axes_of("sum", 3, 3)


def test_reduced_axes_go_or_stay_with_length_one() -> None:
    assert without((2, 3, 4), (0, 2), keepdims=False) == (3,)
    assert without((2, 3, 4), (0, 2), keepdims=True) == (1, 3, 1)
