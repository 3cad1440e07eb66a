"""RadiusNeighborsRegressor, against scikit-learn's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.neighbors

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.neighbors import RadiusNeighborsRegressor


@pytest.mark.parametrize(
    ("weights", "metric"),
    [
        *(
            (weights, metric)
            for weights in ("uniform", "distance")
            for metric in ("euclidean", "manhattan", "chebyshev")
        ),
        (lambda far: 1.0 - far, "euclidean"),
        ("uniform", "cosine"),  # by "distance", a query on a row is at 0 for us, and at 1e-16 for the peer
    ],
)
@pytest.mark.parametrize("shape", [(300,), (300, 1), (300, 3)])
def test_means_are_those_of_scikit_learn(weights: Any, metric: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.uniform(size=(300, 3)), rng.normal(size=shape)
    Q = np.concatenate([X[:5], rng.uniform(0.2, 0.8, (45, 3))])
    ours = RadiusNeighborsRegressor(0.6, weights=weights, metric=metric).fit(X, y).predict(Q)
    peer = sklearn.neighbors.RadiusNeighborsRegressor(0.6, weights=weights, metric=metric).fit(X, y)
    np.testing.assert_allclose(ours, peer.predict(Q), atol=1e-12)
    assert ours.shape == peer.predict(Q).shape


def test_a_row_without_neighbours_gets_nan_and_a_warning_counts_them() -> None:
    model = RadiusNeighborsRegressor(1.0).fit([[0.0], [1.0]], [2.0, 4.0])
    with pytest.warns(DataWarning, match="1 rows have no neighbour within 1.0"):
        np.testing.assert_array_equal(model.predict([[9.0], [0.5]]), [np.nan, 3.0])


def test_neighbours_that_all_weigh_nothing_are_an_error() -> None:
    model = RadiusNeighborsRegressor(1.0, weights=np.zeros_like).fit([[0.0]], [1.0])
    with pytest.raises(DataError, match="all neighbours of 1 rows have weight 0"):
        model.predict([[0.0]])


def test_another_number_of_targets_is_refused(tmp_path: Path) -> None:
    model = RadiusNeighborsRegressor(1.0).fit([[0.0], [1.0]], [0.0, 1.0])
    model.targets_ = np.zeros(3)
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="one target for each row"):
        pellucid.load(tmp_path / "m")
