"""Which names code asks for, and whose code it is.

Here: `named`, the names that code looks up; `texts_of`, those it may look up by text, and which functions do so
(`ATTRIBUTES_BY_TEXT`, `GLOBALS_BY_TEXT`); `is_users`, whether a module is the user's.
Elsewhere: which code ran is seen by _witness.py; what stands under the names is looked up in _reach.py.
Imports: the standard library.
"""

import sys
from collections.abc import Iterator
from functools import cache
from types import CodeType

ATTRIBUTES_BY_TEXT = frozenset(("getattr", "setattr", "vars", "__dict__", "attrgetter", "eval", "exec", "dumps"))
"""Code that names one of these may read any attribute of what it has: the names stand nowhere, or in texts."""

GLOBALS_BY_TEXT = ATTRIBUTES_BY_TEXT | {"globals"}
"""Code that names one of these may read globals, and variables of modules, whose names are texts in it."""


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


def texts_of(code: CodeType) -> Iterator[str]:
    """The texts among the constants of code, and of the code within it, which may be names."""
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from texts_of(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from (x for x in constant if isinstance(x, str))
