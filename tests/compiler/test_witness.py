"""What a function asked while it was traced is refused by the user's line, or looked at before every call."""

import datetime
import os
import random
import sys
import time
import types
import uuid
from collections.abc import Callable
from datetime import datetime as moment
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor, compile, nn
from pellucid.compiler._witness import Witness
from pellucid.errors import TraceError

X = np.ones(3)

ASKING: dict[str, Callable[[Any], Any]] = {
    "a clock, time.time,": lambda x: x * time.time(),
    "a clock, time.perf_counter,": lambda x: x * perf_counter(),
    "a clock, time.monotonic_ns,": lambda x: x * time.monotonic_ns(),
    "a clock, time.localtime,": lambda x: x * time.localtime().tm_sec,
    "a clock, datetime.now,": lambda x: x * moment.now().second,
    "a clock, date.today,": lambda x: x * datetime.date.today().day,
    "for random numbers without a seed, ": lambda x: x * np.random.default_rng().normal(),
}

DRAWING: dict[str, Callable[[Any], Any]] = {
    "the system": lambda x: x * os.urandom(1)[0],
    "a generator of Python's": lambda x: x * random.Random().random(),
    "a number that is nowhere twice": lambda x: x * (uuid.uuid4().int % 7),
    "a layer": lambda x: nn.Linear(3, 2, dtype=np.float64)(x.reshape(1, 3)),
}


@pytest.mark.parametrize("what", ASKING)
def test_a_clock_or_chance_is_refused_with_the_line_and_the_remedy(what: str) -> None:
    with pytest.raises(TraceError, match=rf"asks {what}.*{__file__}:\d+.*Ask before the call and hand it in"):
        compile(ASKING[what], engine="numpy")(X)


@pytest.mark.parametrize("source", DRAWING)
def test_every_source_without_a_seed_is_refused(source: str) -> None:
    with pytest.raises(TraceError, match=f"random numbers without a seed, {__file__}"):
        compile(DRAWING[source], engine="numpy")(X)


def test_what_has_a_seed_and_what_only_python_itself_asks_is_no_matter() -> None:
    import logging

    def step(x: Any) -> Any:
        logging.getLogger("pellucid.test").warning("%s", datetime.date(2020, 1, 1))  # which notes the time
        layer = nn.Linear(3, 2, seed=0, dtype=np.float64)
        return layer(x.reshape(1, 3)).sum() + np.random.default_rng(0).normal() + random.Random(0).random()

    fast = compile(step, engine="numpy")
    assert fast(X).item() == pytest.approx(step(Tensor(X)).item()) == fast(X).item()


def test_files_that_were_read_are_looked_at(tmp_path: Path) -> None:
    text, numbers = tmp_path / "scale.txt", tmp_path / "shift.npy"

    def write(scale: str, shift: float) -> None:
        text.write_text(scale)
        np.save(numbers, np.full(len(scale), shift))

    def step(x: Any) -> Any:
        with open(text) as file:
            scale = float(file.read())
        return x * scale + np.load(numbers)[0]

    write("3", 1.0)
    fast = compile(step, engine="numpy")
    assert [fast(X).tolist() for _ in range(3)] == [[4.0] * 3] * 3 and len(fast.programs) == 1
    write("4.5", 2.0)
    assert fast(X).tolist() == [6.5] * 3
    text.unlink()
    with pytest.raises(FileNotFoundError):
        fast(X)


def test_a_file_that_is_written_is_no_matter(tmp_path: Path) -> None:
    def step(x: Any) -> Any:
        with open(tmp_path / "log", "a+") as file:
            file.write("called\n")
        return x * 2

    fast = compile(step, engine="numpy")
    for _ in range(3):
        fast(X)
        (tmp_path / "log").write_text("x" * 100)
    assert len(fast.programs) == 1


def test_where_a_profiler_has_the_hook_it_keeps_it_and_nothing_is_seen() -> None:
    def mine(*_: Any) -> None:
        return None

    before = sys.getprofile()
    sys.setprofile(mine)
    try:
        with Witness() as witness:
            pass
        kept = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert kept is mine and witness.seen() is None


def test_code_that_ran_with_several_globals_is_noted_with_each_of_them() -> None:
    code = (lambda: SCALE).__code__  # type: ignore[name-defined]  # noqa: F821
    spaces = [{"__name__": "made_by_a_user", "SCALE": float(i)} for i in range(2)]
    with Witness() as witness:
        for space in (*spaces, *spaces):
            types.FunctionType(code, space)()
    seen = witness.seen()
    assert seen is not None and [space for ran, space in seen.users if ran is code] == spaces
