"""Names that code asks for are told, and whose code it is."""

import json
import sys
import types
from typing import Any

import numpy as np
import pytest

from pellucid import nn
from pellucid.compiler._names import ATTRIBUTES_BY_TEXT, GLOBALS_BY_TEXT, asked_of_globals, is_users, named, texts_of


def outer(x: Any) -> Any:
    """A text, too."""

    def inner(y: Any) -> Any:
        return getattr(y, "weight") + np.pi if y in ("first", "second") else x.bias  # noqa: B009  # as a user may

    return inner(x)


def test_names_and_texts_of_code_are_those_of_the_code_within_it_too() -> None:
    assert {"getattr", "np", "pi", "bias"} <= {*named(outer.__code__)} and "x" not in named(outer.__code__)
    assert {"weight", "first", "second", "A text, too."} <= {*texts_of(outer.__code__)}


def test_what_is_looked_up_among_the_globals_is_told_apart_from_attributes() -> None:
    inner = next(x for x in outer.__code__.co_consts if isinstance(x, types.CodeType))
    assert {*asked_of_globals(inner)} == {"getattr", "np"} and {*asked_of_globals(outer.__code__)} == {"Any"}
    assert {"globals", "SCALE"} == {*asked_of_globals((lambda: globals()["SCALE"]).__code__)}


def test_code_that_may_read_any_attribute_may_read_those_of_modules() -> None:
    assert ATTRIBUTES_BY_TEXT < GLOBALS_BY_TEXT and "globals" in GLOBALS_BY_TEXT - ATTRIBUTES_BY_TEXT


def test_modules_are_the_users_that_neither_python_nor_an_installer_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = types.ModuleType("a_module_of_a_user")
    mine.__file__ = "/home/user/a_module_of_a_user.py"
    monkeypatch.setitem(sys.modules, mine.__name__, mine)
    assert is_users(mine.__name__) and is_users("made_without_a_file")
    assert not any(map(is_users, (nn.__name__, np.__name__, json.__name__, "builtins")))
