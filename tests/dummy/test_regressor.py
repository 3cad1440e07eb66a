"""The baseline regressor against scikit-learn, and the laws of its weighted quantiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor as Oracle

from pellucid.dummy import DummyRegressor
from pellucid.dummy._regressor import weighted_quantile
from pellucid.errors import ModelFileError, ParameterError

X = np.zeros((8, 2))
TARGETS = np.random.default_rng(0).normal(size=(8, 3))


@pytest.mark.parametrize("y", [TARGETS[:, 0], TARGETS[:, :1], TARGETS], ids=["flat", "column", "three"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strategy": "median"},
        {"strategy": "quantile", "quantile": 0.3},
        {"strategy": "quantile", "quantile": 0.0},
        {"strategy": "quantile", "quantile": 1.0},
    ],
    ids=repr,
)
def test_the_numbers_are_scikit_learns(options: dict, y: np.ndarray) -> None:
    oracle, model = Oracle(**options).fit(X, y), DummyRegressor(**options).fit(X, y)
    np.testing.assert_allclose(model.constant_, oracle.constant_, rtol=1e-14)
    np.testing.assert_allclose(model.predict(X[:2]), oracle.predict(X[:2]), rtol=1e-14)


@pytest.mark.parametrize("options", [{}, {"strategy": "median"}, {"strategy": "quantile", "quantile": 0.3}], ids=repr)
def test_weighted_numbers_are_scikit_learns_where_no_share_is_met_exactly(options: dict) -> None:
    weight = np.random.default_rng(1).uniform(0.5, 2.0, size=8)
    oracle, model = Oracle(**options).fit(X, TARGETS, weight), DummyRegressor(**options).fit(X, TARGETS, weight)
    np.testing.assert_allclose(model.constant_, oracle.constant_, rtol=1e-14)


@pytest.mark.parametrize("constant", [4.5, [4.5], np.array([4.5])], ids=repr)
def test_a_constant_is_predicted_for_every_row(constant: object) -> None:
    assert DummyRegressor(strategy="constant", constant=constant).fit(X, TARGETS[:, 0]).predict(X[:2]).tolist() == [
        4.5,
        4.5,
    ]


def test_several_targets_need_as_many_constants() -> None:
    model = DummyRegressor(strategy="constant", constant=[1, 2, 3]).fit(X, TARGETS)
    assert model.predict(X[:1]).tolist() == [[1.0, 2.0, 3.0]]
    with pytest.raises(ParameterError, match="constant has 2 entries and y 3 columns; give one number a column"):
        DummyRegressor(strategy="constant", constant=[1, 2]).fit(X, TARGETS)


@pytest.mark.parametrize("strategy", ["constant", "quantile"])
def test_a_strategy_without_its_parameter_is_refused(strategy) -> None:
    with pytest.raises(ParameterError, match=f"strategy='{strategy}' needs {strategy}, and it is None"):
        DummyRegressor(strategy=strategy).fit(X, TARGETS)


VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=9)


@given(VALUES)
def test_with_weights_of_one_the_middle_is_the_median(values: list[int]) -> None:
    assert weighted_quantile(np.array(values, float), np.ones(len(values)), 0.5) == np.median(values)


@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 4)), min_size=1).filter(lambda rows: any(w for _, w in rows)),
    st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]),
    st.sampled_from([1.0, 0.1, 1e-9, 3e7]),
)
def test_weights_count_repetitions_in_any_unit(rows: list[tuple[int, int]], share: float, unit: float) -> None:
    values, times = (np.array(column, float) for column in zip(*rows, strict=True))
    repeated = values.repeat(times.astype(int))
    wanted = weighted_quantile(repeated, np.ones(len(repeated)), share)
    assert weighted_quantile(values, times * unit, share) == wanted


@given(VALUES, st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_a_quantile_turns_around_with_the_values(values: list[int], share: float) -> None:
    x, w = np.array(values, float), np.arange(1.0, len(values) + 1)
    assert weighted_quantile(-x, w, 1.0 - share) == -weighted_quantile(x, w, share)


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    record = DummyRegressor().fit(X, TARGETS).to_record()
    record["state"]["constant_"] = np.ones(3)
    with pytest.raises(ModelFileError, match=r"constant_ in the record is \(3,\), not \(1, K\)"):
        DummyRegressor.from_record(record)
