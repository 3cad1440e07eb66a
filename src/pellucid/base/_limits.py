"""Limits of hyperparameters: what a value may be, in words, as a check, and as examples of both sides.

Here: `Limit` and its final kinds `Whole`, `Real`, `Flag`, `Choice`, `Kind`, `OneOf`; `SEED`, the row that all
seeds share; `check_limits`, which words the error.
Elsewhere: an estimator's table `limits` stands in its class; fit checks it (`Estimator._check_params`).
Imports: numpy and pellucid.errors only.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter
from numbers import Integral
from numbers import Real as RealNumber
from typing import Any, final

import numpy as np

from pellucid.errors import ParameterError


class Limit(ABC):
    """What a hyperparameter may be.

    `str(limit)` words it, `admits` checks it, `inside` and `outside` give values on both sides of it: the error
    message, the check, the command-line help and one generated test read the same row.

    >>> limit = Whole(low=1, high=5)
    >>> str(limit), limit.admits(6), limit.inside(), limit.outside()[:2]
    ('a whole number >= 1 and <= 5', False, [1, 5], [0, 6])
    """

    says: str = ""
    """Why the limit is there, or what the parameter means; stands in brackets in the error."""

    @abstractmethod
    def admits(self, value: object) -> bool:
        """Whether `value` lies within the limit."""

    @abstractmethod
    def inside(self) -> list[Any]:
        """Some values that are admitted, those at the edge among them."""

    @abstractmethod
    def outside(self) -> list[Any]:
        """Some values that are not, those next to the edge among them."""


@final
@dataclass(frozen=True)
class Whole(Limit):
    """A whole number from `low` to `high`, both included; True and 1.0 are not whole numbers here.

    >>> str(Whole(low=1)), Whole(low=1).admits(0), Whole(low=1).admits(np.int64(3))
    ('a whole number >= 1', False, True)
    """

    low: int | None = None
    high: int | None = None
    says: str = ""

    def admits(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, Integral):
            return False
        return (self.low is None or int(value) >= self.low) and (self.high is None or int(value) <= self.high)

    def inside(self) -> list[Any]:
        return [edge for edge in (self.low, self.high) if edge is not None] or [0]

    def outside(self) -> list[Any]:
        below = [self.low - 1] if self.low is not None else []
        above = [self.high + 1] if self.high is not None else []
        return [*below, *above, 0.5, True, "1"]

    def __str__(self) -> str:
        return f"a whole number{_span(self.low, self.high, '>=', '<=')}"


@final
@dataclass(frozen=True)
class Real(Limit):
    """A number from `low` to `high`; an open end is itself excluded, infinity is admitted only where it is asked for.

    >>> str(Real(0.0, 1.0, open_low=True)), Real(0.0, 1.0, open_low=True).admits(0.0)
    ('a number > 0.0 and <= 1.0', False)
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    infinite: bool = False
    says: str = ""

    def admits(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, RealNumber):
            return False
        number = float(value)
        if math.isnan(number) or (math.isinf(number) and not self.infinite):
            return False
        return (self.low < number if self.open_low else self.low <= number) and (
            number < self.high if self.open_high else number <= self.high
        )

    def inside(self) -> list[Any]:
        low = np.nextafter(self.low, math.inf).item() if self.open_low else self.low
        high = np.nextafter(self.high, -math.inf).item() if self.open_high else self.high
        return [edge for edge in (low, high) if self.infinite or math.isfinite(edge)] or [0.0]

    def outside(self) -> list[Any]:
        low = self.low if self.open_low else np.nextafter(self.low, -math.inf).item()
        high = self.high if self.open_high else np.nextafter(self.high, math.inf).item()
        edges = [edge for edge in (low, high) if not self.admits(edge)]
        return [*edges, math.nan, True, "1.0"]

    def __str__(self) -> str:
        low = self.low if math.isfinite(self.low) else None
        high = self.high if math.isfinite(self.high) else None
        words = _span(low, high, ">" if self.open_low else ">=", "<" if self.open_high else "<=")
        return f"a number{words}" + (", infinity included" if self.infinite else "")


@final
@dataclass(frozen=True)
class Flag(Limit):
    """True or False, Python's or NumPy's.

    >>> Flag().admits(True), Flag().admits(1)
    (True, False)
    """

    says: str = ""

    def admits(self, value: object) -> bool:
        return isinstance(value, bool | np.bool_)

    def inside(self) -> list[Any]:
        return [True, False]

    def outside(self) -> list[Any]:
        return [0, "True"]

    def __str__(self) -> str:
        return "True or False"


