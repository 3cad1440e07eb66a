"""What we raise is scikit-learn's too where scikit-learn is loaded, and ours alone where it is not."""

import pickle
import subprocess
import sys

import pytest
import sklearn.exceptions

from pellucid.base import kin
from pellucid.errors import ConvergenceWarning, DataWarning, NotFittedError, PellucidWarning

PAIRS = [
    (NotFittedError, sklearn.exceptions.NotFittedError),
    (ConvergenceWarning, sklearn.exceptions.ConvergenceWarning),
    (DataWarning, sklearn.exceptions.DataConversionWarning),
]


@pytest.mark.parametrize(("own", "theirs"), PAIRS)
def test_the_exception_is_an_instance_of_both_and_keeps_its_message(own: type[Exception], theirs: type) -> None:
    made = kin(own, "what, where, remedy")
    assert isinstance(made, own) and isinstance(made, theirs)
    assert str(made) == "what, where, remedy"


@pytest.mark.parametrize(("own", "theirs"), PAIRS)
def test_it_survives_the_pickling_by_which_workers_hand_it_over(own: type[Exception], theirs: type) -> None:
    again = pickle.loads(pickle.dumps(kin(own, "a message")))  # noqa: S301  # made on the line itself
    assert isinstance(again, own) and isinstance(again, theirs)
    assert str(again) == "a message"


def test_a_wide_warning_of_ours_can_be_a_narrow_one_of_theirs() -> None:
    made = kin(PellucidWarning, "two fits failed", "FitFailedWarning")
    again = pickle.loads(pickle.dumps(made))  # noqa: S301  # made on the line above
    for one in (made, again):
        assert isinstance(one, PellucidWarning) and isinstance(one, sklearn.exceptions.FitFailedWarning)
        assert not isinstance(one, sklearn.exceptions.UndefinedMetricWarning) and str(one) == "two fits failed"


def test_scikit_learn_is_never_loaded_for_it() -> None:
    program = (
        "import sys; from pellucid.base import kin; from pellucid.errors import NotFittedError as E; "
        "assert type(kin(E, 'x')) is E; assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
