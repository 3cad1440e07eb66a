"""Which names code asks for, and whose code it is.

Here: `named`, the names that code looks up, and `asked_of_globals`, those of them that are no attributes; `texts_of`,
those it may look up by text, and which functions do so (`ATTRIBUTES_BY_TEXT`, `GLOBALS_BY_TEXT`); `is_users`, whether a
module is the user's.
Elsewhere: which code ran is seen by _witness.py; what stands under the names is looked up in _reach.py.
Imports: the standard library.
"""

import sys
from collections.abc import Iterator
from dis import get_instructions
from functools import cache
from types import CodeType

ATTRIBUTES_BY_TEXT = frozenset(("getattr", "setattr", "vars", "__dict__", "attrgetter", "eval", "exec", "dumps"))
"""Code that names one of these may read any attribute of what it has: the names stand nowhere, or in texts."""

GLOBALS_BY_TEXT = ATTRIBUTES_BY_TEXT | {"globals", "hasattr"}
"""Code that names one of these may read globals, and variables of modules, whose names are texts in it."""

_OF_GLOBALS = frozenset(("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"))


@cache
def is_users(module: str) -> bool:
    """Whether a module is neither Python's, nor this package's, nor an installed one's."""
    top = module.partition(".")[0]
    if top == "pellucid" or (top in sys.stdlib_module_names and top != "__main__"):
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return not any(folder in file for folder in ("site-packages", "dist-packages"))


def named(code: CodeType) -> Iterator[str]:
    """The names a function's code, and the code within it, looks up outside."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from named(constant)


def asked_of_globals(code: CodeType) -> Iterator[str]:
    """The names that this code, without the code within it, looks up among its globals, some perhaps by text."""
    yield from (step.argval for step in get_instructions(code) if step.opname in _OF_GLOBALS)
    if not {"globals", "eval", "exec"}.isdisjoint(code.co_names):
        yield from filter(str.isidentifier, texts_of(code))


def texts_of(code: CodeType) -> Iterator[str]:
    """The texts among the constants of code, and of the code within it, which may be names."""
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from texts_of(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from (x for x in constant if isinstance(x, str))
