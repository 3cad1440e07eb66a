"""What becomes of one column: its outputs, cell by cell, and its record."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import ModelFileError
from pellucid.preprocessing import BooleanColumn, CategoryColumn, ColumnPlan, DateColumn, DroppedColumn, NumberColumn
from pellucid.preprocessing._columns import FAR, drawn_in, phase_of

NUMBER = NumberColumn("age", "why", fill=2.0, mean=1.0, scale=0.5, indicator=True)
PLANS: list[ColumnPlan] = [
    NUMBER,
    replace(NUMBER, centre=3.0, unit=2.0, indicator=False),
    BooleanColumn("alone", "why", fill=True, indicator=True),
    CategoryColumn("sex", "why", levels=("f", "m"), rare=True, missing=True),
    DroppedColumn("id", "why", was="category"),
    DateColumn("when", "dates from 2020-01-01 to 2024-01-01", 1.6e9, 1.6e9, 4e7, True, ("year", "day")),
]


def written(plan: ColumnPlan, cells: list[Any], dtype: Any = None) -> list[list[float]]:
    out = np.zeros((len(cells), len(plan.outputs)))
    plan.write(pl.Series(cells, dtype=dtype), out)
    return out.tolist()


def test_numbers_are_filled_standardised_and_flagged() -> None:
    assert written(NUMBER, [1.0, None, 3.0]) == [[0, 0], [2, 1], [4, 0]]
    assert NUMBER.outputs == ("age", "age=(missing)")


def test_what_is_far_or_infinite_is_cut_off() -> None:
    plain = replace(NUMBER, indicator=False)
    cells = [1e3, -1e3, float("inf"), float("-inf"), 1.7e308]
    assert written(plain, cells) == [[FAR], [-FAR], [FAR], [-FAR], [FAR]]
    drawn = replace(plain, centre=-1.7e308, unit=1e-3)
    assert np.isfinite(written(drawn, cells)).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20, unique=True), st.floats(-10, 10), st.floats(1e-3, 1e3))
def test_drawing_in_a_tail_keeps_the_order(values: list[float], centre: float, unit: float) -> None:
    x = np.sort(values)
    assert (np.diff(drawn_in(x, centre, unit)) >= 0).all()
    assert (drawn_in(x, centre, None) == x).all()


def test_truths_are_zero_and_one() -> None:
    assert written(PLANS[2], [True, False, None], pl.Boolean) == [[1, 0], [0, 0], [1, 1]]


def test_words_light_one_output_the_unseen_that_of_the_rare() -> None:
    words = ["m", "f", "x", None]
    assert written(PLANS[3], words) == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert PLANS[3].outputs == ("sex=f", "sex=m", "sex=(rare)", "sex=(missing)")
    plan = CategoryColumn("sex", "", levels=("f", "m"))
    assert written(plan, words) == [[0, 1], [1, 0], [0, 0], [0, 0]]
    assert written(replace(plan, rare=True), words)[3] == [0, 0, 1]  # missing counts as rare
    assert written(replace(plan, levels=(), missing=True), words) == [[0], [0], [0], [1]]


def test_dates_go_round_in_their_cycles() -> None:
    plan = DateColumn("when", "", 0.0, 0.0, 1.0, False, ("week", "day"))
    monday = np.datetime64("2024-01-01", "s").astype(float)  # a Monday, at midnight
    week = written(plan, [monday, monday + 7 * 86_400, monday + 3.5 * 86_400])
    np.testing.assert_allclose(np.array(week)[:, 1:3], [[0, 1], [0, 1], [0, -1]], atol=1e-9)
    np.testing.assert_allclose(np.array(week)[:, 3:], [[0, 1], [0, 1], [0, -1]], atol=1e-9)
    assert written(plan, [None, np.inf], pl.Float64) == [[0, 0, 0, 0, 0], [FAR, 0, 0, 0, 0]]
    year = phase_of(np.array(["2023-12-31", "2024-01-02"], "datetime64[s]").astype(float), "year")
    assert abs(np.angle(np.exp(1j * (year[1] - year[0])))) == pytest.approx(2 * np.pi * 2 / 365.2425)


def test_a_column_left_out_has_no_output() -> None:
    assert PLANS[4].outputs == ()


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: type(plan).__name__)
def test_the_record_rebuilds_the_plan(plan: ColumnPlan) -> None:
    assert type(plan).from_record(plan.to_record()) == plan


@pytest.mark.parametrize(
    ("plan", "damage"),
    [
        (0, {"scale": 0.0}),
        (0, {"scale": float("nan")}),
        (0, {"fill": "2"}),
        (0, {"unit": -1.0}),
        (0, {"indicator": 1}),
        (0, {"column": 3}),
        (0, {"further": 1}),
        (2, {"fill": None}),
        (3, {"levels": ["f", "m"]}),
        (3, {"levels": ("f", 1)}),
        (3, {"rare": "yes"}),
        (4, {"was": "image"}),
        (5, {"cycles": ("moon",)}),
        (5, {"scale": -1.0}),
    ],
    ids=str,
)
def test_a_damaged_record_is_refused(plan: int, damage: dict[str, Any]) -> None:
    kind = type(PLANS[plan])
    with pytest.raises(ModelFileError, match=f"{kind.__name__}: its record is damaged"):
        kind.from_record({**PLANS[plan].to_record(), **damage})
