"""The moments of a fit, and an interruption that keeps what was learned."""

from collections.abc import Mapping
from typing import Any, Self

import pytest

from pellucid.base import Callback, Estimator, History, ProgressBar, Watch, Whole
from pellucid.errors import ConvergenceWarning, ParameterError


class Counter(Estimator):
    """Counts to `steps`; what an iterative fit looks like from the outside."""

    limits = {"steps": Whole(low=0)}
    count_: int

    def __init__(self, steps: int = 5) -> None:
        self.steps = steps

    def fit(self, X: Any = None, y: Any = None) -> Self:
        self._begin_fit()
        self.count_ = 0
        with Watch(self, self.steps) as watch:
            while self.count_ < self.steps:
                self.count_ += 1
                if watch.step(loss=1.0 / self.count_):
                    break
        return self


class Diary(Callback):
    """Writes down every moment; at step `at` it does `then`."""

    def __init__(self, at: int = 0, then: BaseException | bool = False) -> None:
        self.at, self.then = at, then
        self.moments: list[Any] = []

    def on_fit_begin(self, estimator: Estimator, steps: int | None) -> None:
        self.moments.append(("begin", steps))

    def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> bool | None:
        self.moments.append((step, estimator.count_, values["loss"]))
        if step != self.at:
            return None
        if isinstance(self.then, BaseException):
            raise self.then
        return self.then

    def on_fit_end(self, estimator: Estimator) -> None:
        self.moments.append("end")


def test_every_moment_is_told_once_and_in_order() -> None:
    diary = Diary()
    Counter(2).set_callbacks(diary).fit()
    assert diary.moments == [("begin", 2), (1, 1, 1.0), (2, 2, 0.5), "end"]


def test_a_callback_that_answers_true_stops_the_fit_after_that_step() -> None:
    counter = Counter().set_callbacks(Diary(), Diary(at=3, then=True)).fit()
    assert (counter.count_, counter.interrupted_) == (3, False)


def test_an_interruption_keeps_what_was_learned_says_so_and_is_forgotten_by_the_next_fit() -> None:
    diary = Diary(at=2, then=KeyboardInterrupt())
    counter = Counter().set_callbacks(diary)
    with pytest.warns(ConvergenceWarning, match="Counter: interrupted after step 2; it keeps .* Call fit again"):
        counter.fit()
    assert (counter.count_, counter.interrupted_, diary.moments[-1]) == (2, True, "end")
    assert counter.set_callbacks().fit().interrupted_ is False


def test_an_error_in_one_callback_is_raised_and_the_others_still_see_the_end() -> None:
    first, second = Diary(), Diary(at=1, then=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        Counter().set_callbacks(first, second).fit()
    assert first.moments[-1] == second.moments[-1] == "end"


def test_only_callbacks_that_saw_the_beginning_see_the_end() -> None:
    class Broken(Diary):
        def on_fit_begin(self, estimator: Estimator, steps: int | None) -> None:
            raise ZeroDivisionError

    first, broken, third = Diary(), Broken(), Diary()
    with pytest.raises(ZeroDivisionError):
        Counter().set_callbacks(first, broken, third).fit()
    assert (first.moments[-1], broken.moments, third.moments) == ("end", [], [])


def test_what_is_no_callback_is_refused_a_class_in_place_of_an_instance_too() -> None:
    with pytest.raises(ParameterError, match="is not a Callback; give instances"):
        Counter().set_callbacks(History)  # type: ignore[arg-type]


def test_callbacks_are_no_parameters_and_are_not_stored() -> None:
    counter = Counter().set_callbacks(History())
    assert repr(counter) == "Counter()"
    assert counter.fit().to_record()["state"] == {"interrupted_": False, "count_": 5}


def test_the_history_is_that_of_the_last_fit() -> None:
    history = History()
    counter = Counter(3).set_callbacks(history).fit()
    assert counter.fit() is counter
    assert history.rows == [{"step": step, "loss": 1.0 / step} for step in (1, 2, 3)]


def test_progress_is_one_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Counter(3).set_callbacks(ProgressBar()).fit()
    assert capsys.readouterr().err == "Counter step 3/3  loss 0.333333\n"


def test_progress_is_redrawn_in_place_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    Counter(2).set_callbacks(ProgressBar()).fit()
    assert capsys.readouterr().err == "\rCounter step 1/2  loss 1\rCounter step 2/2  loss 0.5\n"


def test_a_fit_without_steps_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Counter(0).set_callbacks(ProgressBar()).fit()
    assert capsys.readouterr().err == ""
