"""Numbers a model is judged by, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as theirs

from pellucid.auto._evaluation import DECIDING, HEADLINE, answers, intervals, rests_on_one_row, scores
from pellucid.auto._task import Task
from pellucid.dummy import DummyClassifier, DummyRegressor

WORDS = Task("y", "by hand", ("a", "b", "c"))
PAIR = Task("y", "by hand", ("no", "yes"))
NUMBER = Task("y", "by hand")


def said(n_classes: int) -> np.ndarray:
    p = np.random.default_rng(1).uniform(0.05, 1, size=(60, n_classes))
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("task", [WORDS, PAIR], ids=["many", "two"])
def test_classes_are_judged_as_scikit_learn_judges_them(task: Task) -> None:
    names = np.array(task.classes)
    y, p = names[np.random.default_rng(0).integers(len(names), size=60)], said(len(names))
    found, label = scores(task, y, p), names[p.argmax(axis=1)]
    assert found["accuracy_score"] == theirs.accuracy_score(y, label)
    assert found["balanced_accuracy_score"] == pytest.approx(theirs.balanced_accuracy_score(y, label))
    assert found["log_loss"] == pytest.approx(theirs.log_loss(y, p, labels=names))
    if len(names) == 2:
        assert found["roc_auc_score"] == pytest.approx(theirs.roc_auc_score(y, p[:, 1]))


def test_numbers_are_judged_as_scikit_learn_judges_them() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=50), rng.normal(size=50)
    found = scores(NUMBER, y, p)
    assert found["r2_score"] == pytest.approx(theirs.r2_score(y, p))
    assert found["mean_absolute_error"] == pytest.approx(theirs.mean_absolute_error(y, p))
    assert found["root_mean_squared_error"] == pytest.approx(theirs.root_mean_squared_error(y, p))


@pytest.mark.parametrize("task", [WORDS, PAIR, NUMBER], ids=["many", "two", "numbers"])
def test_every_number_comes_with_an_interval_around_it(task: Task) -> None:
    rng = np.random.default_rng(0)
    if task.classes:
        y, answer = np.array(task.classes)[rng.integers(len(task.classes), size=60)], said(len(task.classes))
    else:
        y, answer = rng.normal(size=60), rng.normal(size=60)
    found, plain = intervals(task, y, answer, seed=0), scores(task, y, answer)
    assert found.keys() == plain.keys()
    for name, row in found.items():
        assert row["estimate"] == plain[name]
        assert row["low"] <= row["estimate"] <= row["high"]
        assert (row["confidence"], row["n"]) == (0.95, 60)
    assert found == intervals(task, y, answer, seed=0)
    assert {DECIDING[task.kind], HEADLINE[task.kind]} <= found.keys()


@pytest.mark.filterwarnings("ignore:balanced_accuracy_score")
def test_rows_of_one_class_have_no_area_under_the_curve() -> None:
    assert "roc_auc_score" not in scores(PAIR, np.array(["no"] * 5), said(2)[:5])


def test_the_answer_is_probabilities_for_classes_and_numbers_else() -> None:
    x, labels = np.zeros((4, 1)), ["no", "yes", "yes", "yes"]
    assert answers(DummyClassifier().fit(x, labels), x, PAIR).tolist() == [[0.25, 0.75]] * 4
    assert answers(DummyRegressor().fit(x, [1.0, 2.0, 3.0, 6.0]), x, NUMBER).tolist() == [3.0] * 4


def test_a_loss_that_one_row_carries_is_told_and_one_that_all_share_is_not() -> None:
    y, sure = np.array(["a", "b", "c"] * 10), np.eye(3)[np.arange(30) % 3] * 0.94 + 0.02
    assert rests_on_one_row(WORDS, y, sure) is None
    sure[4] = [0.98, 0.01, 0.01]  # a "b"
    told = rests_on_one_row(WORDS, y, sure)
    share = -np.log(0.01) / (-np.log(0.01) - 29 * np.log(0.96))
    assert told == f"1 of 30 test rows carries {100 * share:.0f} % of the log loss; its interval rests on that row"
    errors = np.ones(9)
    assert rests_on_one_row(NUMBER, np.zeros(9), errors) is rests_on_one_row(NUMBER, np.zeros(9), 0 * errors) is None
    errors[0] = 100.0
    assert "of the squared error" in str(rests_on_one_row(NUMBER, np.zeros(9), errors))