@final
@dataclass(frozen=True, init=False)
class Choice(Limit):
    """One of the listed values; None may be among them.

    >>> str(Choice("l2", None)), Choice("l2", None).admits("l1")
    ("'l2' or None", False)
    """

    values: tuple[Any, ...]
    says: str = ""

    def __init__(self, *values: Any, says: str = "") -> None:
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "says", says)

    def admits(self, value: object) -> bool:
        return any(value is own or (_same_kind(value, own) and bool(value == own)) for own in self.values)

    def inside(self) -> list[Any]:
        return list(self.values)

    def outside(self) -> list[Any]:
        return ["no such choice", 0.5]

    def __str__(self) -> str:
        words = [repr(value) for value in self.values]
        return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


@final
@dataclass(frozen=True, init=False)
class Kind(Limit):
    """An instance of one of the listed types, named by `words`; for tables, functions and other objects.

    >>> str(Kind(Mapping, words="a mapping of label to weight"))
    'a mapping of label to weight'
    """

    types: tuple[type, ...]
    words: str
    says: str = ""

    def __init__(self, *types: type, words: str, says: str = "") -> None:
        object.__setattr__(self, "types", types)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "says", says)

    def admits(self, value: object) -> bool:
        return isinstance(value, self.types)

    def inside(self) -> list[Any]:
        return []  # a type alone does not say how to make one

    def outside(self) -> list[Any]:
        return [] if object in self.types else [_Nothing()]

    def __str__(self) -> str:
        return self.words


@final
@dataclass(frozen=True, init=False)
class OneOf(Limit):
    """Any of several limits.

    >>> str(OneOf(Whole(low=1), Choice("sqrt", None)))
    "a whole number >= 1, or 'sqrt' or None"
    """

    limits: tuple[Limit, ...]
    says: str = ""

    def __init__(self, *limits: Limit, says: str = "") -> None:
        object.__setattr__(self, "limits", limits)
        object.__setattr__(self, "says", says)

    def admits(self, value: object) -> bool:
        return any(limit.admits(value) for limit in self.limits)

    def inside(self) -> list[Any]:
        return [value for limit in self.limits for value in limit.inside()]

    def outside(self) -> list[Any]:
        return [value for limit in self.limits for value in limit.outside() if not self.admits(value)]

    def __str__(self) -> str:
        return ", or ".join(str(limit) for limit in self.limits)


SEED: Limit = OneOf(
    Whole(low=0),
    Choice(None),
    Kind(np.random.Generator, np.random.RandomState, words="a NumPy generator"),
    says="the same whole number gives the same draws",
)
"""The row of every parameter `random_state`; `pellucid.random.generator` makes the generator it stands for."""


def check_limits(
    owner: str, values: Mapping[str, Any], limits: Mapping[str, Limit], defaults: Mapping[str, Any]
) -> None:
    """Raise ParameterError for the first of `values` outside its limit: names owner, parameter, value, limit, default.

    >>> check_limits("KMeans", {"n_clusters": 0}, {"n_clusters": Whole(low=1, says="a partition needs a cell")},
    ...              {"n_clusters": 8})
    Traceback (most recent call last):
    pellucid.errors.ParameterError: KMeans: n_clusters is 0; it must be a whole number >= 1 (a partition needs a cell).
    The default is n_clusters=8.
    """
    for name, limit in limits.items():
        if limit.admits(values[name]):
            continue
        reason = f" ({limit.says})" if limit.says else ""
        known = name in defaults and defaults[name] is not Parameter.empty  # not known: there is none, it must be given
        default = f" The default is {name}={defaults[name]!r}." if known else ""
        raise ParameterError(f"{owner}: {name} is {values[name]!r}; it must be {limit}{reason}.{default}")


@final
class _Nothing:
    """An object no limit asks for; the generated tests use it as a wrong value."""

    def __repr__(self) -> str:
        return "<nothing asked for>"


def _same_kind(value: object, own: object) -> bool:
    """Whether == may be asked: True is not the choice 1, an array is not a choice at all."""
    return isinstance(value, type(own)) and isinstance(value, bool) == isinstance(own, bool)


def _span(low: float | None, high: float | None, above: str, below: str) -> str:
    ends = [f"{above} {low}"] if low is not None else []
    ends += [f"{below} {high}"] if high is not None else []
    return " " + " and ".join(ends) if ends else ""
