"""The run directory: complete, or not there."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.auto import TableModel, _run_directory
from pellucid.auto._run_directory import MODEL_FILE, RESULTS_FILE, check_free, free_directory, write_run
from pellucid.auto._task import Task
from pellucid.dummy import DummyRegressor
from pellucid.errors import ParameterError
from pellucid.persistence._file import load
from pellucid.preprocessing import TableVectorizer


@pytest.fixture(scope="module")
def model() -> TableModel:
    vectorizer = TableVectorizer().fit({"x": [1.0, 2.0, 3.0]})
    return TableModel(vectorizer, DummyRegressor().fit(np.zeros((3, 1)), [1.0, 2.0, 3.0]), Task("y", ""))


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_it_holds_the_model_and_the_results_and_nothing_else(model: TableModel, tmp_path: Path) -> None:
    out = tmp_path / "runs" / "deep" / "x"
    assert write_run(out, model, {"seed": 3}) == out
    assert everything_in(out) == [MODEL_FILE, RESULTS_FILE]
    assert json.loads((out / RESULTS_FILE).read_text("utf-8")) == {"seed": 3}
    assert load(out / MODEL_FILE).predict({"x": [1.0]}).tolist() == [2.0]
    assert everything_in(tmp_path) == [
        "runs",
        "runs/deep",
        "runs/deep/x",
        f"runs/deep/x/{MODEL_FILE}",
        f"runs/deep/x/{RESULTS_FILE}",
    ]


def test_an_empty_directory_is_taken_and_a_full_one_never(model: TableModel, tmp_path: Path) -> None:
    out = tmp_path / "x"
    out.mkdir()
    write_run(out, model, {})
    before = everything_in(tmp_path)
    with pytest.raises(ParameterError, match="is there already, and a run overwrites nothing"):
        write_run(out, model, {"other": True})
    assert everything_in(tmp_path) == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="is there already"):
        check_free(tmp_path / "file")
    with pytest.raises(ParameterError, match="is not a directory, so"):
        check_free(tmp_path / "file" / "x")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_to_is_refused_before_the_work(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ParameterError, match="may not be written to"):
            check_free(tmp_path / "x")
    finally:
        tmp_path.chmod(0o700)


def test_the_next_free_name_is_counted_up(tmp_path: Path) -> None:
    assert free_directory(tmp_path / "x") == tmp_path / "x"
    (tmp_path / "x").mkdir()
    (tmp_path / "x-2").write_text("")
    (tmp_path / "x-3").symlink_to(tmp_path / "nowhere")
    assert free_directory(tmp_path / "x") == tmp_path / "x-4"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["save", "as_json", "atomic_write"])
def test_whatever_fails_nothing_is_left_behind(
    model: TableModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(_run_directory, step, fail)
    with pytest.raises(type(error)):
        write_run(tmp_path / "runs" / "x", model, {})
    assert everything_in(tmp_path) == []


def test_a_failed_run_leaves_what_was_there_before(
    model: TableModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path / "runs" / "x", model, {})
    before = everything_in(tmp_path)
    monkeypatch.setattr(_run_directory, "save", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_run(tmp_path / "runs" / "y", model, {})
    assert everything_in(tmp_path) == before
