"""How the kernels of trees are compiled.

Here: `allocating`, `compiled`; `inner`, `regrouped`, `within`, for what only these call, and `opened` for tests of it.
Elsewhere: the kernels are in the files named *_kernels.py, the bundles they take in _bundles.py.
Imports: pellucid.persistence, and Numba through it; only functions that need compiled code import this module.
"""

from functools import cache
from typing import Any

from pellucid.persistence._machine_code import inside, kept

SETTINGS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}  # x / 0 is inf, as in NumPy
UNCOUNTED: dict[str, Any] = {**SETTINGS, "_nrt": False}
"""For functions that allocate nothing: Numba then counts no references to their arrays, as a tuple of arrays handed
from one function to the next makes it do for each; the drawn split of 4 rows took 4.4 us with it, and takes 0.5 us."""
allocating: Any = kept(**SETTINGS, no_cfunc_wrapper=True)
compiled: Any = kept(**UNCOUNTED, no_cfunc_wrapper=True)
inner: Any = inside(**UNCOUNTED)
"""For functions that only compiled code calls: Python must not (but see `opened`), it would jump to nowhere."""
regrouped: Any = inside(**UNCOUNTED, fastmath={"reassoc", "nsz"})
"""As `inner`, and long sums may be taken in the lanes of a vector: the same bits on one kind of processor."""
within: Any = inside(**UNCOUNTED, forceinline=True)
"""As `inner`, for what is called in one place."""


@cache
def opened(kernel: Any) -> Any:
    """An inner kernel as Python may call it, compiled once more for each type of call: for its tests."""
    from numba import njit

    @njit
    def call(*given: Any) -> Any:
        return kernel(*given)

    return call
