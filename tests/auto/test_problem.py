"""Data as a problem: what is held apart, what a candidate is given."""

from typing import Any

import numpy as np
import pytest

from pellucid.auto import ImageModel, TableModel
from pellucid.auto._candidates import CLASSIFIERS, IMAGE_CLASSIFIERS, REGRESSORS
from pellucid.auto._problem import ImageProblem, Problem, TableProblem, pose
from pellucid.auto._source import open_source
from pellucid.data import ImageArrays
from pellucid.errors import ColumnError, DataError, ParameterError


def posed(data: Any, target: str | None = None, wanted: Any = "auto", seed: int = 0) -> Problem:
    return pose(open_source(data), target, wanted, np.random.default_rng(seed))


def pictures(n: int = 30, n_test: int = 0, classes: int = 3) -> ImageArrays:
    rng = np.random.default_rng(0)
    x, y = rng.integers(256, size=(n + n_test, 4, 5), dtype=np.uint8), np.arange(n + n_test) % classes
    return ImageArrays(x[:n], y[:n], x[n:], y[n:]) if n_test else ImageArrays(x, y)


def test_preprocessing_is_learned_from_training_rows_alone() -> None:
    """What stands in the other rows changes nothing in the matrix of the training rows."""
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=60), "word": ["a", "b", "c"] * 20, "y": [0, 1] * 30}
    first = posed(columns, "y")
    others = np.setdiff1d(np.arange(60), first.parts.train)
    x, word = columns["x"].copy(), list(columns["word"])
    x[others] = 1e9
    for row in others:
        word[row] = "never seen"
    second = posed({"x": x, "word": word, "y": columns["y"]}, "y")
    np.testing.assert_array_equal(first.parts.train, second.parts.train)
    train, candidate = first.parts.train, CLASSIFIERS[0]
    np.testing.assert_array_equal(first.rows(train, candidate), second.rows(train, candidate))


def test_the_target_is_not_among_the_features() -> None:
    problem = posed("iris")
    assert problem.rows(np.arange(3), CLASSIFIERS[0]).shape == (3, 4)
    model = problem.model(None, CLASSIFIERS[0])
    assert isinstance(model, TableModel)
    assert "species" not in model.kinds


def test_the_kind_of_target_picks_the_candidates() -> None:
    assert posed("iris").candidates is CLASSIFIERS
    assert posed("diabetes").candidates is REGRESSORS
    assert posed("digits").candidates is IMAGE_CLASSIFIERS


def test_images_are_given_as_pixels_to_those_that_want_rows() -> None:
    problem, rows = posed(pictures()), np.array([3, 1])
    baseline, convnet = IMAGE_CLASSIFIERS[0], IMAGE_CLASSIFIERS[-1]
    assert problem.rows(rows, convnet).shape == (2, 4, 5)
    flat = problem.rows(rows, baseline)
    assert (flat.shape, flat.dtype, flat.max() <= 1.0) == ((2, 20), np.float32, True)


def test_a_test_part_that_came_with_the_images_stays_apart() -> None:
    given = pictures(30, 12)
    problem = posed(given)
    rows = problem.parts.open_test()
    assert given.x_test is not None
    np.testing.assert_array_equal(problem.rows(rows, IMAGE_CLASSIFIERS[-1]), given.x_test)
    np.testing.assert_array_equal(problem.y[rows], given.y_test)


def test_the_account_says_what_became_of_each_column() -> None:
    account = posed("iris").account()
    assert account["rows"] == 150
    assert len(account["columns"]) == 5
    assert [row["column"] for row in account["treatment"]] == [line.split(":")[0] for line in account["columns"][:4]]
    assert posed(pictures()).account() == {"rows": 30, "image_shape": [4, 5], "notes": []}


def test_the_model_of_images_knows_their_shape() -> None:
    model = posed(pictures()).model(None, IMAGE_CLASSIFIERS[0])
    assert isinstance(model, ImageModel)
    assert (model.shape, model.flat) == ((4, 5), True)


def test_a_table_of_the_target_alone_is_refused() -> None:
    with pytest.raises(DataError, match="has no column beside the target 'y'"):
        posed({"y": ["a", "b"] * 15}, "y")


def test_images_without_labels_and_labels_never_shown_are_refused() -> None:
    with pytest.raises(DataError, match="the images come without labels y"):
        posed(ImageArrays(np.zeros((30, 4, 4)), None))
    odd = pictures(30, 12)
    assert odd.x_test is not None and odd.y_test is not None
    with pytest.raises(DataError, match="y_test holds the label 9, which no training image has"):
        posed(ImageArrays(odd.x, odd.y, odd.x_test, np.where(odd.y_test == 0, 9, odd.y_test)))


def test_images_have_labels_to_predict_and_no_other_target() -> None:
    with pytest.raises(ParameterError, match="target is 'species', but the data are images"):
        posed(pictures(), "species")
    with pytest.raises(ParameterError, match="images, which are classified"):
        posed(pictures(), wanted="regression")
    assert isinstance(posed(pictures(), "y"), ImageProblem)


def test_an_unknown_target_is_a_column_error() -> None:
    with pytest.raises(ColumnError, match="Did you mean 'species'"):
        posed("iris", "specie")
    assert isinstance(posed("iris", "species"), TableProblem)
