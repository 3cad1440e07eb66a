"""Distances by name, against SciPy."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from pellucid.errors import ParameterError
from pellucid.neighbors._metric import NAMES, Metric, pairwise


@pytest.mark.parametrize("name", NAMES)
def test_each_distance_is_that_of_scipy(name: str) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(7, 4)), rng.normal(size=(9, 4))
    metric = Metric.named(name, 3.0)
    own = metric.true(pairwise(metric.prepared(X), metric.prepared(Y), metric))
    theirs = {"l2": "euclidean", "l1": "cityblock", "manhattan": "cityblock"}.get(name, name)
    np.testing.assert_allclose(own, cdist(X, Y, theirs, **({"p": 3.0} if name == "minkowski" else {})), rtol=1e-12)
    np.testing.assert_allclose(metric.reduced(float(own[0, 0])), pairwise(*map(metric.prepared, (X, Y)), metric)[0, 0])


@pytest.mark.parametrize(("p", "name"), [(1, "manhattan"), (2, "euclidean"), (np.inf, "chebyshev"), (3, "minkowski")])
def test_minkowski_is_known_by_its_plain_name(p: float, name: str) -> None:
    assert Metric.named("minkowski", p).name == name


def test_powers_below_one_and_cosine_keep_no_triangles() -> None:
    assert not Metric.named("minkowski", 0.5).keeps_triangles and not Metric.named("cosine").keeps_triangles
    assert Metric.named("chebyshev").keeps_triangles


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="metric is 'euclid'; it must be one of 'euclidean'"):
        Metric.named("euclid")
