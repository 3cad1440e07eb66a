"""Callbacks of scikit-learn's protocol at our fits, alone and inside scikit-learn's pipelines and searches."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pytest

from pellucid.base import Choice, Estimator, History, OneOf, Watch, Whole
from pellucid.base._fit_tasks import FitTask, takes_tasks
from pellucid.errors import ConvergenceWarning, ParameterError


class Counter(Estimator):
    """Counts to `until` of at most `steps`, in an array that it changes in place; without steps it has no loop."""

    limits = {"steps": OneOf(Whole(low=0), Choice(None)), "until": Whole(low=0)}
    count_: Any
    part_: list[Any]

    def __init__(self, steps: int | None = 2, until: int = 2) -> None:
        self.steps, self.until = steps, until

    def fit(self, X: Any = None, y: Any = None, sample_weight: Any = None) -> Self:
        self._begin_fit()
        self.count_, self.part_ = np.zeros(1), []
        if self.until == 0:
            return self
        with Watch(self, self.steps) as watch:
            while self.count_[0] < self.until:
                self.count_ += 1
                self.part_.append([float(self.count_[0])])
                if watch.step(loss=1.0):
                    break
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        return self.fit(X, y).transform(X)

    def transform(self, X: Any) -> Any:
        return X


class Diary:
    """Writes down every hook; at the end of step `at` it does `then`."""

    def __init__(self, at: int = -1, then: BaseException | bool = False) -> None:
        self.at, self.then = at, then
        self.told: list[tuple[Any, ...]] = []
        self.kept: list[Any] = []

    def setup(self, estimator: Any, context: Any) -> None:
        self.told.append(("setup", context.task_name, context.max_subtasks))

    def on_fit_task_begin(self, estimator: Any, context: Any, *, X: Any = None) -> None:
        self.told.append(("begin", context.task_name, context.task_id, X))

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, y: Any, metadata: Any, fitted_estimator: Any
    ) -> bool | None:
        count = None if fitted_estimator is None else float(fitted_estimator.count_[0])
        self.told.append(("end", context.task_name, context.task_id, y, metadata, count))
        self.kept.append(fitted_estimator)
        if context.task_name != "step" or context.task_id != self.at:
            return None
        if isinstance(self.then, BaseException):
            raise self.then
        return self.then

    def teardown(self, estimator: Any, context: Any) -> None:
        self.told.append(("teardown", context.task_name))


class HandedDown(Diary):
    """One that scikit-learn hands to the estimators inside others."""

    max_propagation_depth = None


def test_a_fit_is_a_task_and_each_of_its_steps_one_below_it() -> None:
    diary = Diary()
    Counter().set_callbacks(diary).fit("X", y="y", sample_weight="w")
    shown = "y", {"sample_weight": "w"}
    assert diary.told == [
        ("setup", "fit", 2),
        ("begin", "fit", 0, "X"),
        ("begin", "step", 0, "X"),
        ("end", "step", 0, *shown, 1.0),
        ("begin", "step", 1, "X"),
        ("end", "step", 1, *shown, 2.0),
        ("end", "fit", 0, *shown, 2.0),
        ("teardown", "fit"),
    ]


@pytest.mark.parametrize("steps", [None, 5])
def test_a_step_that_was_begun_and_not_made_ends_with_nothing_to_show(steps: int | None) -> None:
    diary = Diary()
    Counter(steps, until=1).set_callbacks(diary).fit()
    assert diary.told[4:6] == [("begin", "step", 1, None), ("end", "step", 1, None, None, None)]


def test_more_steps_than_were_announced_are_told_too() -> None:
    diary = Diary()
    Counter(1, until=3).set_callbacks(diary).fit()
    assert [told[5] for told in diary.told if told[:2] == ("end", "step")] == [1.0, 2.0, 3.0]


def test_a_fit_without_a_loop_is_one_task_with_none_below() -> None:
    diary = Diary()
    Counter(until=0).set_callbacks(diary).fit()
    assert [told[:2] for told in diary.told] == [
        *(("setup", "fit"), ("begin", "fit"), ("end", "fit")),
        ("teardown", "fit"),
    ]
    assert diary.told[0][2] == 0


def test_a_fit_inside_a_fit_is_told_once() -> None:
    diary = Diary()
    Counter(until=0).set_callbacks(diary).fit_transform("X")
    assert [told[0] for told in diary.told] == ["setup", "begin", "end", "teardown"]


def test_what_was_shown_at_a_step_stays_as_it_was() -> None:
    diary = Diary()
    counter = Counter(3, until=3).set_callbacks(diary).fit()
    assert [kept.count_[0] for kept in diary.kept] == [1.0, 2.0, 3.0, 3.0]
    assert [len(kept.part_) for kept in diary.kept] == [1, 2, 3, 3]
    assert diary.kept[0].callbacks == () and counter.callbacks == (diary,)


def test_a_callback_that_answers_true_stops_the_fit_after_that_step() -> None:
    counter = Counter(9, until=9).set_callbacks(Diary(), History(), Diary(at=3, then=True)).fit()
    assert counter.count_[0] == 4.0


def test_an_error_of_one_callback_is_raised_and_all_are_taken_down() -> None:
    first, second = Diary(), Diary(at=0, then=ZeroDivisionError())
    counter = Counter().set_callbacks(first, second)
    with pytest.raises(ZeroDivisionError):
        counter.fit()
    assert first.told[-1][0] == second.told[-1][0] == "teardown"
    assert first.told[-2][:2] == ("end", "step")  # of the fit no end is told: it failed
    assert counter.set_callbacks(Diary()).fit().count_[0] == 2.0  # and nothing of it is left


def test_who_was_not_set_up_is_not_taken_down() -> None:
    class Broken(Diary):
        def setup(self, estimator: Any, context: Any) -> None:
            super().setup(estimator, context)
            raise ZeroDivisionError

    first, broken, third = Diary(), Broken(), Diary()
    with pytest.raises(ZeroDivisionError):
        Counter().set_callbacks(first, broken, third).fit()
    assert [told[0] for told in first.told] == [told[0] for told in broken.told] == ["setup", "teardown"]
    assert third.told == []


def test_an_interruption_is_a_fit_that_ends_early() -> None:
    diary = Diary(at=0, then=KeyboardInterrupt())
    with pytest.warns(ConvergenceWarning, match="interrupted after step 1"):
        counter = Counter().set_callbacks(diary).fit()
    assert counter.interrupted_ and diary.told[-2][:2] == ("end", "fit") and diary.told[-1][0] == "teardown"


def test_what_a_hook_asks_for_and_no_fit_can_give_is_refused_by_name() -> None:
    class Curious(Diary):
        def on_fit_task_begin(self, estimator: Any, context: Any, *, Z: Any = None) -> None:  # type: ignore[override]
            raise AssertionError

    with pytest.raises(ParameterError, match="Curious.on_fit_task_begin asks for 'Z'; a fit can give 'X', 'y'"):
        Counter().set_callbacks(Curious()).fit()


def test_both_kinds_of_callbacks_are_taken_and_nothing_else() -> None:
    assert takes_tasks(Diary()) and not takes_tasks(Diary) and not takes_tasks(History())
    with pytest.raises(ParameterError, match="is not a Callback; give .* or objects with scikit-learn's hooks setup"):
        Counter().set_callbacks(Diary)


def test_the_tree_of_tasks_has_one_name_and_knows_its_places() -> None:
    class Look(Diary):
        def on_fit_task_end(self, estimator: Any, context: Any) -> None:  # type: ignore[override]
            self.kept.append(context)

    look = Look()
    Counter(3, until=3).set_callbacks(look).fit()
    *steps, fit = look.kept
    assert [task.task_id for task in fit] == [0, 0, 1, 2] and list(fit)[1:] == steps
    assert {task.root_uuid for task in fit} == {fit.root_uuid} and all(step.parent is fit for step in steps)
    assert repr(steps[1]) == "FitTask('Counter', 'step', task_id=1)"
    assert FitTask("Counter", "fit").root_uuid != fit.root_uuid


# -- beside scikit-learn


def test_it_has_the_public_attributes_of_scikit_learns_context() -> None:
    context = pytest.importorskip("sklearn.callback").CallbackContext
    theirs = context._from_estimator(object(), "fit", 0, 3, True)
    public: Mapping[str, Any] = {name: held for name, held in vars(theirs).items() if not name.startswith("_")}
    ours = vars(FitTask("object", "fit", 3))
    assert public.keys() <= ours.keys()
    for name in public.keys() - {"root_uuid", "init_time"}:
        assert ours[name] == public[name], name


def test_the_monitor_of_scikit_learn_scores_every_step() -> None:
    callbacks = pytest.importorskip("sklearn.callback")
    from sklearn.datasets import load_wine

    from pellucid.ensemble import GradientBoostingClassifier

    X, y = load_wine(return_X_y=True)
    monitor, scores = callbacks.ScoringMonitor(scoring="accuracy"), []
    model = GradientBoostingClassifier(n_estimators=4, max_depth=1, random_state=0).set_callbacks(monitor).fit(X, y)
    scores = [float(np.mean(guess == y)) for guess in model.staged_predict(X)]
    logged = {(row["task_name"], row["task_id"]): row["accuracy"] for row in monitor.get_logs().data}
    assert logged == {**{("step", i): score for i, score in enumerate(scores)}, ("fit", 0): scores[-1]}


def test_inside_a_pipeline_of_scikit_learn_its_fit_is_a_branch_of_the_pipelines() -> None:
    pytest.importorskip("sklearn.callback")
    from sklearn.pipeline import make_pipeline

    counter, diary = Counter(until=0), HandedDown()
    pipeline = make_pipeline(counter, Counter()).set_callbacks(diary)
    pipeline.fit(np.ones((2, 1)), None)
    assert [(told[0], told[1]) for told in diary.told].count(("setup", "fit")) == 1  # at the top, and only there
    assert [told[2] for told in diary.told if told[:2] == ("begin", "fit")] == [0, 0, 1]
    assert counter.callbacks == () and not hasattr(counter, "_parent_callback_ctx")


def test_a_search_of_scikit_learn_hands_its_callbacks_down_to_each_fit() -> None:
    pytest.importorskip("sklearn.callback")
    from sklearn.model_selection import GridSearchCV

    from pellucid.linear_model import LogisticRegression

    class Names(Diary):
        max_propagation_depth = None

        def on_fit_task_end(self, estimator: Any, context: Any) -> None:  # type: ignore[override]
            self.kept.append((context.estimator_name, context.source_estimator_name))

    names, (X, y) = Names(), (np.arange(12.0).reshape(-1, 1), [0, 1, 1] * 4)
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).set_callbacks(names).fit(X, y)
    assert names.kept.count(("LogisticRegression", "GridSearchCV")) == 7  # 2 x 3 and the last, on all rows


def test_a_fit_that_nobody_follows_is_the_plain_method_so_that_warnings_name_its_caller() -> None:
    counter = Counter()
    plain = Counter.fit
    assert counter.fit.__func__ is plain and plain.__code__.co_filename == __file__
    assert counter.set_callbacks(Diary()).fit.__func__ is not plain
    assert counter.set_callbacks(History()).fit.__func__ is plain
