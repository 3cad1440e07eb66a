from typing import Any

import numpy as np
import pytest

from pellucid.ops import ARRAYS
from pellucid.optim import _rules
from pellucid.optim._rules import (
    AdamRatio,
    Ascend,
    DampedMomentum,
    Decay,
    DecayingRate,
    GreatestRatio,
    Momentum,
    Nesterov,
    NesterovRatio,
    Rate,
    RectifiedRatio,
    Rule,
    SquareAverage,
    SquareSum,
    Variance,
    begin,
    chain,
    update,
)
from pellucid.tensor._tensor import TENSORS, Tensor

H = {
    **{"lr": 0.5, "weight_decay": 0.25, "momentum": 0.5, "dampening": 0.25, "lr_decay": 1.0, "alpha": 0.75},
    **{"eps": 0.125, "betas": (0.5, 0.75), "initial_accumulator_value": 1.0, "momentum_decay": 0.25},
}
RULES = [
    rule for rule in vars(_rules).values() if isinstance(rule, type) and issubclass(rule, Rule) and rule is not Rule
]


def _steps(rules: list[Rule], gradients: list[float], w: float = 0.0) -> tuple[list[float], dict[str, Any]]:
    """Where a parameter of one entry goes, and the state in the end."""
    numbers, fills = begin(rules, H)
    state = {**numbers, **{name: np.array([fill]) for name, fill in fills.items()}}
    x, path = np.array([w]), []
    for g in gradients:
        x, state = update(rules, ARRAYS, x, np.array([g]), state, H)
        path.append(x.item())
    return path, {name: np.asarray(value).item() for name, value in state.items()}


def test_a_chain_without_rules_takes_the_gradient_itself() -> None:
    assert _steps([], [1.0, 2.0]) == ([-1.0, -3.0], {"step": 2})


@pytest.mark.parametrize(
    ("rules", "w", "gradients", "path", "state"),
    [
        ([Rate()], 0.0, [1.0, 2.0], [-0.5, -1.5], {}),
        ([Ascend(), Rate()], 0.0, [1.0, 2.0], [0.5, 1.5], {}),
        ([Decay(), Rate()], 4.0, [1.0], [3.0], {}),
        ([DecayingRate()], 0.0, [1.0, 1.0, 1.0], [-0.5, -0.75, -0.75 - 0.5 / 3], {}),
        ([Momentum()], 0.0, [1.0, 1.0, 0.0], [-1.0, -2.5, -3.25], {"momentum_buffer": 0.75}),
        ([DampedMomentum()], 0.0, [1.0, 1.0], [-1.0, -2.25], {"momentum_buffer": 1.25}),
        ([Nesterov()], 0.0, [1.0, 1.0], [-1.5, -3.25], {"momentum_buffer": 1.5}),
        ([SquareSum()], 0.0, [0.0, np.sqrt(3.0)], [0.0, -np.sqrt(3.0) / 2.125], {"sum": 4.0}),
        ([SquareAverage()], 0.0, [2.0], [-2.0 / 1.125], {"square_avg": 1.0}),
        ([Variance()], 0.0, [2.0], [-2.0 / (np.sqrt(0.75) + 0.125)], {"square_avg": 1.0, "grad_avg": 0.5}),
        ([AdamRatio()], 0.0, [2.0], [-2.0 / 2.125], {"exp_avg": 1.0, "exp_avg_sq": 1.0}),
        (
            [GreatestRatio()],
            0.0,
            [2.0, 0.0],
            [-2.0 / 2.125, -2.0 / 2.125 - (0.5 / 0.75) / (np.sqrt(1 / 0.4375) + 0.125)],
            {"exp_avg": 0.5, "exp_avg_sq": 0.75, "max_exp_avg_sq": 1.0},
        ),
        ([RectifiedRatio()], 0.0, [2.0], [-2.0], {"exp_avg": 1.0, "exp_avg_sq": 1.0}),
    ],
    ids=lambda value: " ".join(type(rule).__name__ for rule in value) if isinstance(value, list) else "",
)
def test_a_chain_does_what_its_equations_say(
    rules: list[Rule], w: float, gradients: list[float], path: list[float], state: dict[str, float]
) -> None:
    got, kept = _steps(rules, gradients, w)
    np.testing.assert_allclose(got, path, rtol=1e-14)
    assert kept.pop("step") == len(gradients)
    assert kept == pytest.approx(state, rel=1e-14)


