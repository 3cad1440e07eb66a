"""A smaller rate when things no longer get better.

Here: `ReduceLROnPlateau`.
Elsewhere: schedules that do not look at a metric are in the modules beside this one.
Imports: pellucid.base, pellucid.errors, pellucid.optim, pellucid.persistence, pellucid.tensor.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, SupportsFloat, final

from pellucid.base._limits import Choice, Limit, Real, Whole
from pellucid.errors import TraceError
from pellucid.optim._optimizer import Optimizer
from pellucid.optim.lr_scheduler._schedule import LRScheduler, per_group
from pellucid.persistence import register
from pellucid.tensor._symbol import tracer, where


@final
@register("optim.ReduceLROnPlateau")
class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by `factor` when a metric has not become better for more than `patience` steps.

    mode: whether "min" or "max" is better.  threshold: by how much a value must be better than the best to count, as a
    share of it ("rel") or as it is ("abs").  cooldown: steps after a reduction in which nothing counts against.
    min_lr: the rate does not go below, one number or one a group.  eps: a smaller reduction is not made.
    A metric that is not a number counts as not better.  Raises ParameterError for an option outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> schedule = ReduceLROnPlateau(SGD([Tensor([1.0])], lr=1.0), factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0, 2.0):
    ...     schedule.step(loss)
    ...     print(schedule.get_last_lr(), schedule.num_bad_epochs)
    [1.0] 0
    [1.0] 0
    [1.0] 1
    [0.5] 0
    [0.5] 1
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "mode": Choice("min", "max"),
        "factor": Real(0.0, 1.0, open_high=True),
        "patience": Whole(low=0),
        "threshold": Real(low=0.0),
        "threshold_mode": Choice("rel", "abs"),
        "cooldown": Whole(low=0),
        "eps": Real(low=0.0),
    }

    progress = ("last_epoch", "best", "num_bad_epochs", "cooldown_counter")

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        self.mode, self.factor, self.patience, self.cooldown = mode, factor, patience, cooldown
        self.threshold, self.threshold_mode, self.min_lr, self.eps = threshold, threshold_mode, min_lr, eps
        super().__init__(optimizer, last_epoch=0)
        per_group("ReduceLROnPlateau", "min_lr", min_lr, len(optimizer.param_groups))
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0

    def step(self, metrics: SupportsFloat) -> None:
        """Look at a new value of the metric, and reduce the rates if it is time.

        Raises TraceError in a compiled function, whose values exist only when it has run.
        """
        if tracer() is not None:
            raise TraceError(
                f"ReduceLROnPlateau.step, {where()}: it decides by the value of the metric, which a program cannot "
                "do. Return the metric from the compiled function, and call step with it between two calls."
            )
        rates = [float(group["lr"]) for group in self.optimizer.param_groups]
        value = float(metrics)
        self.last_epoch += 1
        if self._is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            rates = self._reduced(rates)
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._set_rates(rates)

    def _is_better(self, value: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "abs":
            return sign * value > sign * self.best + self.threshold
        return sign * value > sign * self.best * (1 + sign * self.threshold)

    def _reduced(self, rates: Sequence[float]) -> list[float]:
        least = per_group("ReduceLROnPlateau", "min_lr", self.min_lr, len(rates))
        lower = [max(rate * self.factor, low) for rate, low in zip(rates, least, strict=True)]
        return [new if old - new > self.eps else old for old, new in zip(rates, lower, strict=True)]
