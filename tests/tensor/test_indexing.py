"""NumPy's indexing syntax on Tensors: NumPy's entries, and the gradient of every entry where it came from."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, basic_indices, integer_array_indices

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ShapeError
from pellucid.tensor import no_grad
from pellucid.tensor._indexing import index_steps

SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def assert_numpy_agrees(shape: tuple[int, ...], key: Any) -> None:
    """Entries as NumPy's, and the cotangent of each entry added up where the entry came from."""
    x = np.arange(float(np.prod(shape))).reshape(shape)
    t = Tensor(x, requires_grad=True)
    wanted, given = x[key], t[key]
    assert given.shape == wanted.shape
    np.testing.assert_array_equal(given.data, wanted)
    dy = np.cos(np.arange(wanted.size)).reshape(wanted.shape)
    dx = np.zeros(shape)
    np.add.at(dx, key, dy)
    given.backward(dy)
    np.testing.assert_allclose(t.grad.data, dx, rtol=1e-14, atol=1e-14)
    assert x.tobytes() == np.arange(float(np.prod(shape))).tobytes()


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_whole_numbers_slices_none_and_ellipsis_pick_what_numpy_picks(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    assert_numpy_agrees(shape, data.draw(basic_indices(shape, allow_newaxis=True, max_dims=6)))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_arrays_of_positions_pick_what_numpy_picks(data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    assert_numpy_agrees(shape, data.draw(integer_array_indices(shape, dtype=np.int64)))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_masks_pick_what_numpy_picks(data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
    axes = data.draw(st.integers(1, len(shape)))
    assert_numpy_agrees(shape, data.draw(arrays(bool, shape[:axes])))


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_mixtures_of_all_of_them_pick_what_numpy_picks(data: st.DataObject) -> None:
    shape = (3, 4, 2, 3)
    index = data.draw(st.sampled_from([(2,), (1, 2), ()]))
    part = st.one_of(
        st.just(slice(None)),
        st.slices(3),
        st.integers(-2, 1),
        st.just(None),
        arrays(np.int64, index, elements=st.integers(-2, 1)),
    )
    parts = data.draw(st.lists(part, min_size=1, max_size=4))
    if data.draw(st.booleans()):
        parts.insert(data.draw(st.integers(0, len(parts))), ...)
    assert_numpy_agrees(shape, tuple(parts))


def test_a_mask_beside_other_parts_picks_what_numpy_picks() -> None:
    mask = np.array([True, False, True])
    for key in ((slice(None), mask), (mask, 1), (mask, slice(None), [0, 1]), (None, mask), (..., mask, slice(1, 2))):
        assert_numpy_agrees((3, 3, 2), key)


def test_lists_and_tensors_are_positions_too() -> None:
    x = Tensor(np.arange(6.0).reshape(3, 2))
    assert x[[2, 0]].tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert x[Tensor([2, 0]), Tensor([1, 0])].tolist() == [5.0, 0.0]
    assert x[x > 2].tolist() == [3.0, 4.0, 5.0]
    assert x[Tensor(1)].tolist() == [2.0, 3.0]
    assert x[[]].shape == (0, 2)


def test_an_index_of_the_first_axes_looks_at_no_other() -> None:
    steps = index_steps((np.array([0, 1]), np.array([2, 2])), (2, 3, 1000))
    assert [name for name, _, _ in steps] == ["reshape", "gather"]
    assert steps[0][2]["shape"] == (6, 1000)
    assert steps[1][1][0].tolist() == [2, 5]


@pytest.mark.parametrize(
    ("key", "error", "says"),
    [
        (3, IndexError, "position 3 does not exist on axis 0, which has 3 entries"),
        ((0, -3), IndexError, "position -3 does not exist on axis 1, which has 2 entries"),
        ([0, 5], IndexError, "position 5 does not exist on axis 0"),
        ((0, 0, 0), IndexError, r"3 positions were given for a value of shape \(3, 2\), which has 2 axes"),
        ((..., ...), IndexError, "may stand only once"),
        ([0.5], DtypeError, "positions must be whole numbers or truth values, got float64"),
        (1.0, DtypeError, "positions must be whole numbers or truth values, got float64"),
        (True, DtypeError, "a single True or False is no position"),
        (slice(0, 2, 0), ShapeError, "the step of the slice on axis 0 is 0"),
        (np.ones(2, bool), IndexError, "boolean index did not match|does not match"),
    ],
)
def test_a_key_that_picks_nothing_is_an_error_that_says_why(key: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Tensor(np.zeros((3, 2)))[key]


# -- assignment


def test_entries_of_a_plain_value_are_assigned_as_in_numpy() -> None:
    x = Tensor(np.zeros((2, 3), np.float32))
    x[0] = 1
    x[:, 2] = Tensor([5.0, 6.0])
    x[x == 0] = -1.0
    assert x.tolist() == [[1.0, 1.0, 5.0], [-1.0, -1.0, 6.0]]


def test_a_leaf_is_assigned_to_inside_no_grad_only() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(GraphError, match=r"leaf \(2,\) takes part in a recorded .* inside no_grad\(\)"):
        w[0] = 5.0
    with no_grad():
        w[0] = 5.0
    assert w.tolist() == [5.0, 2.0]


def test_a_recorded_result_is_not_assigned_to() -> None:
    y = Tensor([1.0], requires_grad=True) * 2
    with no_grad(), pytest.raises(GraphError, match=r"multiply \(1,\) takes part .* pellucid\.tensor\.where"):
        y[0] = 5.0


def test_a_recorded_value_is_not_assigned_because_its_gradient_would_be_lost() -> None:
    x, w = Tensor([0.0, 0.0]), Tensor([1.0], requires_grad=True)
    with pytest.raises(GraphError, match=r"leaf \(1,\) is recorded, .* value\.detach\(\)"):
        x[:1] = w
    x[:1] = w.detach()
    assert x.tolist() == [1.0, 0.0]


def test_memory_that_cannot_be_written_on_is_named_with_the_way_out() -> None:
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    with pytest.raises(GraphError, match=r"memory of leaf \(2,\) is read-only .* x = x\.copy\(\)"):
        Tensor(frozen)[0] = 1.0
    x = Tensor(frozen).copy()
    x[0] = 1.0
    assert x.tolist() == [1.0, 0.0]


def test_an_ellipsis_that_stands_for_no_axis_still_parts_the_arrays_beside_it() -> None:
    for key in ((slice(None), 0, ..., 0, [0, 0]), ([0, 1], ..., slice(None), 1, 2), (0, ..., [1, 2], slice(None), 0)):
        assert_numpy_agrees((3, 4, 2, 3), key)
    for key in (
        (0, 1, ..., 1, -1),
        (slice(None), [1, 0], ...),
        (..., 0, 1, 1, 2),
        (None, 1, ..., slice(2), 1, None, [1]),
    ):
        assert_numpy_agrees((3, 4, 2, 3), key)
