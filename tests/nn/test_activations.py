"""Activations as modules: each is its function, with PyTorch's constructor."""

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Tensor, nn
from pellucid.nn import functional
from pellucid.tensor import tanh

_X = np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4)

_MODULES: dict[str, tuple[Any, Any]] = {  # the call that makes it: the module, and what it computes
    "ReLU()": (nn.ReLU(), functional.relu),
    "LeakyReLU(negative_slope=0.3)": (nn.LeakyReLU(0.3), lambda x: functional.leaky_relu(x, 0.3)),
    "ELU(alpha=1.5)": (nn.ELU(1.5), lambda x: functional.elu(x, 1.5)),
    "GELU(approximate='tanh')": (nn.GELU("tanh"), lambda x: functional.gelu(x, approximate="tanh")),
    "SiLU()": (nn.SiLU(), functional.silu),
    "Sigmoid()": (nn.Sigmoid(), functional.sigmoid),
    "Tanh()": (nn.Tanh(), tanh),
    "Softplus(beta=2.0, threshold=5.0)": (nn.Softplus(2.0, 5.0), lambda x: functional.softplus(x, 2.0, 5.0)),
    "Softmax(dim=0)": (nn.Softmax(dim=0), lambda x: functional.softmax(x, axis=0)),
    "LogSoftmax(dim=0)": (nn.LogSoftmax(dim=0), lambda x: functional.log_softmax(x, axis=0)),
}
_WITHOUT_ARGUMENTS = "ReLU LeakyReLU ELU GELU SiLU Sigmoid Tanh Softplus".split()


@pytest.mark.parametrize("call", _MODULES)
def test_a_module_computes_its_function_with_its_arguments(call: str) -> None:
    module, function = _MODULES[call]
    x, z = Tensor(_X, requires_grad=True), Tensor(_X, requires_grad=True)
    module(x)[0].sum().backward()
    function(z)[0].sum().backward()
    assert module(x).tolist() == function(z).tolist()
    assert x.grad.tolist() == z.grad.tolist()


@pytest.mark.parametrize("call", _MODULES)
def test_the_repr_is_the_call_that_makes_the_module(call: str) -> None:
    module, _ = _MODULES[call]
    assert repr(module) == call
    assert repr(eval(call, vars(nn))) == call  # noqa: S307  # a literal of this file


@pytest.mark.parametrize("call", _MODULES)
def test_a_stored_module_computes_the_same(call: str, tmp_path: Any) -> None:
    module, _ = _MODULES[call]
    pellucid.save(module, tmp_path / "m.pellucid")
    assert pellucid.load(tmp_path / "m.pellucid")(_X).tolist() == module(_X).tolist()


@pytest.mark.parametrize("name", _WITHOUT_ARGUMENTS)
def test_defaults_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)()(torch.tensor(_X)).numpy()
    np.testing.assert_allclose(getattr(nn, name)()(_X).numpy(), theirs, rtol=1e-5, atol=1e-6)


def test_tanh_is_within_its_bounds_and_has_the_slope_1_minus_its_square() -> None:
    x = Tensor(np.array([-1e4, -1.0, 0.0, 2.0, 1e4]), requires_grad=True)
    y = nn.Tanh()(x)
    y.sum().backward()
    assert y.tolist() == pytest.approx(np.tanh(x.numpy()).tolist())
    assert x.grad.tolist() == pytest.approx((1 - np.tanh(x.numpy()) ** 2).tolist())


def test_softmax_without_an_argument_is_along_the_last_axis() -> None:
    assert nn.Softmax()(_X).numpy().sum(axis=-1).tolist() == pytest.approx([1.0] * 3)
    assert np.exp(nn.LogSoftmax()(_X).numpy()).sum(axis=-1).tolist() == pytest.approx([1.0] * 3)


def test_operations_are_counted_for_every_entry() -> None:
    y = Tensor(_X)
    assert nn.ReLU().flops((y,), y) == 12
    assert nn.Softmax().flops((y,), y) == 4 * 12


def test_no_activation_has_anything_to_learn() -> None:
    assert [call for call, (module, _) in _MODULES.items() if module.state_dict()] == []
