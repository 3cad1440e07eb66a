"""The models a run tries."""

import pytest

from pellucid.auto._candidates import BASELINE, CLASSIFIERS, IMAGE_CLASSIFIERS, REGRESSORS, Candidate
from pellucid.base import Classifier, Regressor

LISTS = {"classes": CLASSIFIERS, "numbers": REGRESSORS, "images": IMAGE_CLASSIFIERS}


@pytest.mark.parametrize("name", LISTS)
def test_the_baseline_comes_first_and_no_name_twice(name: str) -> None:
    names = [candidate.name for candidate in LISTS[name]]
    assert names[0] == BASELINE
    assert len(names) == len(set(names))


@pytest.mark.parametrize("candidate", [c for row in LISTS.values() for c in row], ids=lambda c: c.name)
def test_a_candidate_is_made_of_its_seed_and_admits_its_parameters(candidate: Candidate) -> None:
    role = Regressor if candidate in REGRESSORS else Classifier
    estimator = candidate.make(7)
    assert isinstance(estimator, role)
    estimator._check_params()
    assert estimator.get_params().get("random_state", 7) in (7, None)
    assert candidate.make(7) is not estimator
    assert candidate.says


@pytest.mark.parametrize("candidate", [c for row in LISTS.values() for c in row if c.watches], ids=lambda c: c.name)
def test_what_watches_the_validation_rows_stops_by_them(candidate: Candidate) -> None:
    params = candidate.make(0).get_params()
    assert params["early_stopping"]
    assert params["n_iter_no_change"] < params["max_iter"]
    assert params["random_state"] == 0
