"""The role of clusterers."""

import numpy as np

from pellucid.cluster import Clusterer, KMeans


def test_fit_predict_gives_the_labels_that_fit_leaves() -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    model = KMeans(3, random_state=0)
    labels = model.fit_predict(X)
    assert labels is model.labels_ and isinstance(model, Clusterer)


def test_scikit_learn_takes_it_for_a_clusterer() -> None:
    from sklearn.base import is_clusterer

    assert is_clusterer(KMeans())
