"""How many components: by likelihood and by share."""

import numpy as np
import pytest
from sklearn.decomposition import _pca

from pellucid.decomposition._dimension import minka_rank, rank_for_share


@pytest.mark.parametrize("seed", range(5))
def test_the_rank_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    variance = np.sort(np.concatenate([rng.uniform(1, 9, size=seed + 1), rng.uniform(0.09, 0.11, size=8)]))[::-1]
    assert minka_rank(variance, 300) == _pca._infer_dimension(variance, 300)


def test_equal_variances_and_none_at_all_do_not_break_it() -> None:
    assert minka_rank(np.array([4.0, 4.0, 0.1, 0.1, 0.1]), 200) == 2
    assert minka_rank(np.array([4.0, 1.0, 0.0, 0.0]), 200) == 2


def test_a_share_is_exceeded_by_the_fewest_components() -> None:
    share = np.array([0.5, 0.25, 0.125, 0.125])
    assert [rank_for_share(share, wanted) for wanted in (0.1, 0.5, 0.74, 0.75, 0.99)] == [1, 2, 2, 3, 4]
