"""What a target column asks for."""

from typing import Any

import numpy as np
import pytest

from pellucid.auto._task import Task, check_wanted, labels_task, task_of
from pellucid.data import as_table
from pellucid.errors import ColumnError, DataError, ModelFileError, ParameterError


def posed(values: list[Any], wanted: Any = "auto") -> tuple[Task, np.ndarray]:
    return task_of(as_table({"y": values}), "y", wanted)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "a", "c"] * 3, ("a", "b", "c")),
        ([True, False] * 3, (False, True)),
        ([3.0, 1.0] * 3, (1, 3)),
        (list(range(10)) * 3, tuple(range(10))),
        ([-1, 1] * 3, (-1, 1)),
    ],
)
def test_words_truths_and_a_few_whole_numbers_are_classes(values: list[Any], classes: tuple[Any, ...]) -> None:
    task, y = posed(values)
    assert (task.kind, task.classes) == ("classification", classes)
    assert y.tolist() == values


@pytest.mark.parametrize("values", [[0.5, 1.5] * 3, list(range(11)) * 3])
def test_fractions_and_many_whole_numbers_are_numbers(values: list[Any]) -> None:
    task, y = posed(values)
    assert (task.kind, task.classes, y.dtype) == ("regression", (), np.float64)


def test_what_is_asked_for_goes_before_the_guess() -> None:
    assert posed([1, 2, 3] * 3, "regression")[0] == Task("y", "asked for")
    task, y = posed(list(range(12)) * 3, "classification")
    assert (task.why, len(task.classes), y.dtype) == ("asked for", 12, np.int64)


@pytest.mark.parametrize(
    ("values", "wanted", "message"),
    [
        (["a"] * 5, "auto", "the target 'y' has only one class, 'a', in all 5 rows.*Is it the right column"),
        ([True] * 5, "auto", "has only one class, True, in all 5 rows"),
        ([7.0] * 5, "regression", "the target 'y' is 7 in every row; there is nothing to learn"),
        (["a"] * 5 + ["b"] * 2, "auto", r"classes of fewer than 3 rows: 'b' \(2\)\. .*merge such classes, or drop"),
        ([1] * 5 + [2], "auto", r"2 \(1\)\. .*have the numbers taken as numbers \(task regression\)"),
        ([f"w{i}" for i in range(9)], "auto", r"'w0' \(1\), .* and 4 more"),
        (["a", None, "b", None], "auto", r"the target 'y' is missing in 2 of 4 rows \(data rows 2, 4\).*Fill it in"),
        ([1.5, float("nan")], "auto", r"missing in 1 of 2 rows \(data rows 2\)"),
        ([None] * 9, "auto", r"missing in 9 of 9 rows \(data rows 1, 2, 3, 4, 5, \.\.\.\)"),
        ([1.5, float("inf")], "auto", "infinite in data row 2"),
        (["a", "b"] * 3, "regression", "holds words such as 'a', and a regression predicts numbers"),
        ([True, False] * 3, "regression", "holds truth values such as True"),
        ([0.5, 1.5] * 3, "classification", "holds fractions such as 0.5, which are no classes"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused_with_the_reason(
    values: list[Any], wanted: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        posed(values, wanted)


def test_a_target_that_is_not_there_is_a_column_error() -> None:
    with pytest.raises(ColumnError, match="no column 'z'"):
        task_of(as_table({"y": [1.0]}), "z", "auto")


def test_labels_of_images_are_classes_whatever_their_number() -> None:
    task, y = labels_task(np.repeat(np.arange(20.0), 3), "y")
    assert (len(task.classes), y.dtype) == (20, np.int64)
    with pytest.raises(DataError, match="fractions such as 0.5"):
        labels_task(np.array([0.5, 1.0] * 3), "y")


def test_only_known_tasks_can_be_asked_for() -> None:
    check_wanted("auto")
    with pytest.raises(ParameterError, match="task is 'ranking'; it must be 'auto', 'classification' or 'regression'"):
        check_wanted("ranking")


@pytest.mark.parametrize("task", [Task("y", "w", ("a", "b")), Task("y", "w", (False, True)), Task("y", "w")])
def test_a_task_comes_back_from_its_record(task: Task) -> None:
    assert Task.from_record(task.record()) == task


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "ranking"},
        {"kind": "regression"},
        {"target": 3},
        {"why": None},
        {"classes": ("a", "b")},
        {"classes": ["b", "a"]},
        {"classes": ["a", "a"]},
        {"classes": ["a"]},
        {"classes": []},
        {"classes": [1, "a"]},
        {"classes": [0.5, 1.5]},
        {"more": 1},
    ],
)
def test_a_record_of_no_task_is_refused(change: dict[str, Any]) -> None:
    record = Task("y", "w", ("a", "b")).record() | change
    with pytest.raises(ModelFileError, match="damaged"):
        Task.from_record(record)
    with pytest.raises(ModelFileError):
        Task.from_record(None)
