"""How many settings successive halving tries with how much of the resource, round by round.

Here: `Plan` and `plan_rounds`; `spread_rows`, an order of rows of which every beginning holds the classes evenly.
Elsewhere: the searches that follow a plan are in _halving.py.
Imports: numpy and this package.
"""

from dataclasses import dataclass
from math import ceil
from typing import final

import numpy as np

from pellucid.model_selection._splitter import Array


@final
@dataclass(frozen=True)
class Plan:
    """Rounds of a search: settings tried and resources given in each."""

    candidates: list[int]
    resources: list[int]
    n_remaining: int
    """Settings that would go on to one more round."""
    n_required: int
    """Rounds after which fewer than `factor` settings would be tried."""
    n_possible: int
    """Rounds that the resources allow."""
    least: int
    """Resources of the first round."""


def plan_rounds(
    n_candidates: int, factor: float, least: int, most: int, *, exhaust: bool = False, aggressive: bool = False
) -> Plan:
    """The rounds for `n_candidates` settings and resources from `least` to `most`.

        settings of round r: ceil(n / factor^r),    resources: least factor^r

    `exhaust` raises `least` so that the last round comes close to `most`. `aggressive` stays at `least` for as many
    rounds as the resources do not suffice for.

    >>> plan = plan_rounds(9, 3, 10, 100, exhaust=True)
    >>> plan.candidates, plan.resources
    ([9, 3, 1], [11, 33, 99])
    """
    required = 1 + _powers(n_candidates, factor)
    if exhaust:
        least = max(least, int(most // factor ** (required - 1)))
    possible = 1 + _powers(most // least, factor)
    rounds = required if aggressive else min(possible, required)
    candidates, resources = [], []
    for r in range(rounds):
        candidates.append(n_candidates)
        power = max(0, r - required + possible) if aggressive else r
        resources.append(min(int(factor**power * least), most))
        n_candidates = ceil(n_candidates / factor)
    return Plan(candidates, resources, n_candidates, required, possible, least)


def spread_rows(rows: Array, codes: Array | None, chance: np.random.Generator) -> Array:
    """`rows` in random order; with class codes (N,) of all rows, every beginning holds each class's share within one.

    Row j of the n_k of class k, in random order, comes at the place (j + u) / n_k of the whole, u in [0, 1) the same
    for its class.

    >>> rows = spread_rows(np.arange(8), np.array([0, 0, 0, 0, 0, 0, 1, 1]), np.random.default_rng(0))
    >>> [int((rows[:n] >= 6).sum()) for n in (4, 8)]
    [1, 2]
    """
    mixed = chance.permutation(rows)
    if codes is None:
        return mixed
    code = codes[mixed]
    place = np.empty(len(mixed))
    for k in np.unique(code):
        own = np.flatnonzero(code == k)
        place[own] = (np.arange(len(own)) + chance.random()) / len(own)
    return mixed[np.argsort(place, kind="stable")]


def _powers(n: float, factor: float) -> int:
    """The largest p with factor^p <= n, counted, because a logarithm of 243 to the base 3 is below 5."""
    p, power = 0, factor
    while power <= n:
        p, power = p + 1, power * factor
    return p
