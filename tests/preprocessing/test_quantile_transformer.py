"""Columns by rank: order alone counts, ties in the middle, rows drawn by the seed, sparse zeros, refusals."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.preprocessing import QuantileTransformer


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_any_order_keeping_change_of_a_column_changes_nothing_at_the_rows_of_fit(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(17, 2))
    one, other = (QuantileTransformer(n_quantiles=17).fit_transform(table) for table in (x, np.exp(x)))
    np.testing.assert_allclose(one, other, atol=1e-12)
    np.testing.assert_allclose(np.sort(one, axis=0)[:, 0], np.linspace(0, 1, 17), atol=1e-12)


def test_a_value_seen_many_times_gets_the_middle_of_its_jump() -> None:
    x = np.array([[0.0], [1.0], [1.0], [1.0], [9.0]])
    assert QuantileTransformer(n_quantiles=5).fit_transform(x).ravel().tolist() == [0, 0.5, 0.5, 0.5, 1]


def test_there_and_back_is_where_one_was_for_both_distributions() -> None:
    x = np.random.default_rng(0).gamma(2.0, size=(50, 2))
    x[3, 0] = np.nan
    for name in ("uniform", "normal"):
        model = QuantileTransformer(n_quantiles=50, output_distribution=name).fit(x)
        np.testing.assert_allclose(model.inverse_transform(model.transform(x)), x, rtol=1e-9)


def test_the_seed_decides_which_rows_are_drawn_and_the_draw_is_close_to_the_whole() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 1))
    drawn = [QuantileTransformer(n_quantiles=100, subsample=1000, random_state=s).fit(x).quantiles_ for s in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    whole = QuantileTransformer(n_quantiles=100, subsample=None).fit(x)
    shift = np.abs(whole.transform(drawn[0]).ravel() - whole.references_)
    assert shift.max() < 1.95 / np.sqrt(1000)  # Kolmogorov's bound at 1 in 1000


def test_entries_of_sparse_rows_are_drawn_too_and_zeros_keep_their_share() -> None:
    dense = np.zeros((4000, 1))
    dense[:2000, 0] = np.random.default_rng(0).uniform(1, 2, 2000)
    model = QuantileTransformer(n_quantiles=101, subsample=1000, random_state=0).fit(scipy.sparse.csc_array(dense))
    assert (model.quantiles_ == 0).mean() == pytest.approx(0.5, abs=0.01)
    stored = QuantileTransformer(n_quantiles=101, subsample=1000, random_state=0, ignore_implicit_zeros=True)
    assert stored.fit(scipy.sparse.csc_array(dense)).quantiles_.min() >= 1


def test_negative_sparse_entries_are_refused_unless_zeros_are_ignored() -> None:
    x = scipy.sparse.csr_array([[-1.0], [0.0], [2.0]])
    with pytest.raises(DataError, match="only accepts non-negative sparse matrices"):
        QuantileTransformer(n_quantiles=2).fit(x)
    model = QuantileTransformer(n_quantiles=2, ignore_implicit_zeros=True).fit(x)
    assert model.transform(x).toarray().ravel().tolist() == [0, 0, 1]


def test_more_quantiles_than_there_can_be_are_told() -> None:
    with pytest.raises(ParameterError, match="cannot be greater than subsample=5"):
        QuantileTransformer(n_quantiles=6, subsample=5).fit([[1.0]])
    with pytest.warns(DataWarning, match=r"n_quantiles \(1000\) is greater than the total number of samples \(2\)"):
        assert QuantileTransformer().fit([[1.0], [2.0]]).n_quantiles_ == 2
    with pytest.warns(DataWarning, match="takes effect only with sparse matrix"):
        QuantileTransformer(n_quantiles=1, ignore_implicit_zeros=True).fit([[1.0], [2.0]])


def test_a_damaged_record_is_refused() -> None:
    record = QuantileTransformer(n_quantiles=2).fit(np.eye(3)).to_record()
    record["state"]["quantiles_"] = np.ones((2, 2))
    with pytest.raises(ModelFileError, match="not quantiles for each"):
        QuantileTransformer.from_record(record)
