"""The kinds of index, against the one that is the definition."""

from typing import Any

import numpy as np
import pytest

from pellucid.neighbors import _index
from pellucid.neighbors._index import Brute, Grown, Index, Plain, fastest, index_of
from pellucid.neighbors._metric import Metric


@pytest.mark.parametrize("name", ["euclidean", "manhattan", "chebyshev", "minkowski", "cosine"])
@pytest.mark.parametrize("kind", ["brute", "kd_tree", "ball_tree"])
@pytest.mark.parametrize("k", [1, 6, 130])
def test_every_kind_finds_what_the_definition_finds(name: str, kind: Any, k: int) -> None:
    metric = Metric.named(name, 2.5)
    if name == "cosine" and kind != "brute":
        pytest.skip("trees take no cosine")
    rng = np.random.default_rng(k)
    X, Q = rng.normal(size=(130, 5)), rng.normal(size=(40, 5))
    plain, index = Plain(X, metric), index_of(X, metric, kind, 4)
    assert isinstance(index, Brute if kind == "brute" else Grown)
    for own, wanted in zip(index.nearest(Q, k), plain.nearest(Q, k), strict=True):
        np.testing.assert_allclose(own, wanted, rtol=1e-12, atol=1e-15)
    radius = float(np.median(plain.nearest(Q, 40)[0]))
    for own, wanted in zip(index.within(Q, radius), plain.within(Q, radius), strict=True):
        np.testing.assert_allclose(own, wanted, rtol=1e-12, atol=1e-15)


def test_a_tree_is_chosen_for_many_rows_of_few_features_and_a_small_part_of_them() -> None:
    euclid, cosine = Metric.named("euclidean"), Metric.named("cosine")
    assert fastest(200_000, 4, euclid, 5) == "kd_tree"
    assert [fastest(*row) for row in ((10_000, 784, euclid, 5), (200, 4, euclid, 5), (5000, 2, cosine, 5))] == [
        "brute"
    ] * 3
    assert fastest(2000, 2, euclid, 1500) == "brute"


def test_without_numba_every_name_means_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_index, "_compiles", lambda: False)
    found: list[Index] = [index_of(np.eye(3), Metric.named("l2"), name, 5) for name in ("auto", "kd_tree", "brute")]
    assert [type(index) for index in found] == [Plain] * 3
