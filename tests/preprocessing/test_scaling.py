"""Scalers: scikit-learn's numbers, round trips, pieces, refusals."""

from typing import Any

import numpy as np
import pandas
import pytest
import scipy.sparse
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.preprocessing import MinMaxScaler, StandardScaler

PEER = sklearn.preprocessing.StandardScaler
STANDARD = ("mean_", "var_", "scale_", "n_samples_seen_")
MINMAX = ("min_", "scale_", "data_min_", "data_max_", "data_range_", "n_samples_seen_")


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A table with gaps, constants, near constants and scales far apart; weights."""
    n = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = np.stack([rng.normal(size=n), rng.normal(1e6, 1, n), np.full(n, 0.1 + 0.2), rng.normal(size=n) * 1e-9], axis=1)
    x[:, 2] += draw(st.sampled_from([0.0, 1e-17, 1e-12])) * rng.normal(size=n)
    gaps = rng.random((n, 4)) < draw(st.sampled_from([0.0, 0.3]))
    gaps[0] = False
    return np.where(gaps, np.nan, x), np.append(1, rng.integers(0, 3, size=n - 1))


def same(ours: Any, theirs: Any, names: tuple[str, ...]) -> None:
    for name in names:
        one, other = getattr(ours, name), getattr(theirs, name)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-9, err_msg=name)


def quotient_room(n: int) -> float:
    """How far apart, by their size, two quotients x / s may be, each s from n rows on its own.

    With u the half of a last place: a gap x - m' is right to u, its square to 3 u, with its weight to 4 u, a sum of n
    of them to (n + 3) u; less the square of what the gaps leave, and divided, to (n + 5) u.  The root halves that and
    adds u, x - m and the quotient add one each: (n + 11) / 2 u, twice.  An x near 0.3 with a spread of 1e-12 is 3e11
    when it is not centred, and the last place of that alone is 6e-5.
    """
    return (n + 11) * np.finfo(np.float64).eps / 2


@settings(deadline=None)
@given(tables(), st.booleans(), st.booleans(), st.booleans())
def test_standard_scaling_is_scikit_learns(case: Any, with_mean: bool, with_std: bool, weighted: bool) -> None:
    x, weight = case
    options = {"with_mean": with_mean, "with_std": with_std}
    w = {"sample_weight": weight} if weighted and (with_mean or with_std) else {}
    ours = StandardScaler(**options).fit(x, **w)
    theirs = sklearn.preprocessing.StandardScaler(**options).fit(x, **w)
    same(ours, theirs, STANDARD)
    scaled, wanted = ours.transform(x), theirs.transform(x)
    last_place = np.spacing(np.nanmax(np.abs(x), axis=0)) / (theirs.scale_ if with_std else 1)
    of_mean = 2 * last_place if with_mean else 0.0  # the last bit of a mean of 1e6 is 1e-8 of a spread of 0.01
    of_scale = quotient_room(len(x)) * np.abs(np.nan_to_num(wanted)) if with_std else 0.0
    room = 1e-9 + of_mean + of_scale
    gap = np.abs(scaled - wanted)
    assert (np.isnan(gap) == np.isnan(x)).all() and (np.nan_to_num(gap) <= room).all()
    np.testing.assert_allclose(ours.inverse_transform(x), theirs.inverse_transform(x), rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(tables(), st.sampled_from([(0, 1), (-3.5, 2)]), st.booleans())
def test_minmax_scaling_is_scikit_learns(case: Any, bounds: tuple[float, float], clip: bool) -> None:
    x, _ = case
    ours = MinMaxScaler(bounds, clip=clip).fit(x)
    theirs = sklearn.preprocessing.MinMaxScaler(bounds, clip=clip).fit(x)
    same(ours, theirs, MINMAX)
    beyond = x * 2
    np.testing.assert_allclose(ours.transform(beyond), theirs.transform(beyond), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.inverse_transform(x), theirs.inverse_transform(x), rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(tables(), st.data())
def test_rows_in_pieces_end_with_the_numbers_of_the_whole(case: Any, data: st.DataObject) -> None:
    x, weight = case
    cut = data.draw(st.integers(1, len(x)))
    if cut == len(x):
        return
    whole = StandardScaler().fit(x)
    pieces = StandardScaler().partial_fit(x[:cut]).partial_fit(x[cut:])
    assert (np.abs(pieces.mean_ - whole.mean_) <= 4 * np.spacing(np.nanmax(np.abs(x), axis=0))).all()
    np.testing.assert_allclose(pieces.var_, whole.var_, rtol=1e-6, atol=1e-18)
    np.testing.assert_allclose(pieces.n_samples_seen_, whole.n_samples_seen_)
    one, other = MinMaxScaler().fit(x), MinMaxScaler().partial_fit(x[:cut]).partial_fit(x[cut:])
    np.testing.assert_array_equal(one.data_min_, other.data_min_)
    assert one.n_samples_seen_ == other.n_samples_seen_


@pytest.mark.parametrize("kind", [StandardScaler, MinMaxScaler])
def test_there_and_back_is_where_one_was_and_gaps_stay_gaps(kind: Any) -> None:
    x = np.array([[1.0, np.nan], [2.0, 7.0], [4.0, 9.0]])
    scaler = kind().fit(x)
    z = scaler.transform(x)
    np.testing.assert_allclose(scaler.inverse_transform(z), x, rtol=1e-12)
    assert np.isnan(z).tolist() == np.isnan(x).tolist()


@pytest.mark.parametrize("kind", [StandardScaler, MinMaxScaler])
def test_the_input_is_left_alone_unless_it_may_be_written_into(kind: Any) -> None:
    x = np.arange(6.0).reshape(3, 2)
    kept = x.copy()
    assert kind().fit_transform(x) is not x
    assert (x == kept).all()
    assert kind(copy=False).fit_transform(x) is x
    assert (x != kept).any()
    kept.flags.writeable = False
    kind(copy=False).fit_transform(kept)


def test_a_constant_column_becomes_zero_whatever_its_rounding() -> None:
    x = np.array([[0.1 + 0.2], [0.3], [0.3]])
    assert np.abs(StandardScaler().fit_transform(x)).max() < 1e-15
    assert (MinMaxScaler().fit_transform(np.full((3, 1), 7.0)) == 0).all()


def test_float32_stays_float32_and_moments_are_taken_in_float64() -> None:
    x = np.random.default_rng(0).normal(1e4, 1, (1000, 1)).astype(np.float32)
    scaler = StandardScaler().fit(x)
    assert scaler.transform(x).dtype == np.float32
    assert scaler.var_[0] == pytest.approx(x.astype(np.float64).var(), rel=1e-12)


def test_mistakes_are_told_with_names_and_places() -> None:
    frame = pandas.DataFrame({"age": [1.0, 2.0], "fare": [3.0, np.inf]})
    with pytest.raises(DataError, match="'fare' .row 1"):
        StandardScaler().fit(frame)
    with pytest.raises(DataError, match="X has 1 features, but StandardScaler is expecting 2"):
        StandardScaler().fit(np.ones((2, 2))).transform(np.ones((2, 1)))
    with pytest.raises(ParameterError, match=r"feature_range is \(1, 0\); it must be \(low, high\)"):
        MinMaxScaler((1, 0)).fit(np.ones((2, 1)))


@pytest.mark.parametrize("kind, learned", [(StandardScaler, "mean_"), (MinMaxScaler, "min_")])
def test_a_record_of_another_width_is_refused(kind: Any, learned: str) -> None:
    record = kind().fit(np.eye(3)).to_record()
    for damage in (np.ones(2), None, "x", np.ones(3, int)):
        record["state"][learned] = damage
        with pytest.raises(ModelFileError, match="not one number for each of its 3 columns"):
            kind.from_record(record)


def test_a_copy_may_be_spared_for_one_call() -> None:
    x = np.array([[0.0], [2.0]])
    scaler = StandardScaler().fit(x)
    assert scaler.transform(x, copy=False) is not None and x.tolist() == [[-1.0], [1.0]]
    assert scaler.inverse_transform(x, copy=True).tolist() == [[0.0], [2.0]] and x.tolist() == [[-1.0], [1.0]]


@settings(deadline=None)
@given(tables(), st.booleans(), st.booleans(), st.integers(1, 24))
def test_sparse_rows_are_scaled_as_scikit_learn_does_whole_or_in_pieces(
    case: Any, with_std: bool, weighted: bool, cut: int
) -> None:
    x, weight = case
    x[:, 3] *= np.arange(len(x)) % 3 == 0
    options, rows = {"with_mean": False, "with_std": with_std}, scipy.sparse.csr_array(x)
    w = weight.astype(float) if weighted else None
    ours, theirs = (house(**options).fit(rows, sample_weight=w) for house in (StandardScaler, PEER))
    same(ours, theirs, STANDARD)
    for way in ("transform", "inverse_transform"):
        one, other = (getattr(scaler, way)(rows) for scaler in (ours, theirs))
        np.testing.assert_allclose(one.toarray(), other.toarray(), rtol=1e-9, atol=1e-9)
    if cut < len(x) and with_std:
        w = None if w is None else np.maximum(w, 1)
        whole = StandardScaler(**options).fit(rows, sample_weight=w)
        pieces = StandardScaler(**options)
        for part in (slice(cut), slice(cut, None)):
            pieces.partial_fit(rows[part], sample_weight=None if w is None else w[part])
        np.testing.assert_allclose(pieces.var_, whole.var_, rtol=1e-6, atol=1e-18)
        np.testing.assert_allclose(pieces.n_samples_seen_, whole.n_samples_seen_)


def test_sparse_rows_are_not_centred_and_the_error_says_how_to_go_on() -> None:
    rows = scipy.sparse.csc_array(np.eye(3))
    dense = StandardScaler().fit(np.eye(3))
    for refuse in (StandardScaler().fit, dense.transform, dense.inverse_transform):
        with pytest.raises(DataError, match="StandardScaler: Cannot center sparse matrices.*with_mean=False"):
            refuse(rows)
    with pytest.raises(DataError, match="sparse input is not supported here"):
        MinMaxScaler().fit(rows)
