"""Schedules one after another, such as a warm-up and a decay.

Here: `SequentialLR`.
Elsewhere: what schedules have in common is in _schedule.py.
Imports: pellucid.errors, pellucid.optim, pellucid.persistence.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, final

from pellucid.errors import ParameterError
from pellucid.optim._optimizer import Optimizer
from pellucid.optim.lr_scheduler._schedule import ClosedForm
from pellucid.persistence import register


@final
@register("optim.SequentialLR")
class SequentialLR(ClosedForm):
    """One schedule until each milestone, then the next, which begins at its own step 0:  lr = lr_i(t - milestone_i).

    schedulers: of the same optimizer, with a rate that depends on the step alone; they are not stepped themselves.
    milestones: one less than schedulers, ascending.
    Raises ParameterError when these do not fit together.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> from pellucid.optim.lr_scheduler import ExponentialLR, LinearLR
    >>> optimizer = SGD([Tensor([1.0])], lr=1.0)
    >>> warm_up, decay = LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)
    >>> schedule = SequentialLR(optimizer, [warm_up, decay], milestones=[2])
    >>> [schedule.lr_at(t) for t in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[ClosedForm], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer, last_epoch)

    def _prepare(self, optimizer: Optimizer, begins: bool) -> None:
        for i, part in enumerate(self.schedulers):
            if not isinstance(part, ClosedForm):
                raise ParameterError(
                    f"SequentialLR: scheduler {i}, a {type(part).__name__}, depends on more than the step; give such "
                    f"as LinearLR or CosineAnnealingLR, and step the other beside this one."
                )
            if part._optimizer is None:
                part.attach(optimizer)
            elif part.optimizer is not optimizer:
                raise ParameterError(f"SequentialLR: scheduler {i} changes the rates of another optimizer.")
        if len(self.milestones) != len(self.schedulers) - 1 or self.milestones != sorted(self.milestones):
            raise ParameterError(
                f"SequentialLR: milestones {self.milestones} do not separate {len(self.schedulers)} schedulers; give "
                f"one less than schedulers, ascending."
            )
        for group in optimizer.param_groups if begins else ():
            group["lr"] = group.get("initial_lr", group["lr"])  # each part has set its own first rate

    def _part(self, step: int) -> tuple[ClosedForm, int]:
        """The schedule in charge at a step, and the number of that step counted from its begin."""
        i = bisect_right(self.milestones, step)
        return self.schedulers[i], step - (self.milestones[i - 1] if i else 0)

    def lr_at(self, step: int, group: int = 0) -> float:
        """The rate of the schedule in charge."""
        part, own = self._part(step)
        return part.lr_at(own, group)

    def momentum_at(self, step: int, group: int = 0) -> float | None:
        """The momentum of the schedule in charge."""
        part, own = self._part(step)
        return part.momentum_at(own, group)

    def state_dict(self) -> dict[str, Any]:
        """As that of every schedule; those of the parts under "_schedulers"."""
        own = {name: value for name, value in super().state_dict().items() if name != "schedulers"}
        return {**own, "_schedulers": [part.state_dict() for part in self.schedulers]}

    def load_state_dict(self, state_dict: Any) -> None:
        """Take over what `state_dict()` gave; parts of the same kinds must be there."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "schedulers"})
        for part, state in zip(self.schedulers, state_dict["_schedulers"], strict=True):
            part.load_state_dict(state)

    def _attach(self, optimizer: Optimizer) -> None:
        super()._attach(optimizer)
        for part in self.schedulers:
            part.attach(optimizer)
