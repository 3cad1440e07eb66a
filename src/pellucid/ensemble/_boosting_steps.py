"""What the steps of gradient boosting with exact trees draw, and what they came to.

Here: `StepChance`, `StepScores`.
Elsewhere: the steps themselves are in _stagewise.py.
Imports: numpy and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np

from pellucid.base._tables import Array


@final
class StepScores:
    """What the steps came to: losses, and by how much each lowered that on the rows it did not draw, NaN without such.

    >>> scores = StepScores.of({"train_score_": np.array([0.5])})
    >>> scores.add({"loss": 0.25, "oob_improvement": 0.125})
    >>> {name: noted.tolist() for name, noted in scores.until(2).items()}
    {'train_score_': [0.5, 0.25], 'oob_improvement_': [nan, 0.125]}
    """

    def __init__(self, train: list[float], held: list[float], gained: list[float]) -> None:
        self.train, self.held, self.gained = train, held, gained

    @classmethod
    def of(cls, before: Mapping[str, Any]) -> Self:
        """Those of an earlier fit."""
        train, held = (list(before.get(name, ())) for name in ("train_score_", "validation_score_"))
        return cls(train, held, list(before.get("oob_improvement_", [np.nan] * len(train))))

    def add(self, told: Mapping[str, float]) -> None:
        self.train.append(told["loss"])
        self.gained.append(told.get("oob_improvement", np.nan))
        if "validation_loss" in told:
            self.held.append(told["validation_loss"])

    def until(self, n_steps: int) -> dict[str, Array]:
        """Those of the first n_steps by the names of their attributes; validation losses where each step has one."""
        out = {"train_score_": np.array(self.train[:n_steps])}
        if not np.isnan(self.gained[:n_steps]).all():
            out["oob_improvement_"] = np.array(self.gained[:n_steps])
        if self.held and len(self.held) >= n_steps:
            out["validation_score_"] = np.array(self.held[:n_steps])
        return out


@final
class StepChance:
    """Random numbers by the number of the step: 2^64 of one sequence for each, so that none depends on the others.

    The first 2^64 are for what goes before the steps: they are those of a generator with this seed.

    >>> chance = StepChance(7)
    >>> later, first = (chance.of(step).integers(100) for step in (5, 0))
    >>> bool(chance.of(5).integers(100) == later), bool(first == later)
    (True, False)
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)
        self._begin = self._bits.state
        self._rng = np.random.Generator(self._bits)

    def of(self, step: int) -> np.random.Generator:
        """At the beginning of those of a step, the first is 0."""
        self._bits.state = self._begin  # 2 us; a sequence of its own would take 15, a small step 500
        self._bits.advance((step + 1) << 64)
        return self._rng
