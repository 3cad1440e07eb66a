"""Powers: scikit-learn's numbers, the way back, normal shapes, gaps, refusals."""

import warnings
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.preprocessing
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.preprocessing import PowerTransformer
from pellucid.preprocessing._power import box_cox, box_cox_back, yeo_johnson, yeo_johnson_back

EPS = np.finfo(np.float64).eps


@st.composite
def tables(draw: st.DrawFn, positive: bool) -> np.ndarray:
    """Skewed, tied and normal columns with gaps; without any, and not for box-cox, a constant one."""
    n = draw(st.integers(4, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = np.stack([rng.gamma(1.0, 2.0, n), rng.lognormal(1, 1, n), rng.integers(1, 5, n) * 1.0], axis=1) + 1e-3
    x[:2, 2] = 1, 4
    if not positive:
        x = np.concatenate([x * [1, -1, 1] - [0, 0, 2], rng.normal(size=(n, 1))], axis=1)
    x[2:][rng.random((n - 2, x.shape[1])) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    return x if positive else np.concatenate([x, np.full((n, 1), 0.3)], axis=1)


@settings(deadline=None, max_examples=100)
@given(st.data(), st.sampled_from(["yeo-johnson", "box-cox"]), st.booleans())
def test_numbers_are_those_of_scikit_learn(data: st.DataObject, method: Any, standardize: bool) -> None:
    x = data.draw(tables(positive=method == "box-cox"))
    ours = PowerTransformer(method, standardize=standardize)
    theirs = sklearn.preprocessing.PowerTransformer(method=method, standardize=standardize)
    one, other = ours.fit_transform(x), theirs.fit_transform(x)
    np.testing.assert_allclose(ours.lambdas_, theirs.lambdas_, rtol=1e-9)
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        back, their_back = ours.inverse_transform(one / 2), theirs.inverse_transform(one / 2)
    close = 1e-9 * np.ones(x.shape[1])
    if method == "yeo-johnson":  # theirs is (1 + l z)^(1 / l) - 1, where rounding 1 + l z costs eps / l; ours is exact
        close += 4 * EPS / np.minimum(np.abs(ours.lambdas_), np.abs(2 - ours.lambdas_)).clip(EPS)
    assert (np.isnan(back) == np.isnan(their_back)).all()
    gap = np.abs(back - their_back) / (close * (1 + np.abs(their_back)))
    assert np.nanmax(gap) <= 1


def exactly_back(z: float, power: float) -> Decimal:
    """(1 + l z)^(1 / l) - 1, e^z - 1 for l = 0, which is within z^2 l of it; in 60 digits."""
    with localcontext(prec=60):
        exact, by = Decimal(z), Decimal(power)
        return (exact if abs(by) < 1e-20 else (1 + by * exact).ln() / by).exp() - 1


POWERS = st.floats(-20, 20) | st.sampled_from([0.0, 2.0]) | st.floats(-1e-6, 1e-6)


@settings(deadline=None, max_examples=300)
@given(POWERS, st.floats(-0.75, 8))
@example(5e-324, 1.5)  # of the smallest float, products have no digits
def test_the_way_back_is_exact_though_the_power_be_next_to_zero(power: float, reach: float) -> None:
    z = reach / max(abs(power), 1)
    if power * z < -0.75:  # nearer to -1 the rounding of l z itself would count
        z = -z
    there, there_below = np.array([z]), 2 - power
    np.testing.assert_allclose(box_cox_back(there, power), float(1 + exactly_back(z, power)), rtol=1e-13)
    if z >= 0:
        above, below = float(exactly_back(z, power)), float(exactly_back(z, 2 - there_below))
        np.testing.assert_allclose(yeo_johnson_back(there, power), above, rtol=1e-13, atol=1e-40)  # 60 digits of 1 + y
        np.testing.assert_allclose(yeo_johnson_back(-there, there_below), -below, rtol=1e-13, atol=1e-40)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0]))
