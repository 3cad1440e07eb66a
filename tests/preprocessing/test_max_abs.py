"""Scaling by the largest absolute value: pieces, gaps, zeros kept."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError, ModelFileError
from pellucid.preprocessing import MaxAbsScaler


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 9), st.booleans())
def test_rows_in_pieces_end_with_the_numbers_of_the_whole(seed: int, cut: int, sparse: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(10, 3)) * (rng.random((10, 3)) < 0.5)
    x[rng.random((10, 3)) < 0.2] = np.nan
    hold = scipy.sparse.csr_array if sparse else np.asarray
    whole, pieces = MaxAbsScaler().fit(hold(x)), MaxAbsScaler().partial_fit(hold(x[:cut])).partial_fit(hold(x[cut:]))
    np.testing.assert_array_equal(whole.max_abs_, pieces.max_abs_)
    np.testing.assert_array_equal(whole.scale_, pieces.scale_)
    assert whole.n_samples_seen_ == pieces.n_samples_seen_ == 10


def test_sparse_rows_stay_sparse_and_the_given_ones_stay_as_they_are() -> None:
    x = scipy.sparse.csr_array([[0.0, -4.0], [2.0, 0.0], [0.0, 1.0]])
    scaler = MaxAbsScaler().fit(x)
    z = scaler.transform(x)
    assert z.nnz == 3 and z.toarray().tolist() == [[0, -1], [1, 0], [0, 0.25]]
    assert x.data.tolist() == [-4, 2, 1]
    assert scaler.inverse_transform(z).toarray().tolist() == x.toarray().tolist()


def test_what_lies_beyond_the_rows_of_fit_is_clipped_only_when_asked() -> None:
    for clip, wanted in ((False, [[2.0], [-3.0]]), (True, [[1.0], [-1.0]])):
        scaler = MaxAbsScaler(clip=clip).fit([[-5.0], [1.0]])
        assert scaler.transform([[10.0], [-15.0]]).tolist() == wanted
        assert scaler.transform(scipy.sparse.csc_array([[10.0], [-15.0]])).toarray().tolist() == wanted


def test_columns_of_another_number_and_damaged_records_are_refused() -> None:
    scaler = MaxAbsScaler().fit(np.eye(3))
    with pytest.raises(DataError, match="X has 2 features, but MaxAbsScaler is expecting 3"):
        scaler.transform(scipy.sparse.csr_array(np.eye(2)))
    record = scaler.to_record()
    record["state"]["scale_"] = np.ones(2)
    with pytest.raises(ModelFileError, match="not one number for each of its 3 columns"):
        MaxAbsScaler.from_record(record)
