"""Parameters, state and records; what all estimators share is checked for each in tests/test_estimators.py."""

import pickle
from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import clone

from pellucid.base import Estimator, Flag, History, Kind, Whole
from pellucid.base._estimator import learnable, parameters
from pellucid.errors import DataError, ModelFileError, NotFittedError, ParameterError


class Shift(Estimator):
    """Learns the mean of each column."""

    limits = {"digits": Whole(low=0), "inner": Kind(object, words="an estimator"), "loud": Flag()}
    mean_: Any

    def __init__(self, digits: int = 2, *, inner: Any = None, loud: bool = False) -> None:
        self.digits, self.inner, self.loud = digits, inner, loud

    def fit(self, X: Any, y: Any = None) -> Self:
        self._begin_fit()
        self.mean_ = self._fit_table(X).mean(axis=0).round(self.digits)
        return self

    def shift(self, X: Any) -> Any:
        return self._table(X) - self.mean_

    def _check_learned(self) -> None:
        if self.mean_.shape != (self.n_features_in_,):
            raise ModelFileError("Shift: mean_ has another width.")


X = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_parameters_and_defaults_are_read_from_the_signature() -> None:
    assert parameters(Shift) == {"digits": 2, "inner": None, "loud": False}


def test_the_annotations_of_the_class_and_its_parents_are_what_can_be_learned() -> None:
    assert learnable(Shift) == ("n_features_in_", "feature_names_in_", "interrupted_", "mean_")


def test_inner_estimators_answer_under_their_holders_name() -> None:
    outer = Shift(inner=Shift(digits=7))
    assert outer.get_params()["inner__digits"] == 7
    assert "inner__digits" not in outer.get_params(deep=False)
    assert outer.set_params(inner__digits=1, loud=True).inner.digits == 1


def test_an_inner_estimator_that_is_replaced_in_the_same_call_gets_the_inner_parameters() -> None:
    fresh = Shift()
    assert Shift(inner=Shift(digits=7)).set_params(inner__digits=5, inner=fresh).inner is fresh
    assert fresh.digits == 5


@pytest.mark.parametrize("name", ["digit", "digit__inner"])
def test_a_parameter_that_does_not_exist_is_refused_with_the_closest_that_does(name: str) -> None:
    with pytest.raises(
        ParameterError, match="Shift has no parameter 'digit'; it has digits, inner, loud. Did you mean 'digits'?"
    ):
        Shift().set_params(**{name: 1})


def test_the_repr_leaves_out_defaults_and_nests() -> None:
    assert repr(Shift(inner=Shift(loud=True))) == "Shift(inner=Shift(loud=True))"


def test_before_fit_a_learned_attribute_says_that_fit_is_missing() -> None:
    with pytest.raises(NotFittedError, match="Shift is not fitted yet: fit learns n_features_in_; call fit first."):
        Shift().shift(X + 0)
    assert not hasattr(Shift(), "mean_")


def test_before_fit_a_property_made_of_what_is_learned_says_so_too() -> None:
    class Told(Shift):
        @property
        def twice_(self) -> Any:
            return 2 * self.mean_

    assert not hasattr(Told(), "twice_") and Told().fit(X).twice_ is not None
    with pytest.raises(NotFittedError, match="Told is not fitted yet: call fit first, then twice_."):
        _ = Told().twice_


def test_after_fit_an_attribute_that_fit_had_no_reason_to_set_is_not_called_unfitted() -> None:
    with pytest.raises(
        AttributeError, match="Shift has been fitted, but that fit had no feature_names_in_ to set"
    ) as caught:
        _ = Shift().fit(X).feature_names_in_
    assert not isinstance(caught.value, NotFittedError)


def test_a_name_nobody_announced_is_a_plain_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'Shift' object has no attribute 'median_'"):
        _ = Shift().fit(X).median_


def test_fit_forgets_before_it_learns() -> None:
    model = Shift().fit(X)
    with pytest.raises(DataError):
        model.fit([[np.nan, 1.0]])
    assert [name for name in vars(model) if name.endswith("_")] == []


def test_a_parameter_outside_its_limit_is_found_before_anything_is_forgotten() -> None:
    model = Shift().fit(X).set_params(digits=-1)
    with pytest.raises(ParameterError, match="Shift: digits is -1"):
        model.fit(X)
    assert model.mean_.tolist() == [2.0, 3.0]


def test_a_clone_by_scikit_learn_is_unfitted_with_its_own_parameters_and_the_same_callbacks() -> None:
    history = History()
    model = Shift(inner=Shift(digits=7)).set_callbacks(history).fit(X)
    again = clone(model)
    assert repr(again) == repr(model)
    assert again.inner is not model.inner
    assert again.callbacks == (history,)
    assert not again.__sklearn_is_fitted__()


