"""Laws of Parameter and of the entries layers begin with."""

import copy
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError
from pellucid.nn import Conv1d, Conv2d, ConvTranspose2d, Embedding, Linear, Module, Parameter


def test_a_parameter_copies_its_data_and_requires_a_gradient() -> None:
    data = np.ones(3)
    parameter = Parameter(data)
    parameter.fill(2.0)
    assert data.tolist() == [1.0, 1.0, 1.0] and parameter.requires_grad and parameter.dtype == np.float64
    assert isinstance(parameter, Tensor) and not Parameter([1.0], requires_grad=False).requires_grad


def test_whole_numbers_cannot_be_learned() -> None:
    with pytest.raises(DtypeError, match="only floating-point values have gradients"):
        Parameter([1, 2])
    with pytest.raises(DtypeError, match="only floating-point values have gradients"):
        Linear(2, 2, dtype=np.int64)


def test_filling_in_place_is_noticed_by_a_backward_pass_that_needs_the_old_entries() -> None:
    parameter = Parameter([1.0, 2.0])
    y = (parameter * parameter).sum()
    parameter.fill([5.0, 6.0])
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_what_is_computed_from_a_parameter_is_a_plain_tensor() -> None:
    assert type(Parameter([1.0]) * 2) is Tensor


def test_a_deep_copy_has_memory_of_its_own() -> None:
    parameter = Parameter([1.0], requires_grad=False, name="w")
    twin = copy.deepcopy(parameter)
    twin.fill(3.0)
    assert parameter.item() == 1.0 and not twin.requires_grad and twin.name == "w"
    pair = copy.deepcopy([parameter, parameter])
    assert pair[0] is pair[1]


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (Linear(50, 400, seed=0), 50),
        (Conv1d(6, 64, 9, groups=2, seed=0), 3 * 9),
        (Conv2d(4, 256, (3, 5), seed=0), 4 * 15),
        (ConvTranspose2d(64, 32, 3, groups=4, seed=0), 8 * 9),  # PyTorch's second length, not the true number of inputs
    ],
)
def test_weights_begin_uniform_within_the_root_of_the_fan_in(layer: Any, fan_in: int) -> None:
    bound = 1 / math.sqrt(fan_in)
    for entries in (layer.weight, layer.bias):
        spread = stats.kstest(entries.numpy().ravel(), stats.uniform(-bound, 2 * bound).cdf)
        assert spread.pvalue > 1e-3
        assert np.abs(entries.numpy()).max() <= bound


def test_an_embedding_begins_normal() -> None:
    entries = Embedding(100, 50, seed=0).weight.numpy()
    assert stats.kstest(entries.ravel(), stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("make", [lambda s: Linear(3, 2, seed=s), lambda s: Conv2d(1, 2, 3, seed=s)])
def test_a_seed_fixes_the_entries_and_a_generator_goes_on(make: Any) -> None:
    def weight(module: Module) -> list[float]:
        return next(module.parameters()).numpy().ravel().tolist()

    assert weight(make(3)) == weight(make(3)) == weight(make(np.random.default_rng(3)))
    stream = np.random.default_rng(3)
    assert weight(make(stream)) != weight(make(stream))
    assert weight(make(None)) != weight(make(None))


def test_pytorch_begins_with_the_same_bounds() -> None:
    torch = pytest.importorskip("torch")
    for name, arguments in (("Linear", (30, 200)), ("Conv2d", (4, 64, 3)), ("ConvTranspose2d", (64, 32, 3))):
        theirs = getattr(torch.nn, name)(*arguments)
        ours = {"Linear": Linear, "Conv2d": Conv2d, "ConvTranspose2d": ConvTranspose2d}[name](*arguments, seed=0)
        a, b = theirs.weight.detach().numpy().ravel(), ours.weight.numpy().ravel()
        assert stats.ks_2samp(a, b).pvalue > 1e-6
        assert abs(np.abs(a).max() / np.abs(b).max() - 1) < 0.01
