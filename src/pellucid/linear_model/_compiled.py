"""How the kernels of linear models are compiled.

Here: `compiled`, and `summing`, for loops whose sums may be taken in any order.
Elsewhere: the kernels are in the files named *_kernels.py.
Imports: Numba; only functions that need compiled code import this module.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(kernel: F) -> F:
    """`kernel` as machine code, kept on disk; x / 0 is inf, as in NumPy; threads run side by side."""
    made: Any = njit(cache=True, nogil=True, error_model="numpy")(kernel)
    return cast(F, made)


def summing(kernel: F) -> F:
    """As `compiled`, and sums are taken in several parts side by side: the same parts at every call."""
    made: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})(kernel)
    return cast(F, made)
