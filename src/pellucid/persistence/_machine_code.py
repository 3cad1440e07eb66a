"""How functions are compiled by Numba, and that their machine code is kept.

Here: `kept`; `part_of`, for functions that only such functions call.
Elsewhere: the machine code of traced programs is kept by pellucid.compiler; where caches are is told in _caches.py.
Imports: Numba inside the function.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def kept(**settings: Any) -> Callable[[F], F]:
    """numba.njit(**settings), its machine code kept on disk, so that later processes load it.

    Numba keeps it in NUMBA_CACHE_DIR where that is set, else beside the source, else in the user's cache directory.
    Where none of these can be written, as in a container of read-only files, it refuses to keep anything and says so by
    a RuntimeError: there the function is compiled anew in each process.

    >>> kept(nogil=True)(abs_sum := lambda x: x.sum()).__wrapped__ is abs_sum
    True
    """

    def compiled(kernel: F) -> F:
        from numba import njit

        try:
            made: Any = njit(cache=True, **settings)(kernel)
        except RuntimeError:  # "no locator available": numba.core.caching, as of Numba 0.68
            made = njit(**settings)(kernel)
        return cast(F, made)

    return compiled


def part_of(**settings: Any) -> Callable[[F], F]:
    """A function that compiled ones call, and is compiled within them; called from Python, it runs as Python.

    Each function that `kept` makes gets an entry from Python, which takes every argument apart; it is compiled for
    literal numbers too; and its machine code is a file of its own.  For a part called by others alone all that would
    be time and room for nothing: the kernels of k-means take half as long to compile without.

    >>> part_of(error_model="numpy")(lambda x: x + 1)(2)
    3
    """

    def part(kernel: F) -> F:
        from numba.extending import register_jitable

        made: F = register_jitable(**settings)(kernel)
        return made

    return part
