"""The bundled sets against scikit-learn's, whose copies they are, and the promises of their files."""

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid import datasets
from pellucid.data import read_images, read_table
from pellucid.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("breast_cancer", "diabetes", "digits", "iris", "wine")
TABLES = tuple(name for name in NAMES if name != "digits")


@pytest.mark.parametrize("name", NAMES)
def test_each_set_equals_the_one_of_scikit_learn(name):
    theirs = getattr(pytest.importorskip("sklearn.datasets"), f"load_{name}")()
    ours = getattr(datasets, f"load_{name}")()
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-14 if name != "diabetes" else 1e-9, atol=1e-15)
    np.testing.assert_array_equal(ours.target, theirs.target)
    assert ours.feature_names == tuple(theirs.feature_names)
    if name != "diabetes":
        assert ours.target_names == tuple(map(str, theirs.target_names))


def test_diabetes_unscaled_equals_the_one_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets").load_diabetes(scaled=False)
    np.testing.assert_array_equal(datasets.load_diabetes(scaled=False).data, theirs.data)


def test_digits_have_the_pictures_beside_the_rows():
    digits = datasets.load_digits()
    np.testing.assert_array_equal(digits.images.reshape(1797, 64), digits.data)


@pytest.mark.parametrize("name", NAMES)
def test_the_short_form_gives_the_same_two_arrays(name):
    load = getattr(datasets, f"load_{name}")
    x, y = load(return_X_y=True)
    np.testing.assert_array_equal(x, load().data)
    np.testing.assert_array_equal(y, load().target)


@pytest.mark.parametrize("name", NAMES)
def test_each_set_says_where_it_comes_from(name):
    description = getattr(datasets, f"load_{name}")().description
    assert all(word in description for word in ("Source: http", "Citation: ", "Licence: "))
    assert datasets.path(name).name in (ROOT / "src/pellucid/datasets/SOURCES.md").read_text()


def test_names_path_and_target_tell_of_the_same_sets():
    assert datasets.names() == NAMES
    for name in TABLES:
        with datasets.path(name).open(newline="") as file:
            assert next(csv.reader(file))[-1] == datasets.target(name)
    with np.load(datasets.path("digits"), allow_pickle=False) as arrays:
        assert sorted(arrays) == ["x", "y"]


@pytest.mark.parametrize("ask", [datasets.path, datasets.target])
def test_a_name_that_is_not_bundled_is_an_error_with_the_closest_one(ask):
    with pytest.raises(DataError, match=r"'irsi' is not bundled; .*wine\. Did you mean 'iris'\?"):
        ask("irsi")
    with pytest.raises(DataError, match=r"'mnist' is not bundled; the bundled sets are breast_cancer, "):
        ask("mnist")


@pytest.mark.parametrize("name", TABLES)
def test_each_file_reads_as_a_table_of_the_same_numbers(name):
    table = read_table(datasets.path(name))
    loader = getattr(datasets, f"load_{name}")
    bunch = loader(scaled=False) if name == "diabetes" else loader()
    for d, feature in enumerate(bunch.feature_names):
        np.testing.assert_array_equal(table.column(feature), bunch.data[:, d])
    assert table.column(datasets.target(name)).tolist() == bunch.columns()[bunch.target_column].tolist()


def test_the_digits_file_reads_as_images():
    images = read_images(datasets.path("digits"))
    np.testing.assert_array_equal(images.x, datasets.load_digits().images)
    np.testing.assert_array_equal(images.y, datasets.load_digits().target)


def test_the_files_are_what_the_export_script_writes(tmp_path):
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location("export_datasets", ROOT / "scripts" / "export_datasets.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    for name in TABLES:
        assert (tmp_path / f"{name}.csv").read_bytes() == datasets.path(name).read_bytes()
    with np.load(tmp_path / "digits.npz") as new, np.load(datasets.path("digits")) as kept:
        assert all(np.array_equal(new[key], kept[key]) and new[key].dtype == kept[key].dtype for key in "xy")


def test_loading_needs_nothing_but_numpy():
    heavy = "{'scipy', 'polars', 'narwhals', 'pandas', 'sklearn', 'urllib.request', 'ssl'}"
    code = (
        "import sys; from pellucid import datasets; "
        "[getattr(datasets, 'load_' + name)() for name in datasets.names()]; datasets.make_moons(); "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert found.stdout.strip() == "[]"
