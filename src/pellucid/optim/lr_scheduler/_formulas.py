"""Schedules that are one formula.

Here: `StepLR`, `MultiStepLR`, `ExponentialLR`, `ConstantLR`, `LinearLR`, `CosineAnnealingLR`, `LambdaLR`.
Elsewhere: what they have in common is in _schedule.py; OneCycleLR is in _one_cycle.py, several in turn in _sequence.py.
Imports: pellucid.base, pellucid.errors, pellucid.optim, pellucid.persistence.

In the formulas t is the number of the step, from 0, and base the rate the optimizer was given.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, final

from pellucid.base._limits import Limit, Real, Whole
from pellucid.errors import ParameterError
from pellucid.optim._optimizer import Optimizer
from pellucid.optim.lr_scheduler._schedule import ClosedForm
from pellucid.persistence import register


@final
@register("optim.StepLR")
class StepLR(ClosedForm):
    """Multiply the rate by gamma every `step_size` steps:  lr = base gamma^floor(t / step_size).

    Raises ParameterError for an option outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = StepLR(SGD([Tensor([1.0])], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.lr_at(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    limits: ClassVar[Mapping[str, Limit]] = {"step_size": Whole(low=1), "gamma": Real(low=0.0)}

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, group: int = 0) -> float:
        """base gamma^floor(step / step_size)."""
        return float(self.base_lrs[group] * self.gamma ** (step // self.step_size))


@final
@register("optim.MultiStepLR")
class MultiStepLR(ClosedForm):
    """Multiply the rate by gamma at each milestone:  lr = base gamma^(milestones <= t).

    milestones: numbers of steps, in any order; one that is there twice counts twice.
    Raises ParameterError for an option outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = MultiStepLR(SGD([Tensor([1.0])], lr=1.0), milestones=[1, 3], gamma=0.5)
    >>> [schedule.lr_at(t) for t in range(5)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    limits: ClassVar[Mapping[str, Limit]] = {"gamma": Real(low=0.0)}

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, group: int = 0) -> float:
        """base gamma^(number of milestones <= step)."""
        return float(self.base_lrs[group] * self.gamma ** bisect_right(self.milestones, step))

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """As that of every schedule; PyTorch counts how often each milestone is there."""
        super().load_state_dict(state_dict)
        self.milestones = sorted(Counter(self.milestones).elements())


@final
@register("optim.ExponentialLR")
class ExponentialLR(ClosedForm):
    """Multiply the rate by gamma at every step:  lr = base gamma^t.

    Raises ParameterError for an option outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = ExponentialLR(SGD([Tensor([1.0])], lr=1.0), gamma=0.5)
    >>> [schedule.lr_at(t) for t in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    limits: ClassVar[Mapping[str, Limit]] = {"gamma": Real(low=0.0)}

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, group: int = 0) -> float:
        """base gamma^step."""
        return float(self.base_lrs[group] * self.gamma**step)


@final
@register("optim.ConstantLR")
class ConstantLR(ClosedForm):
    """Multiply the rate by `factor` for the first steps:  lr = base factor while t < total_iters, then base.

    Raises ParameterError for an option outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = ConstantLR(SGD([Tensor([1.0])], lr=1.0), factor=0.25, total_iters=2)
    >>> [schedule.lr_at(t) for t in range(4)]
    [0.25, 0.25, 1.0, 1.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {"factor": Real(0.0, 1.0), "total_iters": Whole(low=0)}

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, group: int = 0) -> float:
        """base factor while step < total_iters, then base."""
        return self.base_lrs[group] * (self.factor if step < self.total_iters else 1.0)


@final
@register("optim.LinearLR")
class LinearLR(ClosedForm):
    """Warm up (or cool down) along a line:  lr = base (start + (end - start) min(t, n) / n),  n = total_iters.

    start_factor: above 0.  end_factor: the factor from step `total_iters` on.
    Raises ParameterError for an option outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = LinearLR(SGD([Tensor([1.0])], lr=1.0), start_factor=0.5, total_iters=2)
    >>> [schedule.lr_at(t) for t in range(4)]
    [0.5, 0.75, 1.0, 1.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "start_factor": Real(0.0, 1.0, open_low=True),
        "end_factor": Real(0.0, 1.0),
        "total_iters": Whole(low=1),
    }

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, group: int = 0) -> float:
        """base times the factor on the line from start_factor to end_factor."""
        share = min(step, self.total_iters) / self.total_iters
        return self.base_lrs[group] * (self.start_factor + (self.end_factor - self.start_factor) * share)


@final
@register("optim.CosineAnnealingLR")
class CosineAnnealingLR(ClosedForm):
    """Let the rate fall along half a cosine:  lr = eta_min + (base - eta_min) (1 + cos(pi t / T_max)) / 2.

    T_max: steps until eta_min is reached; after as many more the rate is back at base.
    Raises ParameterError for an option outside its limit.
    Source: Loshchilov and Hutter, SGDR, ICLR 2017 (without its restarts).

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Tensor([1.0])], lr=1.0), T_max=4)
    >>> [round(schedule.lr_at(t), 4) for t in range(6)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464]
    """

    limits: ClassVar[Mapping[str, Limit]] = {"T_max": Whole(low=1), "eta_min": Real(low=0.0)}

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, group: int = 0) -> float:
        """eta_min + (base - eta_min) (1 + cos(pi step / T_max)) / 2."""
        height = self.base_lrs[group] - self.eta_min
        return self.eta_min + height * (1 + math.cos(math.pi * step / self.T_max)) / 2


Factor = Callable[[int], float]


@final
class LambdaLR(ClosedForm):
    """Any function of the step:  lr = base lr_lambda(t).

    lr_lambda: one function for all groups, or a list of one a group.  A file holds no code, so this schedule is not
    stored; its state_dict leaves the functions out.
    Raises ParameterError when there are not as many functions as groups.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = LambdaLR(SGD([Tensor([1.0])], lr=1.0), lambda t: 1 / (1 + t))
    >>> [schedule.lr_at(t) for t in (0, 1, 3, 4)]
    [1.0, 0.5, 0.25, 0.2]
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def _prepare(self, optimizer: Optimizer, begins: bool) -> None:
        if not callable(self.lr_lambda) and len(self.lr_lambda) != len(optimizer.param_groups):
            raise ParameterError(
                f"LambdaLR: there are {len(self.lr_lambda)} functions for {len(optimizer.param_groups)} groups; give "
                f"one, or one a group."
            )

    def lr_at(self, step: int, group: int = 0) -> float:
        """base lr_lambda(step)."""
        factor: Any = self.lr_lambda if callable(self.lr_lambda) else self.lr_lambda[group]
        return float(self.base_lrs[group] * factor(step))
