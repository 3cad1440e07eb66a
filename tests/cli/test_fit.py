"""`pellucid fit`."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.auto import fit
from pellucid.persistence._file import load


def test_the_result_says_what_was_chosen_how_good_it_is_and_where_it_lies(run: Any, tmp_path: Path) -> None:
    done = run("fit", "iris")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[: lines.index("")] == str(fit("iris")).splitlines()
    assert lines[lines.index("") + 1 :] == [
        "model    runs/iris/model.pellucid",
        "results  runs/iris/results.json",
        "predict  pellucid predict runs/iris/model.pellucid NEW.csv -o predictions.csv",
    ]
    assert sorted(path.name for path in (tmp_path / "runs" / "iris").iterdir()) == ["model.pellucid", "results.json"]


@pytest.mark.usefixtures("without_network")
def test_the_command_it_prints_predicts(run: Any, tmp_path: Path) -> None:
    out = run("--quiet", "fit", "iris", "--out", "a run").out
    command = shlex.split(out.splitlines()[-1].removeprefix("predict  "))
    assert command[:3] == ["pellucid", "predict", "a run/model.pellucid"]
    done = run(*["iris" if word == "NEW.csv" else word for word in command[1:]])
    assert done.code == 0
    assert (tmp_path / "predictions.csv").read_text().startswith("prediction,probability_setosa")


def test_runs_are_counted_up_and_overwrite_nothing(run: Any, tmp_path: Path) -> None:
    assert "runs/wine/" in run("--quiet", "fit", "wine").out
    first = (tmp_path / "runs" / "wine" / "model.pellucid").read_bytes()
    assert "runs/wine-2/" in run("--quiet", "fit", "wine").out
    assert (tmp_path / "runs" / "wine" / "model.pellucid").read_bytes() == first
    assert (tmp_path / "runs" / "wine-2" / "model.pellucid").read_bytes() == first  # the same seed


def test_progress_goes_to_stderr_one_line_a_step_and_quiet_silences_it(run: Any) -> None:
    told = run("fit", "wine", "--out", "a")
    assert told.err.splitlines()[0] == "cultivar is one of 3 classes (the column holds words)"
    assert any(line.startswith("mlp 1/") for line in told.err.splitlines())
    quiet = run("fit", "wine", "--out", "b", "--quiet")
    assert quiet.err == ""
    assert quiet.out == told.out.replace("a/", "b/")


@pytest.mark.usefixtures("without_network")
def test_the_recorded_command_makes_the_run_again(run: Any, tmp_path: Path) -> None:
    first = json.loads(run("fit", "wine", "--seed", 5, "--json", "--quiet", "--out", "a").out)
    assert first["command"] == "pellucid fit wine --target cultivar --seed 5"
    again = json.loads(run(*shlex.split(first["command"])[1:], "--json", "--quiet", "--out", "b").out)
    for part in ("split", "test", "chosen", "data", "command"):
        assert again[part] == first[part]


@pytest.mark.usefixtures("without_network")
def test_task_and_target_are_handed_on(run: Any, tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 3}" for i in range(60))
    (tmp_path / "t.csv").write_text(f"x,n\n{rows}\n")
    guessed = json.loads(run("fit", "t.csv", "--target", "n", "--json", "--quiet").out)
    asked = json.loads(run("fit", "t.csv", "--target", "n", "--task", "regression", "--json", "--quiet").out)
    assert (guessed["task"]["kind"], asked["task"]["kind"]) == ("classification", "regression")
    assert asked["command"] == "pellucid fit t.csv --target n --task regression --seed 0"


def test_images_are_learned_and_the_next_command_asks_for_images(run: Any, tmp_path: Path) -> None:
    x = np.zeros((40, 6, 6), np.uint8)
    x[:20, 2], x[20:, :, 2] = 255, 255
    np.savez(tmp_path / "bars.npz", x=x, y=np.repeat(["across", "down"], 20))
    done = run("--quiet", "fit", "bars.npz")
    assert done.code == 0
    assert "pellucid predict runs/bars/model.pellucid NEW.npz -o predictions.csv" in done.out
    assert load(tmp_path / "runs" / "bars" / "model.pellucid").predict(x[[0, -1]]).tolist() == ["across", "down"]


@pytest.mark.usefixtures("without_network")
def test_a_table_with_everything_in_it_runs(run: Any, tmp_path: Path) -> None:
    """Missing cells, truths, words, a constant, names of rows, a header with comma and quotes, letters beyond ASCII."""
    rng = np.random.default_rng(0)
    lines = ['"height, in ""cm""",smokes,city,same,id,größe']
    for i in range(80):
        height = "" if i % 9 == 0 else f"{rng.normal(170, 9):.1f}"
        smokes = ["true", "false", "NA"][i % 3]
        lines.append(f"{height},{smokes},{['Ulm', 'Köln', '?'][i % 3]},x,person{i},{['klein', 'groß'][i % 2]}")
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("--quiet", "fit", "people.csv", "--target", "größe")
    assert done.code == 0
    assert run("predict", "runs/people/model.pellucid", "people.csv").out.splitlines()[0] == (
        "prediction,probability_groß,probability_klein"
    )


@pytest.mark.parametrize("file", ["penguins", "titanic", "mpg"])
def test_real_tables_run_with_nothing_but_target(run: Any, shared_data: Path, file: str) -> None:
    target = {"penguins": "species", "titanic": "survived", "mpg": "mpg"}[file]
    done = run("--quiet", "fit", shared_data / f"{file}.csv", "--target", target)
    assert done.code == 0
    assert f"runs/{file}/model.pellucid" in done.out
    predicted = run("predict", f"runs/{file}/model.pellucid", shared_data / f"{file}.csv").out
    rows = (shared_data / f"{file}.csv").read_text().count("\n")
    assert predicted.count("\n") == rows


@pytest.mark.usefixtures("without_network")
@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes are a thing of Linux")
def test_a_file_name_that_is_not_unicode_is_taken(run: Any, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    (tmp_path / name).write_text("x,y\n" + "0,a\n1,b\n" * 15)
    done = run("--quiet", "fit", name, "--target", "y", "--json")
    assert done.code == 0
    assert json.loads(done.out)["data"]["path"] == "caf?.csv"
