"""Laws that every schedule keeps; the rows are in schedule_cases.py."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from schedule_cases import CASES, METRIC, STEPS, STORED, ours, theirs

from pellucid import Tensor, load, optim, save
from pellucid.errors import GraphError, ModelFileError, ParameterError
from pellucid.optim import lr_scheduler

_FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / STORED
_SCHEDULES = {
    name: value
    for name in lr_scheduler.__all__
    if issubclass(value := getattr(lr_scheduler, name), lr_scheduler.LRScheduler) and not inspect.isabstract(value)
}
_SINGLE = [name for name in CASES if "beside" not in name]
_STORABLE = [name for name in _SINGLE if "Lambda" not in name]


def _optimizer() -> optim.SGD:
    return optim.SGD([{"params": Tensor([1.0]), "lr": lr} for lr in (0.5, 0.125)], momentum=0.9)


def _go(schedule: Any, first: int, steps: int) -> list[Any]:
    """Rates and momenta after each of some steps."""
    seen = []
    for t in range(first, first + steps):
        schedule.step(*([METRIC[t]] if isinstance(schedule, lr_scheduler.ReduceLROnPlateau) else []))
        assert schedule.get_last_lr() == [group["lr"] for group in schedule.optimizer.param_groups]
        seen.append([(group["lr"], group["momentum"]) for group in schedule.optimizer.param_groups])
    return seen


def test_every_schedule_has_a_row() -> None:
    assert {name.split()[0] for name in CASES} == _SCHEDULES.keys()


@pytest.mark.parametrize("name", _SCHEDULES)
def test_names_and_defaults_of_options_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    own = inspect.signature(_SCHEDULES[name]).parameters
    foreign = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters
    assert {option: p.default for option, p in own.items()} == {option: p.default for option, p in foreign.items()}


@pytest.mark.parametrize("name", CASES)
def test_rates_and_momenta_are_those_pytorch_gave(name: str) -> None:
    with np.load(_FIXTURE) as stored:
        assert sorted(stored.files) == sorted(CASES)
        np.testing.assert_allclose(ours(name), stored[name], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_rates_and_momenta_are_those_pytorch_gives(name: str) -> None:
    pytest.importorskip("torch")
    np.testing.assert_allclose(ours(name), theirs(name), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", [name for name in _SINGLE if "Plateau" not in name])
def test_rates_can_be_asked_for_in_advance(name: str) -> None:
    schedule = CASES[name](lr_scheduler, _optimizer())
    rates = [[schedule.lr_at(t, group) for group in (0, 1)] for t in range(STEPS)]
    assert np.array_equal(rates, ours(name)[:, [0, 2]])


@pytest.mark.parametrize("name", _SINGLE)
def test_going_on_from_a_state_dict_gives_the_same_rates(name: str) -> None:
    schedule = CASES[name](lr_scheduler, _optimizer())
    _go(schedule, 0, 7)
    other = CASES[name](lr_scheduler, _optimizer())
    other.load_state_dict(schedule.state_dict())
    other.optimizer.load_state_dict(schedule.optimizer.state_dict())
    assert other.get_last_lr() == schedule.get_last_lr()
    assert _go(other, 7, 20) == _go(schedule, 7, 20)


@pytest.mark.parametrize("name", _STORABLE)
def test_going_on_from_a_file_gives_the_same_rates(name: str, tmp_path: Path) -> None:
    schedule = CASES[name](lr_scheduler, _optimizer())
    _go(schedule, 0, 7)
    save({"optimizer": schedule.optimizer, "schedule": schedule}, tmp_path / "run.pellucid")
    loaded = load(tmp_path / "run.pellucid")
    with pytest.raises(GraphError, match=r"was read from a file .* call attach\(optimizer\) first"):
        loaded["schedule"].step(*([0.0] if "Plateau" in name else []))
    other = loaded["schedule"].attach(loaded["optimizer"])
    assert repr(other).partition("[")[0] == repr(schedule).partition("[")[0]
    assert _go(other, 7, 20) == _go(schedule, 7, 20)


def test_a_function_is_not_stored() -> None:
    schedule = lr_scheduler.LambdaLR(_optimizer(), lambda t: 0.5)
    assert "lr_lambda" not in schedule.state_dict()
    with pytest.raises(ModelFileError, match="LambdaLR"):
        save(schedule, "nowhere.pellucid")


@pytest.mark.parametrize("name", _SINGLE)
def test_the_state_dict_of_pytorch_is_taken_over(name: str) -> None:
    torch = pytest.importorskip("torch")
    groups = [{"params": [torch.zeros(2, requires_grad=True)], "lr": lr} for lr in (0.5, 0.125)]
    with pytest.warns(UserWarning) if "Plateau" not in name else _nothing():
        foreign = CASES[name](torch.optim.lr_scheduler, torch.optim.SGD(groups, momentum=0.9))
        rates = []
        for t in range(27):
            foreign.step(*([METRIC[t]] if "Plateau" in name else []))
            if t == 6:
                state, optimizer_state = foreign.state_dict(), foreign.optimizer.state_dict()
                state = {key: value for key, value in state.items() if key != "lr_lambdas"}
                schedule = CASES[name](lr_scheduler, _optimizer())
                schedule.load_state_dict(state)
                schedule.optimizer.load_state_dict(optimizer_state)
            rates.append([(g["lr"], g["momentum"]) for g in foreign.optimizer.param_groups])
    np.testing.assert_allclose(_go(schedule, 7, 20), rates[7:], rtol=1e-10, atol=1e-13)


def _nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


_STEP, _COSINE, _CYCLE = lr_scheduler.StepLR, lr_scheduler.CosineAnnealingLR, lr_scheduler.OneCycleLR
_REQUIRED: dict[type, dict[str, Any]] = {
    **{_STEP: {"step_size": 2}, _COSINE: {"T_max": 4}, _CYCLE: {"max_lr": 1.0, "total_steps": 4}},
    **{lr_scheduler.MultiStepLR: {"milestones": [2]}, lr_scheduler.ExponentialLR: {"gamma": 0.5}},
}


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        (kind, option, value)
        for kind in _SCHEDULES.values()
        for option, limit in kind.limits.items()
        for value in limit.outside()
    ],
)
def test_an_option_outside_its_limit_is_refused_by_name(kind: Any, option: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"{kind.__name__}: {option} is .*; it must be "):
        kind(_optimizer(), **{**_REQUIRED.get(kind, {}), option: value})
