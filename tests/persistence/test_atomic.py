"""A file written by atomic_write is whole or absent."""

import os
import stat
from pathlib import Path

import pytest

from pellucid.persistence import atomic_write


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as file:
        file.write(content)


def test_what_the_block_wrote_is_what_the_file_holds(tmp_path: Path) -> None:
    _write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("existed", [True, False])
def test_a_block_that_raises_changes_nothing_and_leaves_nothing(
    tmp_path: Path, failure: type[BaseException], existed: bool
) -> None:
    target = tmp_path / "a"
    if existed:
        target.write_bytes(b"old")
    with pytest.raises(failure), atomic_write(target) as file:
        file.write(b"half of")
        file.flush()
        raise failure
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"] * existed


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_error_of_the_disk_is_raised_and_the_old_content_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="Input/output"):
        _write(target, b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.skipif(os.name == "nt", reason="Windows opens no directories")
def test_content_is_on_disk_before_the_name_and_the_name_before_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, fsync, replace = [], os.fsync, os.replace

    def note_fsync(handle: int) -> None:
        order.append("directory" if stat.S_ISDIR(os.fstat(handle).st_mode) else "content")
        fsync(handle)

    def note_replace(old: Path, new: Path) -> None:
        order.append("name")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    _write(tmp_path / "a", b"new")
    assert order == ["content", "name", "directory"]


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "run" / "model")
    _write(tmp_path / "latest", b"new")
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "run" / "model").read_bytes() == b"new"


def test_permissions_of_an_existing_file_stay_and_a_new_file_gets_the_usual_ones(tmp_path: Path) -> None:
    old, new, usual = tmp_path / "old", tmp_path / "new", tmp_path / "usual"
    old.write_bytes(b"")
    old.chmod(0o640)
    usual.write_bytes(b"")
    _write(old, b"x")
    _write(new, b"x")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert new.stat().st_mode == usual.stat().st_mode


def test_directories_and_devices_are_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="give the path of a file"):
        _write(tmp_path, b"x")
    with pytest.raises(FileExistsError, match="only regular files are replaced"):
        _write(Path(os.devnull), b"x")
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)
    with pytest.raises(FileNotFoundError):
        _write(tmp_path / "nowhere" / "a", b"x")


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    _write(tmp_path / ("n" * 255), b"x")
    assert len(os.listdir(tmp_path)) == 1
