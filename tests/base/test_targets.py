"""Labels, targets and weights become arrays of one kind, or an error that says what is wrong with them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.base import check_labels, check_targets, check_weights, class_weights
from pellucid.errors import DataError, DataWarning, ParameterError


@pytest.mark.parametrize(
    ("y", "classes", "dtype"),
    [
        ([2, 0, 2], [0, 2], "int64"),
        ([2.0, 0.0, 2.0], [0.0, 2.0], "float64"),
        ([True, False, True], [False, True], "bool"),
        (["b", "a", "b"], ["a", "b"], "<U1"),
        (np.array(["b", "a", "b"], dtype=object), ["a", "b"], "<U1"),
        (np.array(["b", "a", "b"], dtype=np.dtypes.StringDType()), ["a", "b"], "<U1"),
        (np.array([2, 0, 2], dtype=object), [0, 2], "int64"),
        (np.array([np.str_("b"), "a", "b"], dtype=object), ["a", "b"], "<U1"),
        (pd.Series(["b", "a", "b"]), ["a", "b"], "<U1"),
        (pd.Series(["b", "a", "b"], dtype="category"), ["a", "b"], "<U1"),
        (pl.Series(["b", "a", "b"]), ["a", "b"], "<U1"),
        (pl.Series([2, 0, 2]), [0, 2], "int64"),
    ],
    ids=repr,
)
def test_labels_become_sorted_classes_of_one_plain_dtype_and_their_numbers(
    y: object, classes: list, dtype: str
) -> None:
    found, codes = check_labels(y, 3, where="t")
    assert (found.tolist(), str(found.dtype), codes.tolist()) == (classes, dtype, [1, 0, 1])


@pytest.mark.parametrize(
    "y",
    [
        np.array([-128, 127, 5], np.int8),
        np.array([3, 3, 2**62]),
        np.array([-(2**63), -(2**63) + 1, -(2**63)]),
        np.array([5], np.int16),
        np.arange(-128, 128, dtype=np.int8).repeat(3),
        np.array([9, 4, 4, 7, 9], np.uint8),
    ],
    ids=repr,
)
def test_whole_numbers_are_told_apart_as_numpy_tells_them(y: np.ndarray) -> None:
    classes, codes = check_labels(y, len(y), where="here")
    wanted = np.unique(y, return_inverse=True)
    np.testing.assert_array_equal(classes, wanted[0])
    np.testing.assert_array_equal(codes, wanted[1])
    assert (classes.dtype, codes.dtype) == (y.dtype, wanted[1].dtype)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (None, "t requires y to be passed, but the target y is None"),
        ([0, 1], "X has 3 rows and y has 2; give one target for each row"),
        ([0.5, 1.0, 2.0], "Unknown label type: continuous. y holds numbers such as 0.5, not classes; use a regressor"),
        ([np.inf, 1.0, 2.0], "Unknown label type: continuous. y holds numbers such as inf"),
        ([np.nan, 1.0, np.nan], "y contains NaN in 2 of 3 rows, first 0, 2; drop these rows"),
        (np.array(["a", None, "b"], dtype=object), "y contains missing in 1 of 3 rows, first 1"),
        (pd.Series(["a", pd.NA, "b"], dtype="string"), "y contains missing in 1 of 3 rows, first 1"),
        (["a", float("nan"), "b"], "y contains missing in 1 of 3 rows, first 1"),
        (np.array(["a", 1, "b"], dtype=object), "y mixes text with other labels such as 1; give one kind"),
        (np.array([(1, 2), (3,), 0], dtype=object), "Unknown label type: tuple; labels are integers, booleans or text"),
        ([1j, 0, 0], "Complex data not supported; y is complex128"),
        (np.zeros((3, 2)), r"y should be a 1d array, got an array of shape \(3, 2\)"),
        (np.array(["2020"] * 3, dtype="M8[Y]"), "Unknown label type: datetime64"),
    ],
    ids=repr,
)
def test_what_are_no_labels_is_refused_with_the_remedy(y: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        check_labels(y, 3, where="t")


def test_a_column_of_labels_is_taken_with_a_warning() -> None:
    with pytest.warns(DataWarning, match=r"A column-vector y was passed .* give y.ravel\(\)"):
        assert check_labels([[0], [1], [0]], 3, where="t")[1].tolist() == [0, 1, 0]


@pytest.mark.parametrize("y", [[1, 2, 3], pd.Series([1, 2, 3]), np.array([1, 2, 3], dtype=object)], ids=repr)
def test_targets_become_float64(y: object) -> None:
    targets = check_targets(y, 3, where="t")
    assert (targets.tolist(), targets.dtype) == ([1.0, 2.0, 3.0], np.float64)


def test_targets_in_float32_stay_so_and_several_columns_only_where_asked_for() -> None:
    y = np.zeros((3, 2), np.float32)
    assert check_targets(y, 3, where="t", many=True) is y
    with pytest.raises(DataError, match="y should be a 1d array"):
        check_targets(y, 3, where="t")


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (["a", "b", "c"], "y is <U1, not numbers; use a classifier"),
        (np.array([1, "b", 2], dtype=object), "y does not hold numbers .* use a classifier"),
        ([1.0, np.nan, np.nan], "y contains NaN in 2 of 3 rows, first 1, 2"),
        ([1.0, -np.inf, 1.0], "y contains inf in 1 of 3 rows, first 1"),
        (np.array([1.0, None, 2.0], dtype=object), "y contains NaN in 1 of 3 rows"),
        ([[1, 2], [np.nan, np.nan], [1, 2]], "y contains NaN in 1 of 3 rows, first 1"),
        (3.0, r"y should be a 1d array, got an array of shape \(\)"),
    ],
    ids=repr,
)
def test_what_are_no_targets_is_refused_with_the_remedy(y: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        check_targets(y, 3, where="t", many=True)


@pytest.mark.parametrize(
    ("weight", "says"),
    [
        ([1, 2], r"sample_weight has shape \(2,\); give one weight a row, shape \(3,\)"),
        ([1, np.nan, 2], "sample_weight has 1 entries that are NaN or inf"),
        ([1, -1, -2], "sample_weight has 2 negative entries"),
        ([0, 0, 0], "every sample_weight is zero"),
        (["a", "b", "c"], "sample_weight is <U1, not numbers"),
        ([1e308, 1e308, 1.0], "sample_weight sums to inf, and means need sums below 1e.300; divide all weights"),
    ],
)
def test_weights_that_cannot_be_are_refused(weight: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        check_weights(weight, 3, where="t")


def test_one_weight_is_for_all_and_none_is_none() -> None:
    assert check_weights(2, 3, where="t").tolist() == [2.0, 2.0, 2.0]
    assert check_weights(None, 3, where="t") is None


CLASSES, CODES = np.array(["a", "b"]), np.array([0, 0, 0, 1])


def test_balanced_classes_weigh_the_same_in_all_with_and_without_weights_of_rows() -> None:
    for weights in (None, np.array([1.0, 0.5, 0.0, 7.0])):
        balanced = class_weights("balanced", CLASSES, CODES, weights, where="t")
        total = np.bincount(CODES, weights=balanced)
        np.testing.assert_allclose(total, total.sum() / 2)
        np.testing.assert_allclose(total.sum(), 4.0 if weights is None else weights.sum())


def test_a_mapping_weighs_the_classes_it_names_and_leaves_the_others() -> None:
    assert class_weights({"b": 5.0}, CLASSES, CODES, None, where="t").tolist() == [1.0, 1.0, 1.0, 5.0]
    assert class_weights({"b": 5.0}, CLASSES, CODES, np.full(4, 2.0), where="t").tolist() == [2.0, 2.0, 2.0, 10.0]
    assert class_weights(None, CLASSES, CODES, None, where="t") is None


@pytest.mark.parametrize(
    ("class_weight", "says"),
    [
        ({"c": 1.0}, "class_weight names the label 'c'; y has 'a', 'b'"),
        ({"a": -1.0}, "class_weight of 'a' is -1.0; it must be a number >= 0"),
        ({"a": np.nan}, "class_weight of 'a' is nan"),
        ({"a": np.inf}, "class_weight of 'a' is inf"),
        ({"a": "2"}, "class_weight of 'a' is '2'"),
        ({"a": 0, "b": 0}, "leave every row with weight zero"),
        ({"a": 1e308}, "together sum to inf, and means need sums below 1e.300"),
    ],
)
def test_class_weights_that_cannot_be_are_refused(class_weight: dict, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        class_weights(class_weight, CLASSES, CODES, None, where="t")
