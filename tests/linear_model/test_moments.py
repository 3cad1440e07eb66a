"""The moments are their formula, for dense and sparse rows, weighted or not, in blocks of any size."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.linear_model import _moments
from pellucid.linear_model._moments import centred_blocks, means, moments, with_residuals


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_they_are_the_sums_written_out(
    dtype: type, weighted: bool, centred: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_moments, "BLOCK_BYTES", 8)  # blocks of D rows, the last one shorter
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(11, 3)) * (rng.random((11, 3)) < 0.5)).astype(dtype)
    aims, weights = rng.normal(size=(11, 2)), rng.uniform(0.1, 2.0, 11) if weighted else None
    share = np.ones(11) if weights is None else weights
    centre, level = (share @ X / share.sum(), share @ aims / share.sum()) if centred else (np.zeros(3), np.zeros(2))
    off, aim_off = X - centre, aims - level
    for rows in (X, csr_array(X)):
        found = moments(rows, aims, weights, centred)
        np.testing.assert_allclose(found.centre, centre, atol=1e-7 if dtype == np.float32 else 1e-15)
        np.testing.assert_allclose(found.level, level, atol=1e-15)
        np.testing.assert_allclose(found.gram, off.T @ (share[:, None] * off), atol=1e-12)
        np.testing.assert_allclose(found.product, off.T @ (share[:, None] * aim_off), atol=1e-12)
        np.testing.assert_allclose(found.power, share @ aim_off**2, rtol=1e-14)
        assert found.total == pytest.approx(share.sum())
        assert [part.tolist() for part in means(rows, aims, weights, centred)] == [
            found.centre.tolist(),
            found.level.tolist(),
        ]


def test_features_far_from_zero_keep_their_digits() -> None:
    rng = np.random.default_rng(0)
    X, aims = rng.normal(size=(100, 2)), rng.normal(size=(100, 1))
    np.testing.assert_allclose(
        moments(X + 1e7, aims, None, True).gram, moments(X, aims, None, True).gram, rtol=0, atol=1e-6
    )


def test_blocks_hold_every_row_once_centred_and_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_moments, "BLOCK_BYTES", 8)
    rng = np.random.default_rng(0)
    X, centre, root = rng.normal(size=(11, 3)), rng.normal(size=3), rng.random(11)
    parts = [(part, X[where].shape) for where, part in centred_blocks(X, centre, root)]
    assert all(part.shape == shape for part, shape in parts) and len(parts) == 4
    np.testing.assert_array_equal(np.vstack([part for part, _ in parts]), (X - centre) * root[:, None])
    np.testing.assert_array_equal(np.vstack([part for _, part in centred_blocks(X, centre, None)]), X - centre)


@pytest.mark.parametrize("sparse", [True, False])
def test_the_moments_of_residuals_are_those_of_rows_and_what_is_left_and_the_scale_that_of_what_was_summed(
    sparse: bool,
) -> None:
    rng = np.random.default_rng(1)
    X, aims, weights, slopes = (rng.uniform(0.0, 2.0, shape) for shape in ((9, 3), (9, 2), 9, (3, 2)))
    rows = csr_array(X) if sparse else X
    known = moments(rows, aims, weights, True)
    wanted = moments(X, aims - X @ slopes, weights, True).product
    np.testing.assert_allclose(with_residuals(known, rows, aims, weights, slopes).product, wanted, atol=1e-12)
    summed = X if sparse else X - known.centre
    np.testing.assert_allclose(known.scale, weights @ summed**2, rtol=1e-13)
