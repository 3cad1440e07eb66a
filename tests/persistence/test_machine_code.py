"""Compiled functions give what they give in Python, kept or not."""

from typing import Any

import numba.core.caching
import numpy as np
import pytest

from pellucid.persistence._machine_code import kept, part_of


def total(x: np.ndarray) -> float:
    out = 0.0
    for i in range(len(x)):
        out += x[i]
    return out


def test_code_is_kept_where_numba_finds_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(numba.core.caching.config, "CACHE_DIR", str(tmp_path))
    made: Any = kept(nogil=True)(total)
    assert made(np.arange(4.0)) == 6.0
    assert sum(made.stats.cache_misses.values()) == 1 and list(tmp_path.rglob("*.nbc"))
    later: Any = kept(nogil=True)(total)
    assert later(np.arange(4.0)) == 6.0
    assert sum(later.stats.cache_hits.values()) == 1


def test_code_is_made_anew_where_it_finds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])
    with pytest.raises(RuntimeError, match="cannot cache function"):
        numba.njit(cache=True)(total)
    made: Any = kept(nogil=True)(total)
    assert made(np.arange(4.0)) == 6.0 and made.stats.cache_path is None


def test_settings_are_numbas() -> None:
    divide: Any = kept(error_model="numpy")(lambda x, y: x / y)
    assert divide(1.0, 0.0) == np.inf
    with pytest.raises(ZeroDivisionError):
        kept(error_model="python")(lambda x, y: x / y)(1.0, 0.0)


def test_a_part_is_compiled_within_what_calls_it_by_its_own_settings_and_runs_as_python_otherwise() -> None:
    part: Any = part_of(error_model="numpy")(lambda x, y: x / y)
    whole: Any = kept(error_model="python")(lambda x, y: part(x, y))
    assert whole(1.0, 0.0) == np.inf and whole.nopython_signatures
    with pytest.raises(ZeroDivisionError):
        part(1.0, 0.0)
