import pytest

from pellucid import Tensor, nn
from pellucid.errors import DtypeError, ParameterError
from pellucid.optim import SGD, AdamW
from pellucid.optim.lr_scheduler import ExponentialLR, LinearLR, LRScheduler, ReduceLROnPlateau, StepLR
from pellucid.optim.lr_scheduler._schedule import per_group


def _optimizer(lr: float = 1.0) -> SGD:
    return SGD([Tensor([1.0])], lr=lr)


def _rate(optimizer: SGD) -> float:
    return float(optimizer.param_groups[0]["lr"])


def test_a_schedule_sets_its_first_rate_when_it_is_made() -> None:
    optimizer = _optimizer()
    schedule = LinearLR(optimizer, start_factor=0.25)
    assert (_rate(optimizer), schedule.get_last_lr(), schedule.last_epoch) == (0.25, [0.25], 0)
    assert optimizer.param_groups[0]["initial_lr"] == 1.0


def test_a_rate_changed_by_hand_is_carried_along() -> None:
    optimizer = _optimizer()
    schedule = ExponentialLR(optimizer, 0.5)
    schedule.step()
    optimizer.param_groups[0]["lr"] = 8.0
    schedule.step()
    schedule.step()
    assert _rate(optimizer) == 2.0


def test_two_schedules_side_by_side_multiply() -> None:
    optimizer = _optimizer()
    pair = StepLR(optimizer, 2, gamma=0.5), ExponentialLR(optimizer, 0.25)
    for _ in range(4):
        for schedule in pair:
            schedule.step()
    assert _rate(optimizer) == 0.5**2 * 0.25**4


def test_a_finished_warm_up_leaves_a_plateau_alone() -> None:
    optimizer = _optimizer()
    warm_up, plateau = LinearLR(optimizer, 0.5, total_iters=2), ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    for loss in (1.0, 0.5, 0.6, 0.7):
        warm_up.step()
        plateau.step(loss)
    assert _rate(optimizer) == 0.25


def test_a_rate_of_zero_comes_back() -> None:
    optimizer = _optimizer()
    schedule = StepLR(optimizer, 1, gamma=0.0)
    schedule.step()
    assert _rate(optimizer) == 0.0
    schedule.base_lrs = [2.0]
    schedule.gamma = 1.0
    optimizer.param_groups[0]["lr"] = 0.0
    schedule.step()
    assert _rate(optimizer) == 0.0  # 0 times anything: someone else has switched the group off


def test_going_on_needs_the_rate_it_began_with() -> None:
    optimizer = _optimizer()
    with pytest.raises(ParameterError, match=r"StepLR: last_epoch=3 means going on, but group 0 has no 'initial_lr'"):
        StepLR(optimizer, 2, last_epoch=3)
    optimizer.param_groups[0].update(initial_lr=1.0, lr=0.5)
    schedule = StepLR(optimizer, 2, gamma=0.5, last_epoch=3)
    assert (schedule.last_epoch, _rate(optimizer)) == (4, 0.25)


def test_a_group_added_afterwards_is_refused() -> None:
    optimizer = _optimizer()
    schedule = StepLR(optimizer, 2)
    optimizer.add_param_group({"params": Tensor([1.0])})
    with pytest.raises(ParameterError, match=r"StepLR: it was made for 1 groups .* has 2; make a schedule anew"):
        schedule.step()


def test_it_needs_an_optimizer() -> None:
    with pytest.raises(DtypeError, match=r"StepLR: the first argument is a Linear; give an optimizer"):
        StepLR(nn.Linear(1, 1), 2)  # type: ignore[arg-type]


def test_attach_goes_on_with_another_optimizer() -> None:
    first, second = _optimizer(), AdamW([Tensor([1.0])], lr=0.5)
    schedule = ExponentialLR(first, 0.5)
    schedule.step()
    assert schedule.attach(second) is schedule
    schedule.step()
    assert (first.param_groups[0]["lr"], second.param_groups[0]["lr"]) == (0.5, 0.25)
    with pytest.raises(ParameterError, match="made for 1 groups"):
        schedule.attach(SGD([{"params": Tensor([1.0])}, {"params": Tensor([1.0])}]))


def test_it_is_shown_as_the_call_that_makes_it() -> None:
    assert repr(StepLR(_optimizer(), 2)) == "StepLR(optimizer, step_size=2)"
    assert repr(LinearLR(_optimizer(), total_iters=3)) == "LinearLR(optimizer, total_iters=3)"
    assert isinstance(LinearLR(_optimizer()), LRScheduler)


def test_an_option_is_for_all_groups_or_one_a_group() -> None:
    assert per_group("X", "rate", 1, 3) == [1.0, 1.0, 1.0]
    assert per_group("X", "rate", (1, 2), 2) == [1.0, 2.0]
    with pytest.raises(ParameterError, match=r"X: rate has 2 values for 3 groups; give one, or one a group\."):
        per_group("X", "rate", [1.0, 2.0], 3)
