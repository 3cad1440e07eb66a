"""Sets of labels as zeros and ones: scikit-learn's numbers, both ways, refusals."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, DataWarning, DtypeError, ModelFileError, NotFittedError, ParameterError
from pellucid.preprocessing import MultiLabelBinarizer

LABELS = st.sampled_from([list(range(-3, 4)), ["b", "a", "d", "c"], [(2,), (1, 2), (1,)], [0.5, 2.0, -1.0]])


@st.composite
def sets_of_labels(draw: st.DrawFn) -> tuple[list[list[Any]], list[list[Any]], list[Any]]:
    """Rows to fit, new rows, and all labels there can be; rows may be empty, and hold a label twice."""
    labels = draw(LABELS)
    rows = st.lists(st.lists(st.sampled_from(labels), max_size=5), max_size=8)
    return draw(rows), draw(rows), labels


@settings(deadline=None, max_examples=150)
@given(sets_of_labels(), st.booleans(), st.booleans())
def test_zeros_and_ones_are_those_of_scikit_learn_and_lead_back(case: Any, ordered: bool, sparse: bool) -> None:
    fit, new, labels = case
    options = {"classes": labels[::-1] if ordered else None, "sparse_output": sparse}
    ours, theirs = (
        house.MultiLabelBinarizer(**options).fit(fit) for house in (pellucid.preprocessing, sklearn.preprocessing)
    )
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.classes_.dtype == theirs.classes_.dtype
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels that fit has not seen: both say so
        for rows in (fit, new):
            one, other = ours.transform(rows), theirs.transform(rows)
            assert scipy.sparse.issparse(one) == scipy.sparse.issparse(other) == sparse
            dense = [table.toarray() if sparse else table for table in (one, other)]
            np.testing.assert_array_equal(*dense)
            assert dense[0].dtype.kind == "i"
            assert ours.inverse_transform(one) == theirs.inverse_transform(other)
    assert (ours.fit_transform(iter(fit)) != ours.transform(fit)).sum() == 0
    assert (ours.fit_transform(iter(row) for row in fit) != ours.transform(fit)).sum() == 0


def test_a_row_has_every_label_that_it_gave_and_no_other() -> None:
    rows = [{"b", "a"}, set(), {"c"}]
    binarizer = MultiLabelBinarizer().fit(rows)
    assert [set(row) for row in binarizer.inverse_transform(binarizer.transform(rows))] == rows


def test_labels_that_fit_has_not_seen_are_left_out_and_said_so() -> None:
    binarizer = MultiLabelBinarizer().fit([[1, 2]])
    with pytest.warns(DataWarning, match=r"unknown class\(es\) \[0, 4\] will be ignored"):
        assert binarizer.transform([[4, 1], [2, 0]]).tolist() == [[1, 0], [0, 1]]
    with pytest.warns(DataWarning, match=r"\[3, 4, 5, 6, 7\] and 1 more will"):
        binarizer.transform([range(3, 9)])


@pytest.mark.parametrize(
    "error, words, y",
    [
        (DataError, "row 0 of y is 'drama', whose letters.*give a list of labels a row", ["drama", "comedy"]),
        (DataError, "row 1 of y is 3, and no set of labels", [[1], 3]),
        (DataError, "no order .int, str.*give the order as `classes`", [["a", 1]]),
        (DtypeError, "row 1 of y has labels that are lists", [[(1,)], [[1]]]),
    ],
)
def test_what_is_no_list_of_label_sets_is_refused_in_words(error: type[Exception], words: str, y: Any) -> None:
    with pytest.raises(error, match=words):
        MultiLabelBinarizer().fit(y)


def test_mistakes_are_told_with_what_to_do() -> None:
    with pytest.raises(NotFittedError, match="call fit first"):
        MultiLabelBinarizer().transform([["a"]])
    with pytest.raises(ParameterError, match="contains duplicate classes"):
        MultiLabelBinarizer(classes=[1, 3, 1]).fit([])
    with pytest.raises(ParameterError, match="classes is 'ab'; it must be a list of labels"):
        MultiLabelBinarizer(classes="ab").fit([])
    binarizer = MultiLabelBinarizer().fit([["a", "b"]])
    with pytest.raises(DataError, match=r"Expected only 0s and 1s in label indicator. Also got \[0.3\]"):
        binarizer.inverse_transform(np.array([[0.3, 1.0]]))
    for wrong in (np.ones((1, 3)), np.ones(2)):
        with pytest.raises(DataError, match="Expected indicator for 2 classes, but got shape"):
            binarizer.inverse_transform(wrong)


def test_it_is_stored_and_loaded_and_a_damaged_record_refused(tmp_path: Path) -> None:
    binarizer = MultiLabelBinarizer(sparse_output=True).fit([["b", "a"], ["c"]])
    pellucid.save(binarizer, tmp_path / "labels.pellucid")
    again = pellucid.load(tmp_path / "labels.pellucid")
    assert repr(again) == repr(binarizer) == "MultiLabelBinarizer(sparse_output=True)"
    assert again.transform([["c"]]).toarray().tolist() == [[0, 0, 1]]
    record = binarizer.to_record()
    record["state"]["classes_"] = "abc"
    with pytest.raises(ModelFileError, match="no list of classes"):
        MultiLabelBinarizer.from_record(record)
    assert repr(MultiLabelBinarizer.from_record(MultiLabelBinarizer().to_record())) == "MultiLabelBinarizer()"
