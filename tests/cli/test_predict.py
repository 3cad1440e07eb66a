"""`pellucid predict`."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.auto import fit
from pellucid.data import read_table
from pellucid.datasets import path
from pellucid.persistence._file import load, save


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


def test_classes_come_with_their_probabilities_to_the_last_digit(run: Any, iris_run: Path) -> None:
    done = run("predict", iris_run / "model.pellucid", "iris")
    assert (done.code, done.err) == (0, "")
    header, *rows = rows_of(done.out)
    assert header == ["prediction", "probability_setosa", "probability_versicolor", "probability_virginica"]
    model = load(iris_run / "model.pellucid")
    table = read_table(path("iris"))
    assert [row[0] for row in rows] == model.predict(table).tolist()
    np.testing.assert_array_equal(np.array([row[1:] for row in rows], float), model.predict_proba(table))


def test_the_target_column_may_be_missing_and_the_order_may_differ(run: Any, tmp_path: Path, iris_run: Path) -> None:
    whole = run("predict", iris_run / "model.pellucid", "iris").out
    table = read_table(path("iris")).drop("species")
    table.select(reversed(table.columns)).frame.write_csv(tmp_path / "new.csv")
    assert run("predict", iris_run / "model.pellucid", "new.csv").out == whole


def test_a_file_is_written_whole_and_told_of(run: Any, tmp_path: Path, iris_run: Path) -> None:
    printed = run("predict", iris_run / "model.pellucid", "iris").out
    done = run("predict", iris_run / "model.pellucid", "iris", "-o", "p.csv")
    assert (done.code, done.out, done.err) == (0, "", "150 predictions of species in p.csv\n")
    assert (tmp_path / "p.csv").read_text() == printed
    assert run("predict", iris_run / "model.pellucid", "iris", "--out", "p.csv", "--quiet").err == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.csv"]


def test_a_disk_that_fills_up_leaves_the_old_file(
    run: Any, tmp_path: Path, iris_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "p.csv")

    (tmp_path / "p.csv").write_text("old")
    monkeypatch.setattr("os.fsync", full)
    done = run("predict", iris_run / "model.pellucid", "iris", "-o", "p.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("pellucid: p.csv: no space left on device")
    assert (tmp_path / "p.csv").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.csv"]


@pytest.mark.usefixtures("without_network")
def test_numbers_are_predicted_in_one_column(run: Any, tmp_path: Path) -> None:
    model = fit("diabetes", seed=0, out=tmp_path / "run").model
    done = run("predict", "run/model.pellucid", "diabetes")
    header, *rows = rows_of(done.out)
    assert header == ["prediction"]
    wanted = model.predict(read_table(path("diabetes")))
    np.testing.assert_array_equal(np.array(rows, dtype=wanted.dtype).ravel(), wanted)


@pytest.mark.usefixtures("without_network")
def test_labels_with_separators_quotes_and_newlines_are_quoted(run: Any, tmp_path: Path) -> None:
    labels = ['a,"b"', "c\nd", " e "]
    data = {"x": [0.0, 5.0, 10.0] * 12, "y": labels * 12}
    save(fit(data, "y", seed=0).model, tmp_path / "m.pellucid")
    (tmp_path / "new.csv").write_text("x\n0\n5\n10\n")
    header, *rows = rows_of(run("predict", "m.pellucid", "new.csv").out)
    found = [name.removeprefix("probability_") for name in header[1:]]
    assert sorted(found) == sorted(label.strip() for label in labels)
    assert {row[0] for row in rows} <= set(found)


@pytest.mark.usefixtures("without_network")
@pytest.mark.parametrize(
    ("labels", "names"), [([True, False], ["False", "True"]), ([3, 1], ["1", "3"]), (["no", "yes"], ["no", "yes"])]
)
def test_labels_of_every_kind_are_named_alike_in_rows_and_header(
    run: Any, tmp_path: Path, labels: list[Any], names: list[str]
) -> None:
    save(fit({"x": [0.0, 9.0] * 20, "y": labels * 20}, "y", seed=0).model, tmp_path / "m.pellucid")
    (tmp_path / "new.csv").write_text("x\n0\n9\n")
    header, *rows = rows_of(run("predict", "m.pellucid", "new.csv").out)
    assert header[1:] == [f"probability_{name}" for name in names]
    assert [row[0] for row in rows] == [str(label) for label in labels]


def test_images_are_predicted_with_labels_or_without_and_all_that_are_there(run: Any, tmp_path: Path) -> None:
    x = np.zeros((40, 6, 6), np.uint8)
    x[:20, 2], x[20:, :, 2] = 255, 255
    y = np.repeat(["across", "down"], 20)
    np.savez(tmp_path / "learn.npz", x=x, y=y)
    np.savez(tmp_path / "plain.npz", x=x)
    np.savez(tmp_path / "both.npz", x_train=x[:30], x_test=x[30:])
    assert run("--quiet", "fit", "learn.npz", "--out", "run").code == 0
    printed = run("predict", "run/model.pellucid", "learn.npz").out
    assert [row[0] for row in rows_of(printed)[1:]] == y.tolist()
    assert run("predict", "run/model.pellucid", "plain.npz").out == printed
    assert run("predict", "run/model.pellucid", "both.npz").out == printed


def test_images_for_a_table_and_a_table_for_images_are_refused(run: Any, tmp_path: Path, iris_run: Path) -> None:
    done = run("predict", iris_run / "model.pellucid", "digits")
    assert done.code == 1
    assert "Pictures are read by" in done.err
    np.savez(tmp_path / "learn.npz", x=np.random.default_rng(0).integers(9, size=(30, 3, 3)), y=np.arange(30) % 2)
    run("--quiet", "fit", "learn.npz", "--out", "run")
    done = run("predict", "run/model.pellucid", "iris")
    assert done.code == 1
    assert "is not an NPZ archive" in done.err
    np.savez(tmp_path / "wide.npz", x=np.zeros((2, 3, 4)))
    done = run("predict", "run/model.pellucid", "wide.npz")
    assert done.code == 1
    assert "the images have shape (3, 4), the model learned from (3, 3)" in done.err
