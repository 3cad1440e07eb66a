"""The limits that searches share."""

from sklearn.linear_model import Ridge

from pellucid.linear_model import LinearRegression
from pellucid.model_selection import KFold
from pellucid.model_selection._options import ESTIMATOR, SEARCH_LIMITS


def test_an_estimator_of_either_house_is_one_and_a_class_or_splitter_is_none() -> None:
    assert ESTIMATOR.admits(LinearRegression()) and ESTIMATOR.admits(Ridge())
    assert not any(map(ESTIMATOR.admits, (LinearRegression, KFold(), *ESTIMATOR.outside())))


def test_refit_is_a_flag_a_name_or_a_callable() -> None:
    refit = SEARCH_LIMITS["refit"]
    assert all(map(refit.admits, (True, False, "f1", len))) and not refit.admits(3)