def test_each_family_leads_back(seed: int, power: float) -> None:
    x = np.random.default_rng(seed).normal(size=20)
    np.testing.assert_allclose(yeo_johnson_back(yeo_johnson(x, power), power), x, rtol=1e-9)
    np.testing.assert_allclose(box_cox_back(box_cox(np.exp(x), power), power), np.exp(x), rtol=1e-9)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_families_are_their_equations(power: float) -> None:
    x = np.array([0.5, 1.0, 4.0])
    wanted = np.log(x) if power == 0 else (x**power - 1) / power
    np.testing.assert_allclose(box_cox(x, power), wanted, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(yeo_johnson(x - 1, power)[1:], wanted[1:], rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(yeo_johnson(-x, 2 - power), -yeo_johnson(x, power), rtol=1e-14)


def test_a_lognormal_column_becomes_normal() -> None:
    x = np.random.default_rng(0).lognormal(2, 1, (5000, 1))
    z = PowerTransformer("box-cox").fit_transform(x)[:, 0]
    assert abs((z**3).mean()) < 4 * np.sqrt(6 / 5000)  # four standard errors of the skewness
    assert z.mean() == pytest.approx(0, abs=1e-9) and z.std() == pytest.approx(1)


def test_float32_keeps_its_dtype_and_takes_no_detour_through_infinity() -> None:
    x = np.random.default_rng(0).normal(1e4, 10, (30, 1)).astype(np.float32)
    power = PowerTransformer().fit(x)
    z = power.transform(x)
    assert z.dtype == np.float32 and np.isfinite(z).all()
    np.testing.assert_allclose(z, PowerTransformer().fit_transform(x.astype(np.float64)), atol=1e-5)


def test_gaps_stay_gaps_and_columns_of_one_value_as_they_are() -> None:
    x = np.array([[np.nan, 3.0, np.nan], [1.0, 3.0, np.nan], [4.0, 3.0, np.nan]])
    power = PowerTransformer(standardize=False).fit(x)
    assert power.lambdas_[1:].tolist() == [1, 1]
    z = power.transform(x)
    assert (np.isnan(z) == np.isnan(x)).all() and z[:, 1].tolist() == pytest.approx([3, 3, 3])


def test_box_cox_refuses_what_it_has_no_power_for() -> None:
    with pytest.raises(DataError, match=r"strictly positive data; column 'x1' has 2 values <= 0, first in row 1"):
        PowerTransformer("box-cox").fit([[1.0, 1.0], [2.0, 0.0], [3.0, -1.0]])
    power = PowerTransformer("box-cox").fit([[1.0], [2.0]])
    with pytest.raises(DataError, match="Use method='yeo-johnson'"):
        power.transform([[0.0]])
    for column in ([[2.0], [2.0]], [[np.nan], [np.nan]]):
        with pytest.raises(DataError, match="column 'x0' has no two different known values"):
            PowerTransformer("box-cox").fit(column)


def test_what_no_value_maps_to_comes_back_as_nan_and_is_told() -> None:
    power = PowerTransformer("box-cox", standardize=False).fit(np.array([[1.0], [2.0], [3.0], [10.0]]) ** 2)
    assert power.lambdas_[0] != 0
    beyond = -2 / power.lambdas_[0]
    with pytest.warns(DataWarning, match="Some values in column 'x0' of the inverse-transformed data are NaN"):
        assert np.isnan(power.inverse_transform([[beyond]])).all()


def test_it_is_stored_and_loaded_and_a_damaged_record_refused(tmp_path: Path) -> None:
    x = np.random.default_rng(0).gamma(1.0, size=(20, 2))
    power = PowerTransformer().fit(x)
    pellucid.save(power, tmp_path / "power.pellucid")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "power.pellucid").transform(x), power.transform(x))
    record = power.to_record()
    record["state"]["scaler_"] = None
    with pytest.raises(ModelFileError, match="PowerTransformer: the record"):
        PowerTransformer.from_record(record)


def test_values_whose_squares_overflow_are_named_with_the_remedy() -> None:
    X = np.column_stack([np.arange(9.0), np.random.default_rng(7).normal(size=9) * 1e150])
    with pytest.raises(DataError, match=r"no power was found for column 'x1', whose values reach .*e\+150"):
        PowerTransformer().fit(X)
