"""Linear, Flatten, Unflatten beyond what the table of layers asks."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError, ShapeError
from pellucid.nn import Flatten, Linear, Unflatten
from pellucid.nn.functional import linear


def test_a_hand_worked_value() -> None:
    y = linear([[1.0, 2.0], [0.0, -1.0]], Tensor([[3.0, 4.0], [1.0, 0.0]]), Tensor([0.5, 0.0]))
    assert y.tolist() == [[11.5, 1.0], [-3.5, 0.0]]


def test_leading_axes_are_rows() -> None:
    layer = Linear(3, 2, seed=0)
    x = np.arange(24.0, dtype=np.float32).reshape(2, 4, 3)
    np.testing.assert_allclose(layer(x)[1].numpy(), layer(x[1]).numpy(), rtol=1e-6)
    np.testing.assert_allclose(layer(x)[1, 2].numpy(), layer(x[1, 2]).numpy(), rtol=1e-6)


def test_no_transpose_is_recorded() -> None:
    y = Linear(3, 2, seed=0)(np.ones((1, 3), np.float32))
    assert y.op.name == "add" and y.operands[0].op.name == "matmul" and y.operands[0].operands[1].op is None


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((5, 2, 3), r"Put Flatten\(\) before this layer\."),
        ((2, 3), r"x\.reshape\(1, 6\) makes it a batch of one\."),
        ((6, 4), r"Its last two axes look exchanged: x\.mT\."),
        ((4, 8), r"Give in_features=8, or bring the input to it\."),
        ((), r"A number has no features\."),
    ],
)
def test_the_remedy_fits_the_shape_that_came(shape: tuple[int, ...], remedy: str) -> None:
    with pytest.raises(ShapeError, match=r"^net \(Linear\): expected an input of shape \(\*, 6\), got .* " + remedy):
        Linear(6, 2)(np.zeros(shape))


@pytest.mark.parametrize("arguments", [(-1, 2), (2, 1.5), ("3", 2)])
def test_sizes_are_whole_numbers(arguments: Any) -> None:
    with pytest.raises(ParameterError, match=r"^(in|out)_features: must be a whole number >= 0"):
        Linear(*arguments)


def test_a_layer_without_inputs_gives_its_bias() -> None:
    layer = Linear(0, 2, seed=0)
    assert layer(np.zeros((3, 0), np.float32)).tolist() == [[0.0, 0.0]] * 3


def test_flatten_and_unflatten_undo_each_other() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(Unflatten(1, (3, 4, 5))(Flatten()(x)).numpy(), x)
    np.testing.assert_array_equal(Unflatten(-1, (4, -1))(Flatten(-2)(x)).numpy(), x)


def test_flatten_takes_numbers_and_empty_batches() -> None:
    assert Flatten(0)(Tensor(3.0)).shape == (1,)
    assert Flatten()(np.zeros((0, 2, 3))).shape == (0, 6)
    assert Unflatten(1, (2, -1))(np.zeros((0, 6))).shape == (0, 2, 3)


def test_axes_that_do_not_fit_are_told() -> None:
    with pytest.raises(ShapeError, match=r"net \(Flatten\): start_dim: axis 1 does not exist"):
        Flatten()(np.zeros(3))
    with pytest.raises(ShapeError, match=r"end_dim=0 of \(2, 3\) comes before start_dim=1"):
        Flatten(1, 0)(np.zeros((2, 3)))
    for size in ((2, 2), (-1, 4), (-1, -1)):
        with pytest.raises(ShapeError, match=r"axis 1 of \(5, 6\) has 6 entries, which do not fill"):
            Unflatten(1, size)(np.zeros((5, 6)))