def test_an_estimator_that_learns_nothing_is_fitted_once_it_has_seen_x() -> None:
    class Idle(Estimator):
        def fit(self, X: Any, y: Any = None) -> Self:
            self._begin_fit()
            self._fit_table(X)
            return self

    assert not Idle().__sklearn_is_fitted__()
    assert Idle().fit(X).__sklearn_is_fitted__()


def test_copies_by_pickle_carry_what_was_learned() -> None:
    again = pickle.loads(pickle.dumps(Shift(digits=1).fit(X)))  # noqa: S301  # made on the line itself
    assert again.shift(X).tolist() == [[-1.0, -1.0], [1.0, 1.0]]


def test_a_record_brings_back_parameters_and_state() -> None:
    model = Shift.from_record(Shift(digits=1).fit(X).to_record())
    assert (model.get_params()["digits"], model.n_features_in_, model.mean_.tolist()) == (1, 2, [2.0, 3.0])


def test_an_unfitted_record_stays_unfitted() -> None:
    assert not Shift.from_record(Shift(digits=1).to_record()).__sklearn_is_fitted__()


@pytest.mark.parametrize(
    ("part", "name"), [("state", "__class__"), ("state", "fit"), ("state", "_callbacks"), ("params", "digit")]
)
def test_a_record_can_set_nothing_but_parameters_and_what_fit_learns(part: str, name: str) -> None:
    record = Shift().fit(X).to_record()
    record[part][name] = Shift
    with pytest.raises(ModelFileError, match=f"Shift: the record holds {name}, which this version does not know"):
        Shift.from_record(record)


def test_a_record_is_checked_like_a_parameter_at_fit_and_by_the_class_itself() -> None:
    record = Shift().fit(X).to_record()
    with pytest.raises(ParameterError, match="digits is -1"):
        Shift.from_record({**record, "params": {"digits": -1}})
    with pytest.raises(ModelFileError, match="another width"):
        Shift.from_record({**record, "state": {**record["state"], "mean_": np.zeros(3)}})


class Choir(Estimator):
    """Voices by name."""

    parts = "voices"
    limits = {"voices": Kind(list, words="a list of tuples (name, estimator)"), "loud": Flag()}

    def __init__(self, voices: Any, *, loud: bool = False) -> None:
        self.voices, self.loud = voices, loud

    def fit(self, X: Any, y: Any = None) -> Self:
        self._begin_fit()
        return self


def test_listed_estimators_are_parameters_under_their_names() -> None:
    low = Shift(digits=1)
    params = Choir([("low", low), ("high", "drop")]).get_params()
    assert (params["low"], params["high"], params["low__digits"]) == (low, "drop", 1)
    assert list(Choir([("low", low)]).get_params(deep=False)) == ["voices", "loud"]


def test_a_listed_estimator_is_replaced_by_name_in_a_list_of_its_own() -> None:
    given = [("low", Shift(), "a third item"), ("high", Shift())]
    choir = Choir(given).set_params(low="drop", high__digits=5, loud=True)
    assert [row[1:] for row in choir.voices] == [("drop", "a third item"), (choir.voices[1][1],)]
    assert choir.voices[1][1].digits == 5 and choir.loud
    assert repr(given[0][1]) == "Shift()"  # the list that was given keeps what it held


def test_a_new_list_and_a_parameter_of_it_may_come_in_one_call() -> None:
    choir = Choir([("low", Shift())]).set_params(alto__digits=4, voices=[("alto", Shift())])
    assert [(name, voice.digits) for name, voice in choir.voices] == [("alto", 4)]


def test_a_name_that_is_not_listed_is_refused_with_those_that_are() -> None:
    with pytest.raises(ParameterError, match="Choir has no parameter 'lo'; it has voices, loud, low. Did you mean"):
        Choir([("low", Shift())]).set_params(lo__digits=1)
    with pytest.raises(ParameterError, match="Choir: low is 'drop', which has no parameters; set low itself before"):
        Choir([("low", "drop")]).set_params(low__digits=1)


@pytest.mark.parametrize("voices", [None, 3, ["low"], [("low",)], [(1, 2)]], ids=str)
def test_a_list_that_is_none_has_no_names_and_breaks_nothing_before_fit(voices: Any) -> None:
    assert Choir(voices).get_params() == {"voices": voices, "loud": False}


def test_a_required_parameter_out_of_its_limit_has_no_default_to_tell_of() -> None:
    with pytest.raises(ParameterError) as caught:
        Choir(3).fit(X)
    assert str(caught.value) == "Choir: voices is 3; it must be a list of tuples (name, estimator)."
