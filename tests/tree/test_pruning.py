"""Cutting back, against scikit-learn and the definition."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor as Theirs

from pellucid.tree import DecisionTreeRegressor
from pellucid.tree._pruning import prune, weakest_links

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3)).astype(np.float32)
Y = X[:, 0] + RNG.normal(size=300)


def test_the_path_is_that_of_scikit_learn() -> None:
    ours = DecisionTreeRegressor(min_samples_leaf=4).cost_complexity_pruning_path(X, Y)
    theirs = Theirs(min_samples_leaf=4, random_state=0).cost_complexity_pruning_path(X, Y)
    np.testing.assert_allclose(ours.ccp_alphas, theirs.ccp_alphas, atol=1e-12)
    np.testing.assert_allclose(ours.impurities, theirs.impurities, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.001, 0.01, 0.05, 10.0])
def test_a_tree_cut_back_predicts_as_that_of_scikit_learn(alpha: float) -> None:
    ours = DecisionTreeRegressor(min_samples_leaf=4, ccp_alpha=alpha).fit(X, Y)
    theirs = Theirs(min_samples_leaf=4, ccp_alpha=alpha, random_state=0).fit(X, Y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-12)


def test_no_subtree_on_the_path_costs_less_than_the_one_chosen() -> None:
    tree = DecisionTreeRegressor(max_depth=5).fit(X, Y).tree_
    share = tree.weighted_n_node_samples / tree.weighted_n_node_samples[0]
    assert share[0] == 1.0
    for alpha in (0.003, 0.02, 0.1):
        costs = {}
        for price in (0.0, *(price for _, price, _ in weakest_links(tree))):
            cut = prune(tree, price)
            leaf = cut.children_left < 0
            risk = (cut.weighted_n_node_samples * cut.impurity)[leaf].sum() / cut.weighted_n_node_samples[0]
            costs[price] = risk + alpha * cut.n_leaves
        chosen = max(price for price in costs if price <= alpha)
        assert costs[chosen] <= min(costs.values()) + 1e-12
