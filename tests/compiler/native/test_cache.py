"""Code on disk: found again, never trusted when damaged, never in the way when the disk is."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid.compiler import Program, trace
from pellucid.compiler.native import _cache
from pellucid.compiler.native._engine import NativeEngine
from pellucid.compiler.native._machine import processor
from pellucid.persistence import _atomic


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path))
    yield tmp_path / "code"
    tmp_path.chmod(0o755)


def program(number: float = 2.0) -> Program:
    array = np.arange(3.0) * number
    return trace(lambda x: (x + array).sum(), np.ones(3)).program


def run(of: Program) -> float:
    return float(NativeEngine().build(of)([np.ones(3)]).outputs[0])


def test_code_is_kept_and_found_again(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(program()) == 9.0
    (file,) = own_cache.iterdir()

    def fail(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("pellucid.compiler.native._engine.object_code", fail)
    assert run(program()) == 9.0
    assert list(own_cache.iterdir()) == [file]


def test_another_constant_is_another_program() -> None:
    assert _cache.key_of(program()) == _cache.key_of(program())
    assert _cache.key_of(program()) != _cache.key_of(program(3.0))
    assert run(program()) == 9.0 and run(program(3.0)) == 12.0


@pytest.mark.parametrize(
    "damage", [lambda c: b"", lambda c: c[:-1], lambda c: c[:40] + b"\0" + c[41:], lambda c: c[:32]]
)
def test_a_damaged_file_is_made_anew(own_cache: Path, damage: object) -> None:
    run(program())
    (file,) = own_cache.iterdir()
    good = file.read_bytes()
    file.write_bytes(damage(good))  # type: ignore[operator]
    assert run(program()) == 9.0
    assert _cache.kept(_cache.key_of(program())) is not None


def test_no_file_with_a_bit_turned_or_an_end_missing_is_taken(own_cache: Path) -> None:
    key, rng = _cache.key_of(program()), Random(0)
    run(program())
    (file,) = own_cache.iterdir()
    good = file.read_bytes()
    for _ in range(200):
        at = rng.randrange(len(good))
        file.write_bytes(good[:at] + bytes([good[at] ^ 1 << rng.randrange(8)]) + good[at + 1 :])
        assert _cache.kept(key) is None
        file.write_bytes(good[:at])
        assert _cache.kept(key) is None
    file.write_bytes(good)
    assert _cache.kept(key) == good[32:]


def test_the_code_of_another_program_under_this_ones_name_is_not_taken(own_cache: Path) -> None:
    run(program(3.0))
    (file,) = own_cache.iterdir()
    file.rename(file.with_name(f"{_cache.key_of(program())}.code"))
    assert run(program()) == 9.0 and run(program(3.0)) == 12.0


def test_code_of_another_processor_or_version_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    here, keys = processor(), [_cache.key_of(program())]
    others = [
        replace(here, features="+sse2"),
        replace(here, model="x86-64"),
        replace(here, triple="arm64-apple-darwin"),
    ]
    for other in others:
        monkeypatch.setattr(_cache, "processor", lambda other=other: other)
        keys.append(_cache.key_of(program()))
    monkeypatch.setattr(_cache, "processor", lambda: here)
    for module, name in ((_cache, "__version__"), (_cache.llvmlite, "__version__"), (_cache.llvm, "llvm_version_info")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, "0.0.1")
            _cache._surroundings.cache_clear()
            keys.append(_cache.key_of(program()))
    _cache._surroundings.cache_clear()
    assert len(set(keys)) == len(keys) == 7 and _cache.key_of(program()) == keys[0]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_disk_that_is_full_or_read_only_is_no_failure(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: int
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(error, os.strerror(error))

    if step == "open":
        monkeypatch.setattr(_atomic, "open", refuse, raising=False)
    else:
        monkeypatch.setattr(f"pellucid.persistence._atomic.os.{step}", refuse)
    assert run(program()) == 9.0 and run(program()) == 9.0
    assert list(own_cache.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place where nobody can write, the owner included")
def test_a_cache_where_nobody_can_write_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELLUCID_CACHE", "/proc/self")
    assert run(program()) == 9.0


def test_what_a_killed_process_left_is_taken_away_later(own_cache: Path) -> None:
    own_cache.mkdir()
    old, young = own_cache / ".pellucid-0.tmp", own_cache / ".pellucid-1.tmp"
    for path in (old, young):
        path.write_bytes(b"half of it")
    os.utime(old, (0, 0))
    _cache.keep("a", b"code")
    assert sorted(path.name for path in own_cache.iterdir()) == [young.name, "a.code"]


_CHILD = """
import sys
import numpy as np
from pellucid import Tensor, compile, nn, optim
net = nn.Sequential(nn.Linear(5, 7, seed=0), nn.Tanh(), nn.Linear(7, 1, seed=1))
optimizer = optim.Adam(net.parameters(), lr=0.01)
def step(x, y):
    optimizer.zero_grad()
    loss = nn.MSELoss()(net(x), y)
    loss.backward()
    optimizer.step()
    return loss
fast = compile(step, engine="native")
x = np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32)
print("ready", flush=True)
sys.stdin.read()  # until all are
print([fast(x, x[:, :1]).item().hex() for _ in range(5)])
"""


@pytest.mark.slow
def test_sixteen_processes_that_make_one_program_at_once_give_one_answer(own_cache: Path) -> None:
    paths = os.pathsep.join([str(Path(pellucid.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": paths, "PELLUCID_CACHE": str(own_cache.parent)}
    command = [sys.executable, "-c", _CHILD]
    children = [subprocess.Popen(command, env=environment, **pipes) for _ in range(16)]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 16  # type: ignore[union-attr]
    for child in children:
        child.stdin.close()  # type: ignore[union-attr]
        child.stdin = None
    said = [child.communicate(timeout=300) for child in children]
    assert [child.returncode for child in children] == [0] * 16, said
    assert len({out for out, _ in said}) == 1
    assert [path.suffix for path in own_cache.iterdir()] == [".code"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_directory_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    assert run(program()) == 9.0


def test_a_cache_in_the_place_of_a_file_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path / "taken"))
    assert run(program()) == 9.0


def test_the_oldest_go_when_there_is_too_much(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cache, "MOST_BYTES", 100)
    for i, name in enumerate("abc"):
        _cache.keep(name, bytes(20))  # 52 bytes each
        if (own_cache / f"{name}.code").exists():
            os.utime(own_cache / f"{name}.code", (i, i))
    assert [path.name for path in own_cache.iterdir()] == ["c.code"]
