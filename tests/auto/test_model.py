"""Models that predict from raw input: by name of column, whatever else stands there, and back from a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.auto import ImageModel, TableModel, fit
from pellucid.auto._model import flattened
from pellucid.auto._task import Task
from pellucid.data import ImageArrays, as_table, read_table
from pellucid.datasets import path
from pellucid.dummy import DummyClassifier, DummyRegressor
from pellucid.errors import ColumnError, DataError, ModelFileError, ParameterError
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.persistence._file import load, save
from pellucid.preprocessing import TableVectorizer

N = 90


def columns(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    size = rng.normal(size=N)
    size[::9] = np.nan
    return {"size": size, "colour": ["red", "blue", None] * (N // 3), "known": [True, False] * (N // 2)}


@pytest.fixture(scope="module")
def classifier() -> TableModel:
    given = columns()
    vectorizer = TableVectorizer().fit(given)
    y = np.array(["hot", "cold"])[(np.nan_to_num(given["size"]) > 0).astype(int)]
    task = Task("feels", "by hand", ("cold", "hot"))
    return TableModel(vectorizer, LogisticRegression().fit(vectorizer.transform(given), y), task)


@pytest.fixture(scope="module")
def regressor() -> TableModel:
    given = columns()
    vectorizer = TableVectorizer().fit(given)
    estimator = LinearRegression().fit(vectorizer.transform(given), np.nan_to_num(given["size"]))
    return TableModel(vectorizer, estimator, Task("weight", "by hand"))


@pytest.fixture(scope="module")
def of_images() -> ImageModel:
    x, y = np.random.default_rng(0).integers(256, size=(20, 3, 4), dtype=np.uint8), np.arange(20) % 2
    return ImageModel(LogisticRegression().fit(flattened(x), y), Task("y", "by hand", (0, 1)), (3, 4), flat=True)


def test_columns_are_found_by_name_in_any_order_and_further_ones_are_not_looked_at(classifier: TableModel) -> None:
    given = columns()
    wanted = classifier.predict_proba(given)
    other = {name: given[name] for name in reversed(given)} | {"feels": ["hot"] * N, "more": list(range(N))}
    for data in (other, pd.DataFrame(other), pl.DataFrame(other, strict=False), as_table(other)):
        np.testing.assert_allclose(classifier.predict_proba(data), wanted)


def test_words_never_seen_and_missing_cells_are_taken(classifier: TableModel) -> None:
    odd = {"size": [None, 1.0], "colour": ["mauve", None], "known": [None, True]}
    assert np.isfinite(classifier.predict_proba(odd)).all()


def test_labels_are_those_of_the_greatest_probability(classifier: TableModel) -> None:
    proba = classifier.predict_proba(columns())
    assert classifier.classes == ("cold", "hot")
    np.testing.assert_array_equal(classifier.predict(columns()), np.array(classifier.classes)[proba.argmax(axis=1)])


def test_a_column_that_is_left_out_of_the_model_is_not_asked_for() -> None:
    given = columns() | {"same": ["x"] * N}
    vectorizer = TableVectorizer().fit(given)
    estimator = DummyRegressor().fit(vectorizer.transform(given), np.ones(N))
    model = TableModel(vectorizer, estimator, Task("y", ""))
    assert list(model.kinds) == ["size", "colour", "known"]
    assert len(model.predict(columns())) == N


def test_every_column_that_lacks_is_named_with_the_closest(classifier: TableModel) -> None:
    table = as_table({"sise": [1.0], "known": [True], "feels": ["hot"]})
    with pytest.raises(
        ColumnError, match=r"lacks 2 of the 3 columns the model reads: 'size' \(closest: 'sise'\), 'colour'"
    ):
        classifier.predict(table)
    with pytest.raises(ColumnError, match="no column 'size'"):
        classifier.predict({"colour": ["red"], "known": [True]})


def test_a_regression_has_numbers_and_no_probabilities(regressor: TableModel) -> None:
    assert regressor.classes == ()
    assert regressor.predict(columns()).dtype.kind == "f"
    with pytest.raises(ParameterError, match="'weight' is a number; it has no classes"):
        regressor.predict_proba(columns())


def test_images_come_as_an_array_or_as_image_arrays_and_in_one_size(of_images: ImageModel) -> None:
    x = np.zeros((2, 3, 4), np.uint8)
    np.testing.assert_array_equal(of_images.predict(x), of_images.predict(ImageArrays(x, None)))
    assert of_images.predict_proba(x).shape == (2, 2)
    with pytest.raises(DataError, match=r"the images have shape \(4, 3\), the model learned from \(3, 4\)"):
        of_images.predict(np.zeros((2, 4, 3)))


def test_bytes_become_numbers_up_to_one_and_others_stay() -> None:
    assert flattened(np.array([[[0, 255]]], np.uint8)).tolist() == [[0.0, 1.0]]
    assert flattened(np.array([[[0.0, 255.0]]])).tolist() == [[0.0, 255.0]]


def test_models_come_back_from_a_file_with_the_same_predictions(
    classifier: TableModel, regressor: TableModel, of_images: ImageModel, tmp_path: Path
) -> None:
    x = np.random.default_rng(1).integers(256, size=(5, 3, 4), dtype=np.uint8)
    for model, data in ((classifier, columns(1)), (regressor, columns(1)), (of_images, x)):
        save(model, tmp_path / "m.pellucid")
        again = load(tmp_path / "m.pellucid")
        assert (type(again), repr(again), again.task) == (type(model), repr(model), model.task)
        np.testing.assert_array_equal(again.predict(data), model.predict(data))


@pytest.mark.usefixtures("without_network")
def test_a_file_is_read_as_the_one_learned_from_was(tmp_path: Path) -> None:
    """Codes that were words stay words, also where a file happens to hold only those that look like numbers."""
    (tmp_path / "learn.csv").write_text("code,x,y\n" + "1,0.5,a\n2,1.5,b\nx,2.5,a\n" * 20)
    (tmp_path / "new.csv").write_text("x,code\n0.5,1\n1.5,2\n")
    model = fit(tmp_path / "learn.csv", "y").model
    assert isinstance(model, TableModel)
    assert model.kinds["code"] == "category"
    assert model.predict(read_table(tmp_path / "new.csv", kinds=model.kinds)).tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "change",
    [
        {"vectorizer": TableVectorizer()},
        {"vectorizer": "TableVectorizer"},
        {"estimator": LogisticRegression()},
        {"estimator": LinearRegression().fit(np.zeros((3, 6)), [0.0, 1.0, 2.0])},
        {"estimator": LogisticRegression().fit([[0.0], [1.0]], ["cold", "hot"])},
        {"estimator": DummyClassifier().fit(np.zeros((2, 6)), ["hot", "lukewarm"])},
        {"estimator": None},
        {"task": Task("feels", "by hand").record()},
        {"task": Task("feels", "by hand", ("cold", "hot", "mild")).record()},
        {"task": {}},
    ],
)
def test_parts_that_do_not_make_a_model_of_tables_are_refused(change: dict[str, Any], classifier: TableModel) -> None:
    assert TableModel.from_record(classifier.to_record()).classes == classifier.classes
    with pytest.raises(ModelFileError):
        TableModel.from_record(classifier.to_record() | change)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (3, 4)},
        {"shape": [3]},
        {"shape": [3, 4.0]},
        {"shape": [3, -4]},
        {"shape": [4, 4]},
        {"flat": 1},
        {"estimator": LinearRegression().fit(np.zeros((3, 12)), [0.0, 1.0, 2.0])},
        {"task": Task("y", "").record()},
    ],
)
def test_parts_that_do_not_make_a_model_of_images_are_refused(change: dict[str, Any], of_images: ImageModel) -> None:
    assert ImageModel.from_record(of_images.to_record()).shape == (3, 4)
    with pytest.raises(ModelFileError):
        ImageModel.from_record(of_images.to_record() | change)


def test_the_repr_tells_what_is_predicted_from_what(classifier: TableModel, of_images: ImageModel) -> None:
    assert repr(classifier) == "TableModel('feels' from 3 columns by LogisticRegression())"
    assert repr(of_images) == "ImageModel(2 classes from images (3, 4) by LogisticRegression())"


@pytest.mark.usefixtures("without_network")
def test_a_model_reads_the_file_it_was_learned_from() -> None:
    model = fit("iris", seed=0).model
    assert isinstance(model, TableModel)
    assert len(model.predict(read_table(path("iris"), kinds=model.kinds))) == 150
