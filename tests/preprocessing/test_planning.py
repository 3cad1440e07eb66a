"""Decisions about columns: each follows from the training cells and says why."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.preprocessing import BooleanColumn, CategoryColumn, DateColumn, DroppedColumn, NumberColumn
from pellucid.preprocessing._planning import least_rows, plan_boolean, plan_category, plan_date, plan_number, skewness

RNG = np.random.default_rng(0)


def test_rows_worth_an_output_are_a_count_a_share_or_five_percent_within_bounds() -> None:
    assert [least_rows(n, "auto") for n in (4, 100, 200, 10**6)] == [2, 5, 10, 10]
    assert least_rows(4, 30) == 30
    assert least_rows(1000, 0.03) == 30
    assert least_rows(3, 0.01) == 1


def test_an_even_number_is_standardised_as_it_is() -> None:
    x = RNG.normal(7, 2, 5000)
    plan = plan_number("x", x, 10)
    assert isinstance(plan, NumberColumn)
    assert plan.unit is None and not plan.indicator
    assert (plan.fill, plan.mean, plan.scale) == (np.median(x), pytest.approx(7, abs=0.1), pytest.approx(2, abs=0.1))


def test_a_heavy_tail_is_drawn_in_and_said_so() -> None:
    for x in (RNG.lognormal(3, 1.2, 2000), -RNG.lognormal(3, 1.2, 2000), np.where(RNG.random(2000) < 0.9, 0, 7000.0)):
        x = x + (x != 0) * RNG.random(2000)
        plan = plan_number("gain", x, 10)
        assert isinstance(plan, NumberColumn) and plan.unit is not None and plan.unit > 0
        assert "heavy tail: skewness" in plan.why and "log of the distance" in plan.treatment


def test_one_wild_cell_neither_draws_in_a_column_nor_sets_its_scale() -> None:
    x = np.append(RNG.normal(size=2000), 1e9)
    plan = plan_number("x", x, 10)
    assert isinstance(plan, NumberColumn) and plan.unit is None
    assert plan.scale == pytest.approx(1, abs=0.1)


def test_a_flag_of_two_numbers_is_not_drawn_in() -> None:
    plan = plan_number("flag", np.repeat([0.0, 1.0], [990, 10]), 10)
    assert isinstance(plan, NumberColumn) and plan.unit is None and plan.scale == pytest.approx(0.0995, abs=1e-3)


def test_missing_numbers_have_an_output_where_there_are_enough_of_them() -> None:
    x = RNG.normal(size=100)
    x[:9] = np.nan
    few, many = plan_number("x", x, 10), plan_number("x", x, 9)
    assert isinstance(few, NumberColumn) and not few.indicator and "9 missing, too few" in few.why
    assert isinstance(many, NumberColumn) and many.indicator and many.why.endswith("9 missing")
    assert few.fill == np.nanmedian(x)


def test_numbers_that_tell_nothing_are_left_out_with_the_reason() -> None:
    for x, why in (
        (np.full(50, 3.0), "every known cell is 3"),
        (np.append(np.full(50, 3.0), np.nan), "every known cell is 3"),
        (np.full(50, np.nan), "no cell is a finite number"),
        (np.append(RNG.normal(size=50), 1e200), "holds numbers beyond 1e+100"),
    ):
        plan = plan_number("x", x, 10)
        assert isinstance(plan, DroppedColumn) and plan.was == "number" and why in plan.why
    known_or_not = np.repeat([3.0, np.nan], 25)
    assert plan_number("x", known_or_not, 10).outputs == ("x", "x=(missing)")


def test_skewness_is_the_third_standardised_moment() -> None:
    assert skewness(RNG.normal(size=50_000)) == pytest.approx(0, abs=0.05)
    assert skewness(RNG.exponential(size=200_000)) == pytest.approx(2, abs=0.1)
    assert skewness(np.ones(3)) == 0


def test_truths_are_kept_unless_they_are_all_alike() -> None:
    plan = plan_boolean("b", pl.Series([True] * 30 + [False] * 20 + [None] * 12), 10)
    assert isinstance(plan, BooleanColumn) and plan.fill and plan.indicator
    assert plan.why == "30 of 50 are true; 12 missing"
    for cells, why in (([True] * 9, "every known cell is true"), ([False, None], "false"), ([None, None], "missing")):
        dropped = plan_boolean("b", pl.Series(cells, dtype=pl.Boolean), 10)
        assert isinstance(dropped, DroppedColumn) and why in dropped.why


def test_frequent_levels_have_outputs_and_the_rare_share_one() -> None:
    cells = pl.Series(["a"] * 50 + ["b"] * 20 + ["c"] * 6 + ["d"] * 5 + [None] * 10)
    plan = plan_category("w", cells, 10, 40)
    assert isinstance(plan, CategoryColumn)
    assert (plan.levels, plan.rare, plan.missing) == (("a", "b"), True, True)
    assert plan.why == "4 levels, 2 rare or beyond the 40 most frequent; 10 missing"
    assert plan_category("w", cells, 12, 40).outputs == ("w=a", "w=b", "w=(rare)")  # the missing count as rare
    assert plan_category("w", cells[:76], 10, 40).outputs == ("w=a", "w=b")  # the rare are too rare even together


def test_of_many_levels_the_most_frequent_are_kept_ties_in_the_order_of_words() -> None:
    cells = pl.Series([f"w{k:02d}" for k in range(60) for _ in range(20 if k % 2 else 30)])
    plan = plan_category("w", cells, 10, 35)
    assert isinstance(plan, CategoryColumn) and plan.rare
    assert plan.levels == tuple(sorted([f"w{k:02d}" for k in range(0, 60, 2)] + [f"w{k:02d}" for k in (1, 3, 5, 7, 9)]))


def test_words_that_name_rows_are_left_out_with_the_reason() -> None:
    for cells, why in (
        (
            [f"person {k}" for k in range(500)],
            "500 different words in 500 cells, none in 10 rows or more; it names rows",
        ),
        ([f"car {k // 3}" for k in range(300)], "100 different words in 300 cells, none in 10 rows or more"),
        (["a"] * 20, "every known cell is 'a'"),
        ([None] * 20, "every cell is missing"),
    ):
        plan = plan_category("w", pl.Series(cells, dtype=pl.String), 10, 40)
        assert isinstance(plan, DroppedColumn) and plan.was == "category" and plan.why == why
    named = plan_category("cabin", pl.Series([f"c{k}" for k in range(30)] + [None] * 30), 10, 40)
    assert named.outputs == ("cabin=(rare)", "cabin=(missing)")  # whether there is a word at all is still told


@pytest.mark.parametrize(
    ("dates", "cycles"),
    [
        (np.arange("2020-01-01", "2023-01-01", dtype="datetime64[D]"), ("year", "week")),
        (np.arange("2020-01-01", "2020-03-01", dtype="datetime64[h]"), ("week", "day")),
        (np.arange("1950", "2020", dtype="datetime64[Y]"), ("week",)),
        (np.arange("2020-01-06", "2022-03-06", 7, dtype="datetime64[D]"), ("year",)),
        (np.arange("2020-01-01T00:00", "2020-01-01T20:00", dtype="datetime64[m]"), ()),
    ],
    ids=["days", "hours", "years", "Mondays", "one day"],
)
def test_dates_have_the_cycles_that_they_go_round(dates: Any, cycles: tuple[str, ...]) -> None:
    plan = plan_date("when", dates.astype("datetime64[s]").astype(float), 10)
    assert isinstance(plan, DateColumn) and plan.cycles == cycles
    assert f"dates from {dates[0].astype('datetime64[D]')} to " in plan.why


def test_dates_that_tell_nothing_are_left_out_as_numbers_are() -> None:
    assert isinstance(plan_date("when", np.full(30, 86_400.0), 10), DroppedColumn)
