"""How functions are compiled by Numba, and that their machine code is kept.

Here: `kept`; `part_of` and `inside`, for functions that only such functions call.
Elsewhere: the machine code of traced programs is kept by pellucid.compiler; where caches are is told in _caches.py.
Imports: Numba inside the function.
"""

from collections.abc import Callable
from functools import cache
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
    literal numbers too; it is optimised and turned into machine code by itself, and once more within each that calls
    it; and its machine code is a file of its own.  For a part called by others alone all that would be time and room
    for nothing: the kernels of k-means take half as long to compile without.

    >>> part_of(error_model="numpy")(lambda x, y: x / y)(1.0, 2.0)
    0.5
    """

    def part(kernel: F) -> F:
        from numba.extending import register_jitable

        made: F = register_jitable(**settings, **_as_part())(kernel)
        return made

    return part


def inside(**settings: Any) -> Callable[[Any], Any]:
    """As `part_of`, but Numba's object: it tells its settings and its Python code, and Python must not call it."""

    def part(kernel: Any) -> Any:
        from numba import njit

        given: dict[str, Any] = {**settings, "no_cpython_wrapper": True, **_as_part()}
        return njit(**given)(kernel)

    return part


@cache
def _as_part() -> dict[str, Any]:
    """Settings by which a function is translated once and waits for those that call it.

    They link it in, optimise the whole, and turn that into machine code.  Numba would do so for each function first:
    one at the end of a chain of four calls would be optimised four times, and written out four times.
    """
    from numba.core import codegen, compiler

    Library: Any = codegen.JITCodeLibrary
    Compiler: Any = compiler.Compiler

    class Part(Library):  # type: ignore[misc]
        def _optimize_final_module(self) -> None:
            pass

        def _finalize_final_module(self) -> None:
            self._finalized = True

        @property
        def codegen(self) -> Any:
            return self  # asked for `set_env` alone

        def set_env(self, name: str, env: Any) -> None:
            """No: what would be set is a cell in the machine code."""

    class PartCompiler(Compiler):  # type: ignore[misc]
        def compile_extra(self, kernel: Any) -> Any:
            self.state.library = Part(self.state.targetctx.codegen(), kernel.__qualname__)
            return super().compile_extra(kernel)

    return {"no_cfunc_wrapper": True, "pipeline_class": PartCompiler}
