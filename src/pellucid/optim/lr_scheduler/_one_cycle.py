"""Up to a great rate and down to a tiny one, in one cycle.

Here: `OneCycleLR`.
Elsewhere: what schedules have in common is in _schedule.py.
Imports: pellucid.base, pellucid.errors, pellucid.optim, pellucid.persistence.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, final

from pellucid.base._limits import Choice, Flag, Limit, Real
from pellucid.errors import ParameterError
from pellucid.optim._optimizer import Optimizer
from pellucid.optim.lr_scheduler._schedule import ClosedForm, per_group
from pellucid.persistence import register


@final
@register("optim.OneCycleLR")
class OneCycleLR(ClosedForm):
    """One cycle of the rate: from max_lr / div_factor up to max_lr, then down to a tiny one; momentum the other way.

        lr(p) = b + (a - b) (1 + cos(pi p)) / 2   from a to b, as p goes from 0 to 1 over a phase ("cos")
        lr(p) = a + (b - a) p                     ("linear")

    max_lr: the peak, one number or one a group.  total_steps: length of the cycle, or epochs times steps_per_epoch.
    pct_start: share of the steps spent going up.  cycle_momentum: also move the momentum (or the first of betas)
    between base_momentum and max_momentum.  div_factor, final_div_factor: the cycle begins at max_lr / div_factor and
    ends at max_lr / div_factor / final_div_factor.  three_phase: come down to the initial rate as fast as it went up,
    and only then go further.
    Raises ParameterError for an option outside its limit, for no length, for an optimizer without momentum when it is
    to be cycled, and for a step beyond the last.
    Source: Smith and Topin, Super-convergence, 2018.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> optimizer = SGD([Tensor([1.0])], lr=1.0, momentum=0.9)
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=10, pct_start=0.5)
    >>> [round(schedule.lr_at(t), 3) for t in range(10)]
    [0.04, 0.181, 0.52, 0.859, 1.0, 0.905, 0.655, 0.345, 0.095, 0.0]
    >>> optimizer.param_groups[0]["momentum"]
    0.95
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "pct_start": Real(0.0, 1.0),
        "anneal_strategy": Choice("cos", "linear"),
        "cycle_momentum": Flag(),
        "div_factor": Real(low=0.0, open_low=True),
        "final_div_factor": Real(low=0.0, open_low=True),
        "three_phase": Flag(),
    }

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.max_lr, self.base_momentum, self.max_momentum = max_lr, base_momentum, max_momentum
        self.total_steps, self.epochs, self.steps_per_epoch = total_steps, epochs, steps_per_epoch
        self.pct_start, self.anneal_strategy, self.three_phase = pct_start, anneal_strategy, three_phase
        self.cycle_momentum, self.div_factor, self.final_div_factor = cycle_momentum, div_factor, final_div_factor
        super().__init__(optimizer, last_epoch)

    def _prepare(self, optimizer: Optimizer, begins: bool) -> None:
        if self.cycle_momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ParameterError(
                f"OneCycleLR: {type(optimizer).__name__} has no momentum to cycle; give cycle_momentum=False, or take "
                f"an optimizer with momentum or betas."
            )
        groups = optimizer.param_groups
        for group, peak in zip(groups, per_group("OneCycleLR", "max_lr", self.max_lr, len(groups)), strict=True):
            if begins:
                group["initial_lr"] = group["lr"] = peak / self.div_factor

    @property
    def _length(self) -> int:
        """The steps of the whole cycle."""
        length = self.total_steps
        if length is None and self.epochs is not None and self.steps_per_epoch is not None:
            length = self.epochs * self.steps_per_epoch
        if not isinstance(length, int) or length <= 0:
            raise ParameterError(
                f"OneCycleLR: the length of the cycle is not known: total_steps is {self.total_steps}, epochs "
                f"{self.epochs}, steps_per_epoch {self.steps_per_epoch}; give total_steps, or both others, as whole "
                f"numbers >= 1."
            )
        return length

    def lr_at(self, step: int, group: int = 0) -> float:
        """The rate after that many steps.  Raises ParameterError beyond the last."""
        peak = per_group("OneCycleLR", "max_lr", self.max_lr, len(self._last_lr))[group]
        start = peak / self.div_factor
        return self._between(
            step, [start, peak, start] if self.three_phase else [start, peak], start / self.final_div_factor
        )

    def momentum_at(self, step: int, group: int = 0) -> float | None:
        """The momentum after that many steps, where it is cycled."""
        if not self.cycle_momentum:
            return None
        n = len(self._last_lr)
        low = per_group("OneCycleLR", "base_momentum", self.base_momentum, n)[group]
        high = per_group("OneCycleLR", "max_momentum", self.max_momentum, n)[group]
        return self._between(step, [high, low, high] if self.three_phase else [high, low], high)

    def _between(self, step: int, turns: Sequence[float], last: float) -> float:
        """The value at a step on the way through the turning points to the last value."""
        if step > self._length:
            raise ParameterError(
                f"OneCycleLR: step {step} lies beyond the cycle of {self._length} steps; give it as many total_steps "
                f"as there will be calls of step()."
            )
        rise = self.pct_start * self._length
        ends = [(i + 1) * rise - (i + 1) for i in range(len(turns) - 1)] + [self._length - 1]
        values = [*turns, last]
        phase = next((i for i, end in enumerate(ends) if step <= end), len(ends) - 1)
        begin = ends[phase - 1] if phase else 0.0
        share = (step - begin) / (ends[phase] - begin) if ends[phase] != begin else 1.0
        a, b = values[phase], values[phase + 1]
        return (
            b + (a - b) * (1 + math.cos(math.pi * share)) / 2 if self.anneal_strategy == "cos" else a + (b - a) * share
        )
