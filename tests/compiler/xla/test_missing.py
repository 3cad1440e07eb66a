"""Without JAX the engine says what to install."""

import sys

import pytest

from pellucid.compiler._engines import engine_named
from pellucid.errors import ParameterError


def test_without_jax_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pellucid.compiler.xla._engine", raising=False)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ParameterError, match=r'pip install "pellucid\[xla\]"'):
        engine_named("xla")
