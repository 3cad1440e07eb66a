"""Columns cut into intervals: scikit-learn's edges and numbers, weights, encodings, refusals."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.preprocessing import KBinsDiscretizer
from pellucid.preprocessing._bins import METHODS, means_on_a_line, weighted_percentiles


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, Any]:
    """Rows to fit and new rows: normal, skewed, far from zero, tied and constant columns; weights, some of them 0."""
    n = draw(st.integers(7, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    both = [
        np.stack(
            [
                rng.normal(size=k),
                rng.lognormal(0, 2, k),
                rng.normal(1e4, 10, k),
                rng.integers(0, 9, k),
                np.full(k, 0.3),
            ],
            axis=1,
        )
        for k in (n, 5)
    ]
    weights = draw(st.sampled_from([None, np.append(1.0, rng.integers(0, 3, n - 1)), rng.random(n)]))
    return both[0], both[1], weights


@settings(deadline=None, max_examples=150)
@given(
    problems(),
    st.sampled_from(["uniform", "quantile", "kmeans"]),
    st.integers(2, 6),
    st.sampled_from(["ordinal", "onehot", "onehot-dense"]),
)
def test_edges_and_numbers_are_those_of_scikit_learn(case: Any, strategy: Any, n_bins: int, encode: Any) -> None:
    x, new, weights = case
    if strategy == "kmeans":
        x, new = x[:, [0, 1, 2, 4]], new[:, [0, 1, 2, 4]]  # with fewer values than bins, rounding decides; see below
    ours = KBinsDiscretizer(n_bins, strategy=strategy, encode=encode)
    theirs = sklearn.preprocessing.KBinsDiscretizer(n_bins, strategy=strategy, encode=encode)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours.fit(x, sample_weight=weights)
        theirs.fit(x, sample_weight=weights)
        np.testing.assert_array_equal(ours.n_bins_, theirs.n_bins_)
        for one, other in zip(ours.bin_edges_, theirs.bin_edges_, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        z, wanted = ours.transform(new), theirs.transform(new)
        back, wanted_back = ours.inverse_transform(z), theirs.inverse_transform(wanted)
    assert scipy.sparse.issparse(z) == scipy.sparse.issparse(wanted) == (encode == "onehot")
    if encode == "onehot":
        z, wanted = z.toarray(), wanted.toarray()
    np.testing.assert_array_equal(z, wanted)
    np.testing.assert_allclose(back, wanted_back, rtol=1e-9)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_numpys_percentile_gives_the_edges_of_scikit_learn(method: str) -> None:
    x = np.random.default_rng(0).normal(size=(23, 1))
    ours = KBinsDiscretizer(4, quantile_method=method).fit(x)
    theirs = sklearn.preprocessing.KBinsDiscretizer(4, quantile_method=method).fit(x)
    np.testing.assert_allclose(ours.bin_edges_[0], theirs.bin_edges_[0], rtol=1e-12)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 20), st.booleans())
def test_whole_weights_count_as_repeated_rows(seed: int, n: int, average: bool) -> None:
    rng = np.random.default_rng(seed)
    x, times, levels = rng.integers(0, 6, n) * 1.0, np.append(1, rng.integers(0, 4, n - 1)), np.linspace(0, 100, 6)
    method: Any = "averaged_inverted_cdf" if average else "inverted_cdf"
    inner = slice(1, -1) if average else slice(None)  # NumPy averages no further value at 0; nor do we, from beyond
    wanted = np.percentile(x.repeat(times), levels, method=method)
    np.testing.assert_allclose(weighted_percentiles(x, times * 1.0, levels, average=average)[inner], wanted[inner])


def test_k_means_of_groups_apart_finds_their_means_also_from_an_empty_start() -> None:
    rng = np.random.default_rng(0)
    groups = [rng.normal(middle, 0.1, 30) for middle in (0.0, 1.0, 50.0)]
    found = np.sort(means_on_a_line(np.concatenate(groups), None, np.array([10.0, 25.0, 40.0])))
    np.testing.assert_allclose(found, [group.mean() for group in groups], rtol=1e-9)


def test_edges_between_few_values_are_between_them_whatever_rounding_decides() -> None:
    x = np.array([[0.0], [0.0], [1.0], [3.0], [3.0]])
    edges = KBinsDiscretizer(3, strategy="kmeans", encode="ordinal").fit(x).bin_edges_[0]
    assert edges.tolist() == [0, 0.5, 2, 3]


def test_the_middle_of_its_bin_is_what_a_value_comes_back_as() -> None:
    bins = KBinsDiscretizer([2, 4], encode="onehot-dense", strategy="uniform").fit([[0.0, 0.0], [8.0, 8.0]])
    z = bins.transform([[1.0, 7.0], [-99.0, 99.0]])
    assert z.tolist() == [[1, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 1]]
    assert bins.inverse_transform(z).tolist() == [[2, 7], [2, 7]]


def test_rows_drawn_by_weight_give_edges_close_to_those_of_all() -> None:
    x = np.random.default_rng(0).uniform(size=(20_000, 1))
    weights = (x[:, 0] < 0.5) * 1.0
    drawn = KBinsDiscretizer(2, subsample=5000, random_state=0).fit(x, sample_weight=weights).bin_edges_[0]
    assert drawn[1] == pytest.approx(0.25, abs=0.02)  # four standard errors of a median of 5000, 0.5 / 2 / sqrt(5000)
    again = KBinsDiscretizer(2, subsample=5000, random_state=0).fit(x, sample_weight=weights).bin_edges_[0]
    np.testing.assert_array_equal(drawn, again)


def test_dtypes_are_kept_or_as_asked() -> None:
    x = np.array([[1.0], [2.0]], np.float32)
    assert KBinsDiscretizer(2).fit_transform(x).dtype == np.float32
    assert KBinsDiscretizer(2, dtype=np.float64).fit_transform(x).dtype == np.float64


def test_constant_columns_and_bins_of_no_width_are_told() -> None:
    with pytest.warns(DataWarning, match="Feature x0 is constant and will be replaced with 0"):
        bins = KBinsDiscretizer(2, encode="ordinal").fit([[1.0], [1.0]])
    assert bins.transform([[7.0]]).tolist() == [[0]] and np.isnan(bins.inverse_transform([[0]])).all()
    with pytest.warns(DataWarning, match="Bins whose width are too small"):
        assert KBinsDiscretizer(4).fit([[0.0], [0.0], [0.0], [0.0], [1.0]]).n_bins_.tolist() == [1]


def test_mistakes_are_told_with_what_to_do() -> None:
    x = np.arange(6.0).reshape(3, 2)
    for n_bins, words in (([2], "must be a scalar or array of shape"), ([2, 1], "at indices 1"), (1, "n_bins is 1")):
        with pytest.raises(ParameterError, match=words):
            KBinsDiscretizer(n_bins).fit(x)
    with pytest.raises(ParameterError, match="dtype is <class 'int'>; it must be np.float32, np.float64"):
        KBinsDiscretizer(dtype=int).fit(x)
    with pytest.raises(ParameterError, match="quantile_method should either be set to 'averaged_inverted_cdf'"):
        KBinsDiscretizer(quantile_method="linear").fit(x, sample_weight=[1, 1, 1])
    bins = KBinsDiscretizer(2, encode="ordinal").fit(x)
    with pytest.raises(DataError, match="Incorrect number of features. Expecting 2"):
        bins.inverse_transform([[0]])
    with pytest.raises(DataError, match="of no bin"):
        bins.inverse_transform([[0, 5]])


def test_it_is_stored_and_loaded_and_a_damaged_record_refused(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2))
    bins = KBinsDiscretizer(3).fit(x)
    pellucid.save(bins, tmp_path / "bins.pellucid")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "bins.pellucid").transform(x), bins.transform(x))
    record = bins.to_record()
    record["state"]["n_bins_"] = np.array([3, 4])
    with pytest.raises(ModelFileError, match="not edges for each of its columns"):
        KBinsDiscretizer.from_record(record)
