"""Where caches are: as the user says, else where the system keeps such files."""

from pathlib import Path

import pytest

from pellucid.persistence._caches import cache_dir


def test_the_users_own_choice_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path


def test_a_relative_xdg_directory_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PELLUCID_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "pellucid"
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert cache_dir().is_absolute()
