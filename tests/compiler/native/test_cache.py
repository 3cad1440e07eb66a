"""Code on disk: found again, never trusted when damaged, never in the way when the disk is."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pellucid.compiler import Program, trace
from pellucid.compiler.native import _cache
from pellucid.compiler.native._engine import NativeEngine


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
