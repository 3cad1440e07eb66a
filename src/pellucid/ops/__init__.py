"""The primitives: the smallest operations that have their own derivative.

Here: one small class each, with shape rule, NumPy definition and derivative side by side, and the one table of them.
Elsewhere: Tensor, which records them, is in pellucid.tensor; everything larger (softmax, losses, layers) is composed.
Imports: numpy, pellucid.errors, pellucid.random.

>>> sorted(OPS)[:4]
['absolute', 'add', 'argmax', 'argsort']
>>> OPS["softplus"].rule()
'y = log(1 + e^x); dx = dy sigmoid(x).'
"""

from pellucid.ops._primitive import Aval, Ops, Primitive, aval_of
from pellucid.ops._table import ARRAYS, OPS

__all__ = ["ARRAYS", "Aval", "aval_of", "OPS", "Ops", "Primitive"]
