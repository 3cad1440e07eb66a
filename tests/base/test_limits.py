"""Limits admit what they say, refuse what they say, and say it in the error."""

import math

import numpy as np
import pytest

from pellucid.base import SEED, Choice, Flag, Kind, Limit, OneOf, Real, Whole, check_limits
from pellucid.errors import ParameterError

LIMITS: list[Limit] = [
    Whole(),
    Whole(low=1),
    Whole(low=0, high=5),
    Real(),
    Real(0.0, 1.0),
    Real(0.0, 1.0, open_low=True, open_high=True),
    Real(low=0.0, open_low=True, infinite=True),
    Flag(),
    Choice("l2", None),
    Choice(1, 2, math.inf),
    Kind(list, words="a list"),
    OneOf(Whole(low=1), Real(0.0, 1.0, open_low=True), Choice("sqrt", None)),
    SEED,
]


@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_limit_admits_its_own_inside_and_refuses_its_own_outside(limit: Limit) -> None:
    assert all(limit.admits(value) for value in limit.inside())
    assert limit.outside()
    assert not any(limit.admits(value) for value in limit.outside())


@pytest.mark.parametrize(
    ("limit", "value", "admitted"),
    [
        (Whole(low=1), np.int64(3), True),
        (Whole(low=1), 3.0, False),
        (Whole(low=1), True, False),
        (Whole(low=1), None, False),
        (Real(0.0, 1.0), np.float32(0.5), True),
        (Real(0.0, 1.0), 1, True),
        (Real(0.0, 1.0), math.nan, False),
        (Real(low=0.0), math.inf, False),
        (Real(low=0.0, infinite=True), math.inf, True),
        (Real(low=0.0, infinite=True), -math.inf, False),
        (Real(), np.array([1.0]), False),
        (Flag(), np.True_, True),
        (Flag(), 1, False),
        (Choice(1, 2), True, False),
        (Choice("a", "b"), np.str_("a"), True),
        (Choice("a", "b"), np.array(["a", "b"]), False),
        (Kind(list, words="a list"), (), False),
        (SEED, -1, False),
        (SEED, np.random.default_rng(0), True),
    ],
)
def test_a_value_is_judged_by_what_it_is_not_by_what_it_could_become(
    limit: Limit, value: object, admitted: bool
) -> None:
    assert limit.admits(value) is admitted


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Whole(), "a whole number"),
        (Whole(low=0, high=5), "a whole number >= 0 and <= 5"),
        (Real(low=0.0, open_low=True, infinite=True), "a number > 0.0, infinity included"),
        (Choice("a", "b", None), "'a', 'b' or None"),
        (OneOf(Flag(), Choice("auto")), "True or False, or 'auto'"),
    ],
)
def test_a_limit_is_worded_as_it_is_checked(limit: Limit, words: str) -> None:
    assert str(limit) == words


def test_the_error_names_owner_parameter_value_limit_reason_and_default() -> None:
    limits = {"C": Real(low=0.0, open_low=True, says="weight of the data")}
    with pytest.raises(ParameterError) as caught:
        check_limits("Model", {"C": -1.0}, limits, {"C": 1.0})
    assert str(caught.value) == (
        "Model: C is -1.0; it must be a number > 0.0 (weight of the data). The default is C=1.0."
    )


def test_limits_are_equal_when_they_limit_the_same() -> None:
    assert Choice("a", "b") == Choice("a", "b") != Choice("a")
    assert Whole(low=1) != Whole(low=2)
