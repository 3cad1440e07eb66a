"""Laws that every optimizer keeps; the rows are in optimizer_cases.py."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optimizer_cases import CASES, STORED, ours, theirs

from pellucid import Tensor, optim

Array = np.ndarray[Any, Any]

_FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / STORED
_TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
_OPTIMIZERS = {
    name: value
    for name in optim.__all__
    if inspect.isclass(value := getattr(optim, name))
    and issubclass(value, optim.Optimizer)
    and not inspect.isabstract(value)
}
_BY_RULES = [name for name, case in CASES.items() if issubclass(_OPTIMIZERS[case.optimizer], optim.RuleOptimizer)]

_DESCENTS: dict[str, tuple[dict[str, Any], int]] = {  # options and steps that lead to the end of Rosenbrock's valley
    "SGD": ({"lr": 1e-3, "momentum": 0.9}, 2000),
    "Adagrad": ({"lr": 0.3}, 6000),
    "RMSprop": ({"lr": 1e-3, "momentum": 0.5, "alpha": 0.999}, 6000),
    "Adam": ({"lr": 0.03}, 3000),
    "AdamW": ({"lr": 0.03, "weight_decay": 0.0}, 3000),
    "NAdam": ({"lr": 0.01}, 4000),
    "RAdam": ({"lr": 3e-3}, 6000),
    "LBFGS": ({"line_search_fn": "strong_wolfe"}, 5),
}


@pytest.fixture(scope="module")
def stored() -> Any:
    with np.load(_FIXTURE) as answers:
        yield {name: answers[name] for name in answers.files}


def _agree(got: Array, want: Array, dtype: type) -> None:
    """Equal but for a share of the largest entry, of what the numbers here are made of: gradients of size 1."""
    scale = max(np.abs(want).max(initial=0.0), 0.1)
    np.testing.assert_allclose(got, want, rtol=_TOLERANCE[dtype], atol=_TOLERANCE[dtype] * scale)


def test_every_optimizer_has_a_row_and_a_descent() -> None:
    assert {case.optimizer for case in CASES.values()} == _OPTIMIZERS.keys() == _DESCENTS.keys()


@pytest.mark.parametrize("name", _OPTIMIZERS)
def test_every_option_is_given_in_some_row(name: str) -> None:
    options = set(list(inspect.signature(_OPTIMIZERS[name]).parameters)[1:])
    given = {option for case in CASES.values() if case.optimizer == name for option in case.options}
    without_row = {"LBFGS": {"tolerance_grad", "tolerance_change"}}  # where they end a step: test_lbfgs.py
    assert options - given == without_row.get(name, set())


@pytest.mark.parametrize("name", _OPTIMIZERS)
def test_names_and_defaults_of_options_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    own = inspect.signature(_OPTIMIZERS[name]).parameters
    foreign = inspect.signature(getattr(torch.optim, name)).parameters
    ways_to_compute = {"foreach", "fused", "capturable", "differentiable"}
    assert own.keys() == foreign.keys() - ways_to_compute
    assert {option: p.default for option, p in own.items()} == {option: foreign[option].default for option in own}


def test_the_stored_answers_are_those_of_the_table(stored: Any) -> None:
    assert sorted(stored) == sorted(CASES)


@pytest.mark.parametrize("dtype", _TOLERANCE)
@pytest.mark.parametrize("name", CASES)
def test_parameters_and_state_are_those_pytorch_gave(name: str, dtype: type, stored: Any) -> None:
    parts = ours(CASES[name], dtype)
    if name.startswith("SGD"):  # PyTorch's counts no steps
        parts = {key: part for key, part in parts.items() if not key.startswith("step")}
    _agree(np.concatenate([part.ravel() for part in parts.values()]), stored[name], dtype)


@pytest.mark.parametrize("dtype", _TOLERANCE)
@pytest.mark.parametrize("name", CASES)
def test_parameters_and_state_are_those_pytorch_gives(name: str, dtype: type) -> None:
    pytest.importorskip("torch")
    got, want = ours(CASES[name], dtype), theirs(CASES[name], dtype)
    assert want.keys() <= got.keys()
    for part in want:
        assert got[part].shape == want[part].shape, part
        _agree(got[part], want[part], dtype)


def _rosenbrock(w: Array) -> tuple[float, Array]:
    """(1 - x)^2 + 100 (y - x^2)^2 and its gradient."""
    x, y = w
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2, np.array([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])


def _bowl(w: Array) -> tuple[float, Array]:
    """(x - 3)^2 + 4 (y + 1)^2 and its gradient."""
    x, y = w
    return (x - 3) ** 2 + 4 * (y + 1) ** 2, np.array([2 * (x - 3), 8 * (y + 1)])


@pytest.mark.parametrize(("loss", "minimum"), [(_bowl, [3.0, -1.0]), (_rosenbrock, [1.0, 1.0])])
@pytest.mark.parametrize("name", _DESCENTS)
def test_it_finds_the_minimum(name: str, loss: Callable[[Array], tuple[float, Array]], minimum: list[float]) -> None:
    options, steps = _DESCENTS[name]
    w = Tensor(np.array([-0.5, 0.5]), requires_grad=True)
    optimizer = _OPTIMIZERS[name]([w], **options)

    def closure() -> float:
        value, gradient = loss(w.data)
        w.grad = Tensor(gradient)
        return value

    for _ in range(steps):
        optimizer.step(closure)
    np.testing.assert_allclose(w.data, minimum, atol=0.02)


@pytest.mark.parametrize("name", [name for name in _BY_RULES if "decay=0.125" not in name and "AdamW" not in name])
def test_a_gradient_of_zero_from_the_start_moves_nothing(name: str) -> None:
    w = Tensor([1.0, -2.0], requires_grad=True)
    optimizer = _OPTIMIZERS[CASES[name].optimizer]([w], **CASES[name].options)
    for _ in range(3):
        w.grad = Tensor([0.0, 0.0])
        optimizer.step()
    assert w.tolist() == [1.0, -2.0]


@pytest.mark.parametrize("name", _BY_RULES)
def test_ascending_is_descending_on_the_negative(name: str) -> None:
    case = CASES[name]
    down, up = Tensor([1.0, -2.0], requires_grad=True), Tensor([1.0, -2.0], requires_grad=True)
    options = {key: value for key, value in case.options.items() if key != "maximize"}
    pair = [_OPTIMIZERS[case.optimizer]([w], **options, maximize=on) for w, on in ((down, False), (up, True))]
    for t in range(5):
        down.grad, up.grad = Tensor([0.5, t - 2.0]), Tensor([-0.5, 2.0 - t])
        for optimizer in pair:
            optimizer.step()
    assert down.tolist() == up.tolist() != [1.0, -2.0]


@pytest.mark.parametrize("name", _BY_RULES)
def test_the_learning_rate_is_read_anew_at_every_step(name: str) -> None:
    case = CASES[name]
    w = Tensor([1.0, -2.0], requires_grad=True)
    optimizer = _OPTIMIZERS[case.optimizer]([w], **case.options)
    w.grad = Tensor([1.0, 1.0])
    optimizer.step()
    before = w.tolist()
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert w.tolist() == before
    optimizer.param_groups[0]["lr"] = np.float64(0.5)  # a NumPy number must not widen float32
    optimizer.step()
    assert w.tolist() != before
    assert w.dtype == np.float32
