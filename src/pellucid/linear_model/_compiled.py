"""How the kernels of linear models are compiled.

Here: `compiled`: x / 0 is inf, as in NumPy, and threads run side by side; `summing`: as `compiled`, and sums are taken
in several parts side by side, the same parts at every call; `AHEAD` and `LINE`, how early rows are asked for.
Elsewhere: the kernels are in the files named *_kernels.py.
Imports: pellucid.persistence, and Numba through it; only functions that need compiled code import this module.
"""

from pellucid.persistence._machine_code import kept

compiled = kept(nogil=True, error_model="numpy")
summing = kept(nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})

AHEAD = 8  # rows; a shuffled row that is asked for as early is at hand in its turn
LINE = 8  # numbers of 8 bytes in a line of a cache, 64 bytes
