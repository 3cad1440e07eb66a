"""Matrices of zeros with a few ones in each row, before they are written.

Here: `Ones`, which becomes a NumPy array, a SciPy matrix, or some columns of a table that is there already.
Elsewhere: which columns are lit is found in _one_hot.py; tables are put together in pellucid.compose.
Imports: numpy; SciPy for sparse matrices only.
"""

from typing import Any, final

import numpy as np

from pellucid.preprocessing._cells import Array


@final
class Ones:
    """A matrix (N, width) of zeros, and of ones in the columns `lit` (N, D) of each row, where -1 is for none.

    >>> Ones(np.array([[0, 2], [1, -1]]), 3, np.float64).toarray()
    array([[1., 0., 1.],
           [0., 1., 0.]])
    """

    ndim = 2

    def __init__(self, lit: Array, width: int, dtype: Any) -> None:
        self.lit, self.dtype = lit, np.dtype(dtype)
        self.shape = (len(lit), width)
        self.size = len(lit) * width

    def write(self, out: Array) -> None:
        """Put the ones into `out` (N, width), which holds zeros: that is all that is written."""
        if (self.lit >= 0).all():
            out[np.arange(len(self.lit))[:, None], self.lit] = 1
        else:
            rows, places = np.nonzero(self.lit >= 0)
            out[rows, self.lit[rows, places]] = 1

    def toarray(self) -> Array:
        """The matrix as an array of its own."""
        out = np.zeros(self.shape, self.dtype)
        self.write(out)
        return out

    def csr(self) -> Any:
        """The matrix as SciPy's CSR array."""
        from scipy.sparse import csr_array

        n, lit = len(self.lit), self.lit
        every = bool((lit >= 0).all())
        columns = lit.ravel() if every else lit[lit >= 0]
        index = np.int32 if lit.size < 2**31 else np.int64  # SciPy's own choice, so that it copies none
        ends = np.zeros(n + 1, index)
        np.cumsum(np.full(n, lit.shape[1]) if every else (lit >= 0).sum(axis=1), out=ends[1:])
        return csr_array((np.ones(len(columns), self.dtype), columns.astype(index), ends), shape=self.shape)
