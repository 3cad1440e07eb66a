"""The command line as a whole: streams, exit codes, bad input, interruption."""

import json
import os
import pickle
import re
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.cli._main import _apart
from pellucid.datasets import path
from pellucid.errors import DataWarning
from pellucid.linear_model import LogisticRegression
from pellucid.persistence._file import save

GOOD = "x,colour,y\n" + "1.5,red,a\n2.5,blue,b\n3.5,green,c\n" * 10


def assert_one_paragraph(err: str) -> None:
    """One line that begins with the program's name, and no traceback."""
    assert err.startswith("pellucid: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# -- what is asked wrongly: exit code 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fit"], "Missing argument 'FILE_OR_DATASET'. See: pellucid fit --help"),
        (["fit", "iris", "--bogus"], "No such option: --bogus"),
        (["fit", "iris", "--seed", "many"], "Invalid value for '--seed'"),
        (["fit", "iris", "--seed", "-1"], "Invalid value for '--seed'"),
        (["fit", "iris", "--task", "ranking"], "'ranking' is not one of 'auto', 'classification', 'regression'"),
        (["frobnicate"], "No such command 'frobnicate'. See: pellucid --help"),
        (["--quiet"], "Missing command. See: pellucid --help"),
        (["fit", "irsi"], "'irsi' is neither a file here nor a bundled data set; give the path"),
        (["fit", "goud.csv"], "goud.csv does not exist in .*Did you mean good.csv"),
        (["fit", "nowhere/x.csv"], "there is no folder nowhere. Correct the path"),
        (["fit", "."], r"\. is a folder, not .*Name one of the files"),
        (
            ["fit", "good.csv"],
            "which column of good.csv is to be predicted\\? .*--target COLUMN.*there are x, colour, z",
        ),
        (["fit", "good.csv", "--target", "Z1"], "good.csv has no column 'Z1'. Did you mean 'z'"),
        (["fit", "iris", "--target", "speices"], "no column 'speices'. Did you mean 'species'"),
        (["fit", "iris", "--out", "taken"], "taken is there already, and a run overwrites nothing"),
        (["fit", "iris", "--out", "good.csv/x"], "good.csv is not a directory, so good.csv/x cannot be made in it"),
        (["fit", "digits", "--target", "label"], "the data are images, whose labels are the array 'y'"),
        (["predict", "model.pellucid"], "Missing argument 'FILE'"),
        (["predict", "nowhere.pellucid", "good.csv"], "nowhere.pellucid: there is no such file"),
        (["predict", "taken", "good.csv"], "it is a directory; give the path of the model file in it"),
        (["predict", "MODEL", "goud.csv"], "goud.csv does not exist"),
        (["predict", "MODEL", "iris", "-o", "taken"], "taken is a directory; give the path of the CSV file"),
        (["predict", "MODEL", "iris", "-o", "no/x.csv"], "there is no directory no; make it first"),
    ],
)
def test_what_is_asked_wrongly_exits_with_2_and_one_paragraph(
    run: Any, tmp_path: Path, iris_run: Path, words: list[str], says: str
) -> None:
    (tmp_path / "good.csv").write_text(GOOD.replace(",y", ",z"))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "note.txt").write_text("mine")
    before = everything_in(tmp_path)
    done = run(*(iris_run / "model.pellucid" if word == "MODEL" else word for word in words))
    assert (done.code, done.out) == (2, "")
    assert_one_paragraph(done.err)
    assert re.search(says, done.err), done.err
    assert everything_in(tmp_path) == before


# -- what cannot be used: exit code 1

