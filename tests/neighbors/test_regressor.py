"""KNeighborsRegressor, against scikit-learn's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.neighbors

import pellucid
from pellucid.errors import DataError, ModelFileError
from pellucid.neighbors import KNeighborsRegressor


@pytest.mark.parametrize("weights", ["uniform", "distance", lambda d: np.exp(-d)])
@pytest.mark.parametrize("shape", [(300,), (300, 1), (300, 3)])
def test_means_are_those_of_scikit_learn_for_one_target_and_for_many(weights: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    X, y, Q = rng.normal(size=(300, 3)), rng.normal(size=shape), rng.normal(size=(50, 3))
    Q[:5] = X[:5]
    ours = KNeighborsRegressor(4, weights=weights).fit(X, y)
    theirs = sklearn.neighbors.KNeighborsRegressor(4, weights=weights).fit(X, y)
    assert ours.predict(Q).shape == theirs.predict(Q).shape
    np.testing.assert_allclose(ours.predict(Q), theirs.predict(Q), atol=1e-12)


def test_neighbours_that_all_weigh_nothing_are_an_error() -> None:
    model = KNeighborsRegressor(1, weights=np.zeros_like).fit([[0.0]], [1.0])
    with pytest.raises(DataError, match="all neighbours of 1 rows have weight 0"):
        model.predict([[0.0]])


def test_another_number_of_targets_is_refused(tmp_path: Path) -> None:
    model = KNeighborsRegressor(1).fit([[0.0], [1.0]], [0.0, 1.0])
    model.targets_ = np.zeros(3)
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="one target for each row"):
        pellucid.load(tmp_path / "m")
