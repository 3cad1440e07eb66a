"""NumPy's universal functions on Tensors: np.exp(t), array + t, np.greater(array, t).

Here: `UFUNCS`, from NumPy's name to ours.  Elsewhere: Tensor.__array_ufunc__ looks names up here.
Imports: pellucid.tensor.
"""

from collections.abc import Callable
from typing import Any

from pellucid.tensor import _functions as functions
from pellucid.tensor._tensor import TENSORS, as_tensor, matmul

_SAME = "add subtract multiply divide power negative equal less less_equal".split()  # a primitive's name is NumPy's
_FUNCTIONS = "sign floor exp expm1 log log1p sqrt square sin cos tanh isnan maximum minimum".split()

UFUNCS: dict[str, Callable[..., Any]] = {
    **{name: getattr(TENSORS, name) for name in _SAME},
    **{name: getattr(functions, name) for name in _FUNCTIONS},
    "absolute": functions.abs,
    "matmul": matmul,
    "positive": as_tensor,
    "greater": lambda a, b: TENSORS.less(b, a),
    "greater_equal": lambda a, b: TENSORS.less_equal(b, a),
    "not_equal": lambda a, b: TENSORS.equal(TENSORS.equal(a, b), False),
}
