"""Random search: draws by its seed, and the scores of the settings it drew."""

import numpy as np
import sklearn.model_selection
from scipy.stats import loguniform

from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import RandomizedSearchCV

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 3))
Y = (X[:, 0] + RNG.normal(size=90) > 0).astype(int)


def test_the_same_seed_tries_the_same_settings_and_another_others() -> None:
    tried = [
        RandomizedSearchCV(LogisticRegression(), {"C": loguniform(0.01, 10)}, n_iter=3, cv=2, random_state=seed)
        .fit(X, Y)
        .cv_results_["params"]
        for seed in (0, 0, 1)
    ]
    assert tried[0] == tried[1] != tried[2] and len(tried[0]) == 3


def test_each_setting_has_the_scores_that_scikit_learn_gives_it() -> None:
    found = RandomizedSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1.0]}, n_iter=2, cv=3, random_state=0).fit(X, Y)
    for k, setting in enumerate(found.cv_results_["params"]):
        wanted = sklearn.model_selection.cross_val_score(LogisticRegression(**setting), X, Y, cv=3)
        assert [found.cv_results_[f"split{s}_test_score"][k] for s in range(3)] == wanted.tolist()
