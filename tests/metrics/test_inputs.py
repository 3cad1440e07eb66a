"""Labels, numbers and weights in, checked and coded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.metrics._inputs import class_list, codes, column_classes, distinct, labels, numbers, positive_label, shown

ANY_LABELS = st.one_of(
    st.lists(st.integers(-(2**40), 2**40), min_size=1),
    st.lists(st.integers(-3, 200_000), min_size=1),
    st.lists(st.booleans(), min_size=1),
    st.lists(st.text(max_size=4).map(lambda t: t.replace("\0", "")), min_size=1),
)


@given(ANY_LABELS, st.booleans())
def test_classes_at_the_codes_are_the_labels(values: list[object], boxed: bool) -> None:
    given_labels = np.array(values, dtype=object if boxed and isinstance(values[0], str) else None)
    classes = distinct(given_labels)
    assert classes.tolist() == sorted(set(values))
    assert classes[codes(given_labels, classes)].tolist() == values


@pytest.mark.parametrize("values", [[3, 9, 4], [3, 2**40, 4], ["b", "z", "c"], [True, False, True]])
def test_a_label_that_is_no_class_has_code_minus_one(values: list[object]) -> None:
    kept = np.array([values[0], values[2]])
    classes = distinct(kept)
    assert codes(np.array(values), classes)[1] == -1
    assert codes(np.array(values, dtype=object), classes)[1] == -1


def test_strings_never_meet_numbers() -> None:
    with pytest.raises(DataError, match="strings on one side, numbers on the other"):
        distinct(np.array(["1"]), np.array([1]))
    for mixed in (["1", 1], ["a", None], ["a", float("nan")]):
        with pytest.raises(DataError, match="missing values, or strings mixed with numbers"):
            distinct(np.array(mixed, dtype=object))


def test_scores_given_as_labels_are_named_with_the_remedy() -> None:
    with pytest.raises(DataError, match=r"y_pred: .*such as 0\.3.*score >= 0\.5"):
        labels([1.0, 0.3], "y_pred")
    with pytest.raises(DataError, match="such as nan"):
        labels([1.0, float("nan")], "y_pred")
    with pytest.raises(DataError, match="such as -inf"):
        labels([1.0, float("-inf")], "y_pred")
    assert labels([1.0, 2.0], "y_pred").tolist() == [1.0, 2.0]


def test_numbers_keep_float32_and_refuse_text() -> None:
    assert numbers(np.ones(2, np.float32), "y").dtype == np.float32
    assert numbers([1, 2], "y").dtype == np.float64
    with pytest.raises(DataError, match="y: holds values that are not numbers"):
        numbers(["1", "x"], "y")
    with pytest.raises(DataError, match="y: holds values that are not numbers .complex"):
        numbers([1 + 2j], "y")


def test_two_columns_are_no_column() -> None:
    with pytest.raises(DataError, match=r"y: has shape \(2, 2\); give one value a row"):
        labels([[1, 0], [0, 1]], "y")
    assert labels([[1], [0]], "y").shape == (2,)


def test_listed_classes_are_checked_against_columns_and_labels() -> None:
    y = np.array(["a", "b"])
    assert column_classes(y, ["a", "b", "c"], 3, "p").tolist() == ["a", "b", "c"]
    for listed, width, message in (
        (["b", "a"], 2, "must be sorted"),
        (["a", "c"], 2, "y_true also holds 'b'"),
        (None, 3, r"2 classes \('a', 'b'\) need one column each, but it has 3"),
        (["a", "b", "b"], 3, "repeats a class"),
    ):
        with pytest.raises(DataError, match=message):
            column_classes(y, listed, width, "p")
    assert class_list(["b", "a"]).tolist() == ["b", "a"]


def test_the_positive_class_is_guessed_for_zero_one_and_minus_one_one_only() -> None:
    assert positive_label(np.array([0, 1]), None) == positive_label(np.array([-1, 1]), None) == 1
    assert positive_label(np.array(["a"]), "a") == "a"
    for y in (["a", "b"], [1, 2]):
        with pytest.raises(DataError, match="say which of them is the positive class"):
            positive_label(np.array(y), None)


def test_a_long_list_is_cut_in_messages() -> None:
    assert shown(list(range(10)), limit=3) == "0, 1, 2 and 7 more"