def test_nesterovs_ratio_looks_ahead_by_the_next_mu() -> None:
    mu = [0.5 * (1 - 0.5 * 0.96 ** (t * 0.25)) for t in (1, 2)]
    (w,), state = _steps([NesterovRatio()], [2.0])
    assert state["mu_product"] == pytest.approx(mu[0], rel=1e-15)
    assert w == pytest.approx(-(2.0 + mu[1] / (1 - mu[0] * mu[1])) / 2.125, rel=1e-14)


def test_the_rectified_ratio_divides_as_soon_as_the_mean_is_long_enough() -> None:
    h = {**H, "betas": (0.0, 0.999), "eps": 0.0}
    state: dict[str, Any] = {"step": 0, "exp_avg": np.zeros(1), "exp_avg_sq": np.zeros(1)}
    steps, w = [], np.zeros(1)
    for _ in range(8):
        new, state = update([RectifiedRatio()], ARRAYS, w, np.array([100.0]), state, h)
        steps.append((w - new).item())
        w = new
    rho = 2 / 0.001 - 1
    of_t = [rho - 2 * t * 0.999**t / (1 - 0.999**t) for t in range(1, 9)]
    r = [((x - 4) * (x - 2) * rho / ((rho - 4) * (rho - 2) * x)) ** 0.5 for x in of_t[5:]]
    assert [x > 5 for x in of_t] == [False] * 5 + [True] * 3
    np.testing.assert_allclose(steps, [100.0] * 5 + r, rtol=1e-9)


@pytest.mark.parametrize("b2", [1 / 3, 0.6, 0.5, 0.0])
def test_the_rectified_ratio_divides_by_nothing_where_rho_is_2_or_4(b2: float) -> None:
    state: dict[str, Any] = {"step": 0, "exp_avg": np.zeros(1), "exp_avg_sq": np.zeros(1)}
    new, _ = update([RectifiedRatio()], ARRAYS, np.zeros(1), np.ones(1), state, {**H, "betas": (0.5, b2)})
    assert new.tolist() == [-1.0]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_rule_keeps_the_dtype_and_leaves_its_inputs_alone(rule: type[Rule], dtype: type) -> None:
    numbers, fills = begin([rule()], H)
    arrays = {name: np.full(3, fill, dtype) for name, fill in fills.items()}
    before = {**numbers, **{name: x.copy() for name, x in arrays.items()}}
    w, g, given = np.ones(3, dtype), np.array([1, -2, 3], dtype), {**numbers, **arrays}
    new, state = update([rule()], ARRAYS, w, g, given, H)
    assert {new.dtype, *(state[name].dtype for name in fills)} == {np.dtype(dtype)}
    assert all(isinstance(state[name], (int, float)) for name in numbers)
    assert (w.tolist(), g.tolist()) == ([1, 1, 1], [1, -2, 3])
    assert all(np.array_equal(given[name], value) for name, value in before.items())
    assert state.keys() == given.keys()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_gives_the_same_on_tensors_as_on_arrays(rule: type[Rule]) -> None:
    numbers, fills = begin([rule()], H)
    w, g = np.array([1.0, 2.0]), np.array([0.5, -3.0])
    arrays = {name: np.full(2, fill) for name, fill in fills.items()}
    new, state = update([rule()], ARRAYS, w, g, {**numbers, **arrays}, H)
    tensors = {name: Tensor(x) for name, x in arrays.items()}
    same, kept = update([rule()], TENSORS, Tensor(w), Tensor(g), {**numbers, **tensors}, H)
    np.testing.assert_allclose(same.data, new, rtol=1e-15)
    for name in fills:
        np.testing.assert_allclose(kept[name].data, state[name], rtol=1e-15)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_shown_with_its_equation(rule: type[Rule]) -> None:
    name, _, equation = repr(rule()).partition(": ")
    assert name == rule.__name__
    assert "gives " in equation
    assert "  " not in equation


def test_rules_are_equal_by_kind_and_content() -> None:
    class Scaled(Rule):
        """gives k d."""

        def __init__(self, k: float) -> None:
            self.k = k

        def __call__(self, o: Any, d: Any, w: Any, s: Any, h: Any) -> Any:
            return self.k * d

    assert Rate() == Rate() != Decay()
    assert Scaled(2.0) == Scaled(2.0) != Scaled(3.0)


def test_a_chain_of_the_same_kinds_is_the_same_chain() -> None:
    assert chain(Ascend, None, Rate) is chain(Ascend, None, Rate)
    assert chain(None, Decay, Rate) == (Decay(), Rate())