BAD_TABLES: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", r"empty.csv is empty \(0 bytes\); a .* was expected"),
    "header.csv": (b"x,y\n", "header.csv has column names .2. but no rows"),
    "blank.csv": (b"\n\n\n", "blank.csv holds nothing but blank lines"),
    "one_class.csv": (
        b"x,y\n" + b"1.5,a\n2.5,a\n" * 15,
        "the target 'y' has only one class, 'a', in all 30 rows.*Is it",
    ),
    "rare.csv": (
        b"x,y\n" + b"1.5,a\n2.5,b\n" * 15 + b"3,c\n",
        r"classes of fewer than 3 rows: 'c' .1.*merge such classes",
    ),
    "constant.csv": (b"x,y\n" + b"1.5,7.5\n" * 30, "the target 'y' is 7.5 in every row; there is nothing to learn"),
    "missing.csv": (
        b"x,y\n" + b"1.5,a\n2.5,?\n3.5,b\n" * 10,
        r"missing.csv: the target 'y' is missing in 10 of 30 rows \(data rows 2, 5, 8, 11, 14, \.\.\.\).*Fill it in",
    ),
    "ragged.csv": (
        b"x,y\n1,a\n2\n3,b,c\n4,b\n",
        "ragged.csv: 2 rows do not have the 2 cells of the header: line 3 has 1, line 4",
    ),
    "latin.csv": (
        "x,y\n1,a\n2,b\xe9\n".encode("latin-1"),
        "latin.csv, line 3, byte 4 of it.*is not UTF-8.*save it as UTF-8",
    ),
    "nul.csv": (b"x,y\n1,a\x00\n", "nul.csv, line 2.*a NUL byte"),
    "twice.csv": (b"x,x,y\n1,2,a\n", "the column names 'x' stand there more than once"),
    "open.csv": (b'x,y\n1,"a\n2,b\n', 'a quote .".* is opened and not closed'),
    "few.csv": (b"x,y\n" + b"1.5,a\n2.5,b\n" * 5, "the data have 10 rows; at least 20 are needed"),
    "alone.csv": (b"y\n" + b"a\nb\n" * 15, "no column beside the target 'y'"),
    "book.csv": (b"PK\x03\x04" + b"\0" * 30, "is not CSV text but a zip archive"),
    "cut.parquet": (b"PAR1" + b"\0" * 30, "damaged Parquet file"),
    "cut.npz": (b"PK\x03\x04" + b"\0" * 30, "damaged NPZ archive"),
    "text.npz": (b"x,y\n1,2\n", "text.npz is not an NPZ archive"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_table_that_cannot_be_learned_from_exits_with_1_and_one_paragraph(
    run: Any, tmp_path: Path, name: str
) -> None:
    content, says = BAD_TABLES[name]
    (tmp_path / name).write_bytes(content)
    done = run("fit", name, *([] if name.endswith(".npz") else ["--target", "y"]))
    assert (done.code, done.out) == (1, "")
    assert_one_paragraph(done.err)
    assert re.search(says, done.err), done.err
    assert everything_in(tmp_path) == [name]


def corrupt(model: bytes) -> bytes:
    middle = len(model) // 2
    return model[:middle] + bytes([model[middle] ^ 255]) + model[middle + 1 :]


BAD_MODELS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda model: b"", "it is empty. Copy or save it again"),
    "cut short": (lambda model: model[: len(model) // 2], "cut short|damaged"),
    "cut in the header": (lambda model: model[:30], "cut short|damaged"),
    "corrupt": (corrupt, "damaged|does not match its checksum"),
    "a pickle": (lambda model: pickle.dumps({"weights": [1.0]}, protocol=4), "a pickle, which can run any code"),
    "text": (lambda model: b"x,y\n1,2\n", "a text file, perhaps a table"),
    "noise": (lambda model: bytes(range(256)), "not a safetensors file"),
    "too new": (
        lambda model: model.replace(b'"format_version":"1"', b'"format_version":"9"'),
        "format version 9.*Upgrade|damaged",
    ),
}


@pytest.mark.parametrize("name", BAD_MODELS)
def test_a_model_file_that_cannot_be_trusted_exits_with_1(run: Any, tmp_path: Path, iris_run: Path, name: str) -> None:
    damage, says = BAD_MODELS[name]
    (tmp_path / "m.pellucid").write_bytes(damage((iris_run / "model.pellucid").read_bytes()))
    done = run("predict", "m.pellucid", "iris", "-o", "p.csv")
    assert (done.code, done.out) == (1, "")
    assert_one_paragraph(done.err)
    assert re.search(says, done.err), done.err
    assert "m.pellucid" in done.err
    assert everything_in(tmp_path) == ["m.pellucid"]


def test_a_pickle_handed_as_a_model_is_not_opened(run: Any, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "sprung"),)

    (tmp_path / "m.pellucid").write_bytes(pickle.dumps(Trap()))
    assert run("predict", "m.pellucid", "iris").code == 1
    assert everything_in(tmp_path) == ["m.pellucid"]


def test_another_object_of_ours_is_no_model_to_predict_with(run: Any, tmp_path: Path) -> None:
    save(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "m.pellucid")
    done = run("predict", "m.pellucid", "iris")
    assert done.code == 1
    assert_one_paragraph(done.err)
    assert "m.pellucid holds a LogisticRegression, not what `pellucid fit` writes" in done.err


def test_a_table_that_lacks_columns_the_model_needs_is_told_which(run: Any, tmp_path: Path, iris_run: Path) -> None:
    (tmp_path / "new.csv").write_text("sepal length (cm),sepal widht (cm)\n5.1,3.5\n")
    done = run("predict", iris_run / "model.pellucid", "new.csv", "-o", "p.csv")
    assert (done.code, done.out) == (1, "")
    assert_one_paragraph(done.err)
    assert (
        "new.csv lacks 3 of the 4 columns the model reads: 'sepal width (cm)' (closest: 'sepal widht (cm)')" in done.err
    )
    assert "Add them under these names" in done.err
    assert everything_in(tmp_path) == ["new.csv"]


