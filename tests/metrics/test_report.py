"""The report of all classes: its text and its data."""

import numpy as np
import pytest
import sklearn.metrics

from pellucid.errors import DataError
from pellucid.metrics import accuracy_score, classification_report, f1_score

Y, P = ["ant", "bee", "bee", "cat", "cat", "cat"], ["ant", "bee", "cat", "cat", "cat", "bee"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"digits": 4},
        {"labels": ["cat", "ant"]},
        {"target_names": ["a very long name of a class", "b", "c"]},
        {"sample_weight": [0.5, 1.0, 2.0, 1.0, 1.5, 1.0]},
    ],
)
def test_the_text_is_that_of_scikit_learn_to_the_last_blank(options: dict[str, object]) -> None:
    ours = classification_report(Y, P, **options)  # type: ignore[call-overload]
    assert ours == sklearn.metrics.classification_report(Y, P, **options)


def test_the_data_hold_the_numbers_of_the_metrics() -> None:
    data = classification_report(Y, P, output_dict=True)
    assert list(data) == ["ant", "bee", "cat", "accuracy", "macro avg", "weighted avg"]
    assert data["accuracy"] == accuracy_score(Y, P)
    assert data["macro avg"]["f1-score"] == f1_score(Y, P, average="macro")
    assert data["cat"] == {"precision": 2 / 3, "recall": 2 / 3, "f1-score": pytest.approx(2 / 3), "support": 3.0}


def test_without_all_classes_the_average_over_some_stands_for_the_accuracy() -> None:
    data = classification_report(Y, P, labels=["ant", "bee"], output_dict=True)
    assert list(data)[2:] == ["micro avg", "macro avg", "weighted avg"]


def test_whole_weights_are_shown_as_numbers_of_rows() -> None:
    assert classification_report([1, 0], [1, 0], sample_weight=np.array([2, 3])).split()[-1] == "5"


def test_names_that_are_too_few_are_refused() -> None:
    with pytest.raises(DataError, match="2 target_names for 3 classes; give one each"):
        classification_report(Y, P, target_names=["a", "b"])
