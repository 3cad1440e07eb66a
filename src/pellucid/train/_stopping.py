"""When to stop, and which weights to keep.

Here: `EarlyStopping`.  Elsewhere: the loop that asks it is in _loop.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.nn.
"""

import inspect
import math
from collections.abc import Mapping
from typing import ClassVar, Literal, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, Limit, Real, Whole, check_limits
from pellucid.errors import ParameterError
from pellucid.nn import Module


@final
class EarlyStopping:
    """Watches one number from epoch to epoch; keeps the weights of the best, asks to stop after `patience` without one.

        better:   value < best - min_delta   (mode "min"),    value > best + min_delta   (mode "max")

    monitor: a key of `Epoch.values()`. NaN is never better. keep_weights: False when only the stop is wanted.
    Raises ParameterError for arguments outside these limits, and for a monitor that an epoch has not.
    Source: Prechelt, "Early stopping - but when?", 1998.

    >>> from pellucid import nn
    >>> stopping, net = EarlyStopping("loss", patience=2), nn.Linear(1, 1, seed=0)
    >>> [stopping.judge({"loss": loss}, net) for loss in (3.0, 2.0, 2.5, 2.4)], stopping.best, stopping.exhausted
    ([True, True, False, False], 2.0, True)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "monitor": Kind(str, words="the name of a number"),
        "patience": Whole(low=1, says="epochs without a better value"),
        "min_delta": Real(low=0.0, says="smallest gain that counts as one"),
        "mode": Choice("min", "max"),
        "keep_weights": Flag(),
    }

    def __init__(
        self,
        monitor: str = "validation_loss",
        *,
        patience: int = 10,
        min_delta: float = 0.0,
        mode: Literal["min", "max"] = "min",
        keep_weights: bool = True,
    ) -> None:
        self.monitor, self.patience, self.min_delta, self.mode = monitor, patience, min_delta, mode
        self.keep_weights = keep_weights
        check_limits("EarlyStopping", vars(self), self.limits, _DEFAULTS)
        self.best = math.inf if mode == "min" else -math.inf
        self.waited = 0  # epochs since the best one
        self._weights: dict[str, np.ndarray] | None = None

    @property
    def exhausted(self) -> bool:
        """Whether `patience` epochs have passed without a better value."""
        return self.waited >= self.patience

    def judge(self, values: Mapping[str, float], model: Module) -> bool:
        """Note the numbers of an epoch; True, and the model's weights are kept, when it is the best so far."""
        if self.monitor not in values:
            raise ParameterError(
                f"EarlyStopping: monitor is {self.monitor!r}, and the epoch has {', '.join(values)}; name one of these."
            )
        value = values[self.monitor]
        gain = self.best - value if self.mode == "min" else value - self.best
        if not gain > self.min_delta:
            self.waited += 1
            return False
        self.best, self.waited = value, 0
        if self.keep_weights:
            self._weights = model.state_dict()
        return True

    def restore(self, model: Module) -> None:
        """Give the model the weights of its best epoch; nothing happens before there is one."""
        if self._weights is not None:
            model.load_state_dict(self._weights)


_DEFAULTS = {name: p.default for name, p in inspect.signature(EarlyStopping).parameters.items()}
