"""Labels as zeros and ones: scikit-learn's numbers, both ways, several labels a row, refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, ModelFileError, NotFittedError, ParameterError
from pellucid.preprocessing import LabelBinarizer

LABELS = st.one_of(
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    st.lists(st.sampled_from(["b", "a", "d"]), min_size=1, max_size=12),
    st.lists(st.booleans(), min_size=1, max_size=12),
    st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=3), min_size=1, max_size=6),
).map(np.array)
NUMBERS: list[dict[str, Any]] = [{}, {"neg_label": -1}, {"neg_label": -2, "pos_label": 0}, {"pos_label": 7}]


@settings(deadline=None, max_examples=200)
@given(LABELS, st.sampled_from([*NUMBERS, {"sparse_output": True}, {"sparse_output": True, "pos_label": 3}]))
def test_zeros_and_ones_are_those_of_scikit_learn_and_lead_back(y: np.ndarray, options: dict[str, Any]) -> None:
    ours, theirs = LabelBinarizer(**options).fit(y), sklearn.preprocessing.LabelBinarizer(**options).fit(y)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    assert (ours.y_type_, ours.sparse_input_) == (theirs.y_type_, theirs.sparse_input_)
    one, other = ours.transform(y), theirs.transform(y)
    assert scipy.sparse.issparse(one) == scipy.sparse.issparse(other)
    dense = [table.toarray() if scipy.sparse.issparse(table) else table for table in (one, other)]
    np.testing.assert_array_equal(*dense)
    assert dense[0].dtype.kind == "i"
    np.testing.assert_array_equal(ours.inverse_transform(one), y)


@settings(deadline=None)
@given(LABELS, st.integers(0, 2**32), st.sampled_from([None, 0.0, 0.3]))
def test_scores_become_labels_as_in_scikit_learn(y: np.ndarray, seed: int, cut: float | None) -> None:
    ours, theirs = LabelBinarizer().fit(y), sklearn.preprocessing.LabelBinarizer().fit(y)
    scores = np.random.default_rng(seed).normal(size=np.shape(ours.transform(y))).round(1)
    np.testing.assert_array_equal(ours.inverse_transform(scores, cut), theirs.inverse_transform(scores, cut))


def test_a_label_that_fit_has_not_seen_is_in_no_class() -> None:
    assert LabelBinarizer().fit(["a", "b", "c"]).transform(["b", "z"]).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert LabelBinarizer().fit([1, 2]).transform([2, 3]).tolist() == [[1], [0]]
    assert LabelBinarizer().fit([5, 5]).transform([5, 6]).tolist() == [[0], [0]]


def test_both_columns_of_a_binary_classifier_are_taken() -> None:
    binarizer = LabelBinarizer().fit(["no", "yes"])
    assert binarizer.inverse_transform(np.array([[0.9, 0.1], [0.2, 0.8]])).tolist() == ["no", "yes"]
    assert binarizer.inverse_transform(np.array([0.1, 0.8])).tolist() == ["no", "yes"]


def test_sparse_rows_of_several_labels_come_back_sparse() -> None:
    y = scipy.sparse.csr_array([[0, 1, 1], [1, 0, 0]])
    binarizer = LabelBinarizer(sparse_output=True).fit(y)
    out = binarizer.inverse_transform(binarizer.transform(y))
    assert scipy.sparse.issparse(out) and out.toarray().tolist() == y.toarray().tolist()


def test_mistakes_are_told_with_what_to_do() -> None:
    with pytest.raises(NotFittedError, match="call fit first"):
        LabelBinarizer().transform(["a"])
    with pytest.raises(ParameterError, match="neg_label=2 must be strictly less than pos_label=1"):
        LabelBinarizer(neg_label=2).fit([0, 1])
    with pytest.raises(ParameterError, match="set sparse_output=False"):
        LabelBinarizer(neg_label=-1, sparse_output=True).fit([0, 1])
    with pytest.raises(ParameterError, match="pos_label is 0.5; it must be a whole number"):
        LabelBinarizer(pos_label=0.5).fit([0, 1])  # type: ignore[arg-type]  # the mistake is the test
    with pytest.raises(DataError, match="Multioutput target data is not supported"):
        LabelBinarizer().fit([[1, 2], [3, 4]])
    with pytest.raises(DataError, match="Unknown label type: continuous"):
        LabelBinarizer().fit([0.5, 1.5])
    with pytest.raises(DataError, match="0 samples"):
        LabelBinarizer().fit([])
    with pytest.raises(DataError, match="was not fitted with multilabel input"):
        LabelBinarizer().fit([1, 2, 3]).transform([[0, 1, 0]])
    with pytest.raises(DataError, match="y has 2 columns, fit saw 3"):
        LabelBinarizer().fit([[0, 1, 0]]).transform([[0, 1]])
    with pytest.raises(DataError, match=r"Y has shape \(1, 2\); give 3 column"):
        LabelBinarizer().fit([1, 2, 3]).inverse_transform([[0.0, 1.0]])


def test_it_is_stored_and_loaded_and_a_damaged_record_refused(tmp_path: Path) -> None:
    binarizer = LabelBinarizer(neg_label=-1).fit(["b", "a", "c"])
    pellucid.save(binarizer, tmp_path / "labels.pellucid")
    again = pellucid.load(tmp_path / "labels.pellucid")
    assert repr(again) == repr(binarizer) == "LabelBinarizer(neg_label=-1)"
    assert again.transform(["c"]).tolist() == [[-1, -1, 1]]
    record = binarizer.to_record()
    record["state"]["y_type_"] = "binary"
    with pytest.raises(ModelFileError, match="no classes of a known kind"):
        LabelBinarizer.from_record(record)
