"""Searched cuts.  That they are the best of all is tested with the growth; here, that bounds are kept among them."""

import numpy as np
import pytest

from pellucid.tree._columns import code_table
from pellucid.tree._growth import Growth, grow_tree


def risk(y: np.ndarray) -> float:
    return float(((y - y.mean()) ** 2).sum())


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_cut_is_the_best_of_those_the_sign_allows(seed: int, sign: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.arange(30.0), rng.normal(size=30)
    tree = grow_tree(code_table(x[:, None]), y, np.ones(30), Growth("squared_error", max_depth=1, monotonic=(sign,)), 0)
    falls = [risk(y) - risk(y[: i + 1]) - risk(y[i + 1 :]) for i in range(29)]
    allowed = [sign * (y[i + 1 :].mean() - y[: i + 1].mean()) >= 0 for i in range(29)]
    wanted = np.where(allowed, falls, -np.inf).argmax()
    assert tree.threshold[0] == wanted + 0.5