def test_a_cell_that_does_not_fit_its_column_is_told_by_line(run: Any, tmp_path: Path, iris_run: Path) -> None:
    rows = path("iris").read_text("utf-8").splitlines()[:4]
    rows[2] = rows[2].replace(rows[2].split(",")[0], "tall", 1)
    (tmp_path / "new.csv").write_text("\n".join(rows) + "\n")
    done = run("predict", iris_run / "model.pellucid", "new.csv")
    assert done.code == 1
    assert_one_paragraph(done.err)
    assert "line 3: 'tall'" in done.err


# -- what is a mistake of ours


def test_an_error_nobody_expected_is_called_a_bug_and_debug_shows_where(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("pellucid.cli._fit.fit", broken)
    done = run("fit", "iris")
    assert done.code == 1
    assert_one_paragraph(done.err)
    assert "this is a mistake in pellucid, not in your data: ZeroDivisionError: division by zero" in done.err
    assert "--debug" in done.err
    for words in (["--debug", "fit", "iris"], ["fit", "iris", "--debug"]):
        shown = run(*words)
        assert shown.code == 1
        assert "Traceback" in shown.err
        assert shown.err.splitlines()[-1].startswith("pellucid: this is a mistake")


def test_debug_shows_the_traceback_of_any_failure(run: Any) -> None:
    done = run("fit", "irsi", "--debug")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("pellucid: 'irsi' is neither")


# -- streams


def test_no_words_show_the_help_and_the_version_is_told(run: Any) -> None:
    done = run()
    assert done.code == 0
    assert "fit" in done.out and "predict" in done.out
    assert run("--help").out == run("-h").out == done.out
    assert run("--version").out.startswith("pellucid ")
    for command in ("fit", "predict"):
        assert command in run(command, "--help").out


def test_flags_stand_before_or_after_the_command_and_not_after_two_dashes() -> None:
    assert _apart(["fit", "x", "--quiet", "--", "--debug"]) == (["--quiet"], ["fit", "x", "--", "--debug"])
    assert _apart(["--debug", "fit", "--quiet"]) == (["--debug", "--quiet"], ["fit"])


def test_a_reader_that_leaves_is_no_failure(spawn: Any, iris_run: Path) -> None:
    child = spawn("predict", iris_run / "model.pellucid", "iris")
    child.stdout.close()  # nobody will read
    err = child.stderr.read()
    child.stderr.close()
    assert (child.wait(timeout=60), err) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_a_full_disk_under_stdout_is_told_in_one_paragraph(spawn: Any, iris_run: Path) -> None:
    with open("/dev/full", "w") as full, spawn("predict", iris_run / "model.pellucid", "iris", stdout=full) as child:
        err = child.stderr.read()
        assert child.wait(timeout=60) == 1
    assert_one_paragraph(err)
    assert "no space left on device" in err


@pytest.mark.usefixtures("without_network")
def test_a_full_disk_under_the_run_leaves_nothing_behind(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device", "runs/iris/results.json")

    monkeypatch.setattr("pellucid.auto._run_directory.atomic_write", full)
    done = run("--quiet", "fit", "iris")
    assert done.code == 1
    assert_one_paragraph(done.err)
    assert "runs/iris/results.json: no space left on device" in done.err
    assert everything_in(tmp_path) == []


def test_warnings_are_told_as_notes_and_not_when_quiet(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def warned(*_: Any) -> str:
        warnings.warn(DataWarning("mind the gap"), stacklevel=2)
        return ""

    monkeypatch.setattr("pellucid.cli._predict.run_predict", warned)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert run("predict", "a", "b").err == "note: mind the gap\n"
        assert run("predict", "a", "b", "--quiet").err == ""


@pytest.mark.usefixtures("without_network")
def test_json_on_stdout_is_the_file_of_results(run: Any, tmp_path: Path) -> None:
    done = run("fit", "iris", "--json", "--out", "run", "--seed", 4)
    assert done.code == 0
    results = json.loads(done.out)
    assert results == json.loads((tmp_path / "run" / "results.json").read_text("utf-8"))
    assert results["seed"] == 4


# -- leaving


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_at_once_with_130_and_nothing_behind(spawn: Any, tmp_path: Path, number: signal.Signals) -> None:
    rng = np.random.default_rng(0)
    rows = (f"{x:.3f},{y:.3f},{x * y:.3f}" for x, y in rng.normal(size=(20_000, 2)))
    table = tmp_path / "big.csv"
    table.write_text("a,b,y\n" + "\n".join(rows) + "\n")
    with spawn("fit", "big.csv") as child:
        for line in child.stderr:
            if line.startswith("mlp 2/"):
                child.send_signal(number)
                break
        rest = child.stderr.read().splitlines()
        assert child.wait(timeout=60) == 128 + number
        assert child.stdout.read() == ""
    assert rest[-1].startswith("pellucid: stopped by")
    assert "Traceback" not in "".join(rest)
    assert everything_in(tmp_path) == ["big.csv"]


def test_the_handlers_of_the_program_are_given_back(run: Any) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run("--version")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
