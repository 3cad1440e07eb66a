"""A bunch shows its shapes and gives itself as columns."""

import dataclasses

import numpy as np
import pytest

from pellucid.datasets import Bunch, load_diabetes, load_digits


def test_columns_carry_the_names_and_classes_by_name():
    bunch = Bunch(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 0]), ("a", "b"), ("no", "yes"), "answer", "")
    columns = bunch.columns()
    assert list(columns) == ["a", "b", "answer"]
    assert columns["b"].tolist() == [2.0, 4.0]
    assert columns["answer"].tolist() == ["yes", "no"]


def test_a_regression_target_stays_numbers():
    bunch = load_diabetes()
    assert bunch.columns()["progression"].dtype == np.float64


def test_repr_shows_shapes_not_numbers():
    assert repr(load_digits()) == (
        "Bunch(data=(1797, 64) float64, target=(1797,) int64 'y', 10 classes, images=(1797, 8, 8))"
    )


def test_a_bunch_cannot_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_diabetes().data = np.zeros(3)
