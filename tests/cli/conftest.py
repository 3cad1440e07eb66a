"""A command line to call, and what it did."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

import pellucid
from pellucid.auto import _problem
from pellucid.cli import main

CALL = [sys.executable, "-c", "import sys; from pellucid.cli import main; sys.exit(main())"]
ENVIRONMENT = {"PYTHONPATH": str(Path(pellucid.__file__).parents[1]), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`pellucid` with these words, in an empty directory of its own, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")

    def call(*words: object) -> Done:
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return call


@pytest.fixture
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fit` in this process tries the baseline and the linear model only."""
    monkeypatch.setattr(_problem, "CLASSIFIERS", _problem.CLASSIFIERS[:2])
    monkeypatch.setattr(_problem, "REGRESSORS", _problem.REGRESSORS[:2])


@pytest.fixture
def spawn(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """`pellucid` with these words as a process of its own, in an empty directory of its own."""

    def call(
        *words: object, environment: dict[str, str] | None = None, stdout: Any = PIPE, stderr: Any = PIPE
    ) -> "subprocess.Popen[str]":
        command, settings = [*CALL, *map(str, words)], {**ENVIRONMENT, **(environment or {})}
        return subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=tmp_path, env=settings, text=True)

    return call


@pytest.fixture(scope="session")
def iris_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory of iris."""
    out = tmp_path_factory.mktemp("runs") / "iris"
    assert main(["--quiet", "fit", "iris", "--out", str(out)]) == 0
    return out
