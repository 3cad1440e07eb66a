"""When to stop, and which weights to keep.

Here: `EarlyStopping`.  Elsewhere: the loop that asks it is in _loop.py.
Imports: numpy, pellucid.errors, pellucid.nn.
"""

import math
from typing import Literal, final

import numpy as np

from pellucid.errors import ParameterError
from pellucid.nn import Module


@final
class EarlyStopping:
    """Watches one number from epoch to epoch; keeps the weights of the best, asks to stop after `patience` without one.

        better:   value < best - min_delta   (mode "min"),    value > best + min_delta   (mode "max")

    monitor: a key of `Epoch.values()`. NaN is never better.  Source: Prechelt, "Early stopping - but when?", 1998.

    >>> from pellucid import nn
    >>> stopping, net = EarlyStopping("validation_loss", patience=2), nn.Linear(1, 1, seed=0)
    >>> [stopping.judge(value, net) for value in (3.0, 2.0, 2.5, 2.4)], stopping.exhausted
    ([True, True, False, False], True)
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        *,
        patience: int = 10,
        min_delta: float = 0.0,
        mode: Literal["min", "max"] = "min",
        keep_weights: bool = True,
    ) -> None:
        if mode not in ("min", "max") or patience < 1 or not min_delta >= 0:
            raise ParameterError(
                f"EarlyStopping: mode={mode!r}, patience={patience!r}, min_delta={min_delta!r}; mode is 'min' or "
                "'max', patience a whole number >= 1, min_delta a number >= 0."
            )
        self.monitor, self.patience, self.min_delta, self.mode = monitor, patience, min_delta, mode
        self.keep_weights = keep_weights
        self.best = math.inf if mode == "min" else -math.inf
        self.waited = 0  # epochs since the best one
        self._weights: dict[str, np.ndarray] | None = None

    @property
    def exhausted(self) -> bool:
        """Whether `patience` epochs have passed without a better value."""
        return self.waited >= self.patience

    def judge(self, value: float, model: Module) -> bool:
        """Note the value of an epoch; True, and the model's weights are kept, when it is the best so far."""
        gain = self.best - value if self.mode == "min" else value - self.best
        if not gain > self.min_delta:
            self.waited += 1
            return False
        self.best, self.waited = value, 0
        if self.keep_weights:
            self._weights = {name: np.array(value) for name, value in model.state_dict().items()}
        return True

    def restore(self, model: Module) -> None:
        """Give the model the weights of its best epoch; nothing happens before there is one."""
        if self._weights is not None:
            model.load_state_dict(self._weights)
