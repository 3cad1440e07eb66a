"""The declared commands: what help says, and that saying it waits for nothing heavy."""

import subprocess
import sys
from typing import Any

import pytest

from pellucid.auto._task import check_wanted
from pellucid.cli._app import TaskName, command_line
from pellucid.datasets import names


def test_the_help_of_a_command_names_every_option_of_the_contract(run: Any) -> None:
    fit, predict = run("fit", "--help").out, run("predict", "--help").out
    for option in ("--target", "--out", "--seed", "--task", "--json", "FILE_OR_DATASET"):
        assert option in fit
    for option in ("MODEL", "FILE", "-o", "--out"):
        assert option in predict
    everywhere = run("--help").out
    for option in ("--version", "--debug", "--quiet"):
        assert option in everywhere


def test_the_help_names_the_bundled_sets(run: Any) -> None:
    text = " ".join(run("fit", "--help").out.split())
    assert ", ".join(names()) in text


@pytest.mark.parametrize("name", list(TaskName))
def test_the_tasks_of_the_command_line_are_those_of_the_pipeline(name: TaskName) -> None:
    check_wanted(name.value)


def test_the_commands_are_fit_and_predict() -> None:
    assert sorted(command_line().commands) == ["fit", "predict"]


def test_help_is_shown_without_numpy() -> None:
    code = "import sys; from pellucid.cli import main; main(['fit', '--help']); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
