"""What the tests of model files share: two toy classes that can be stored, and an equality that sees dtypes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.persistence import _kinds


class Knot:
    """Holds other values; may be shared, nested and tied in circles."""

    def __init__(self, **held: Any) -> None:
        self.held = held

    def to_record(self) -> dict[str, Any]:
        return self.held

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Knot":
        return cls(**record)


class Fussy(Knot):
    """Checks what it is rebuilt from, in its own words."""

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Fussy":
        if record["size"] < 0:
            raise ValueError("size is negative")
        return cls(**record)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> tuple[type[Knot], type[Fussy]]:
    """Knot and Fussy, registered as toy.Knot and toy.Fussy for one test."""
    for cls in (Knot, Fussy):
        kind = f"toy.{cls.__name__}"
        monkeypatch.setitem(_kinds.KINDS, kind, __name__)
        monkeypatch.setitem(_kinds._class_of, kind, cls)
        monkeypatch.setitem(_kinds._kind_of, cls, kind)
    return Knot, Fussy


@pytest.fixture(scope="session")
def alike() -> Callable[[Any, Any], bool]:
    """Equality with types, dtypes, shapes and the order of dicts; nan equals nan, 0.0 is not -0.0."""
    return _alike


def _alike(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype.kind in "OU":
            return a.shape == b.shape and a.dtype.kind == b.dtype.kind and _alike(a.tolist(), b.tolist())
        column_major = a.flags.f_contiguous and not a.flags.c_contiguous
        if b.flags.f_contiguous != column_major and not b.flags.c_contiguous:
            return False
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(_alike(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, float | np.floating):
        return bool(np.isnan(a) and np.isnan(b)) or repr(a) == repr(b)
    if isinstance(a, np.str_):
        return str(a) == str(b)  # NumPy 2.4 says now and then that two empty ones differ
    return bool(a == b)
