"""The one table of primitives, and the namespace of them over plain arrays.

Here: `OPS` (name -> primitive), and `ARRAYS`, in which derivatives run on NumPy arrays.
Elsewhere: the namespace over Tensors is in pellucid.tensor. Every engine answers for every row of this table.
Imports: pellucid.ops.
"""

from types import SimpleNamespace
from typing import cast

from pellucid.ops import _chance, _convolution, _elementwise, _indexing, _layout, _products, _reductions, _windows
from pellucid.ops._primitive import Ops, Primitive

OPS: dict[str, Primitive] = {
    # arithmetic
    "add": _elementwise.Add(),
    "subtract": _elementwise.Subtract(),
    "multiply": _elementwise.Multiply(),
    "divide": _elementwise.Divide(),
    "power": _elementwise.Power(),
    "maximum": _elementwise.Maximum(),
    "negative": _elementwise.Negative(),
    "absolute": _elementwise.Absolute(),
    "sign": _elementwise.Sign(),
    # functions of one number
    "floor": _elementwise.Floor(),
    "exp": _elementwise.Exp(),
    "expm1": _elementwise.Expm1(),
    "log": _elementwise.Log(),
    "log1p": _elementwise.Log1p(),
    "sqrt": _elementwise.Sqrt(),
    "sin": _elementwise.Sin(),
    "cos": _elementwise.Cos(),
    "tanh": _elementwise.Tanh(),
    "erf": _elementwise.Erf(),
    "sigmoid": _elementwise.Sigmoid(),
    "softplus": _elementwise.Softplus(),
    "relu": _elementwise.Relu(),
    # comparison, selection, casts
    "equal": _elementwise.Equal(),
    "less": _elementwise.Less(),
    "less_equal": _elementwise.LessEqual(),
    "where": _elementwise.Where(),
    "cast": _elementwise.Cast(),
    # along axes
    "sum": _reductions.Sum(),
    "max": _reductions.Max(),
    "argmax": _reductions.Argmax(),
    "argsort": _reductions.Argsort(),
    "cumsum": _reductions.Cumsum(),
    # layout
    "reshape": _layout.Reshape(),
    "transpose": _layout.Transpose(),
    "broadcast_to": _layout.BroadcastTo(),
    "slice": _layout.Slice(),
    "pad": _layout.Pad(),
    "flip": _layout.Flip(),
    "concatenate": _layout.Concatenate(),
    # by position
    "gather": _indexing.Gather(),
    "scatter_add": _indexing.ScatterAdd(),
    # products and windows
    "matmul": _products.Matmul(),
    "conv": _convolution.Conv(),
    "conv_input": _convolution.ConvInput(),
    "conv_weight": _convolution.ConvWeight(),
    "windows": _windows.Windows(),
    "fold": _windows.Fold(),
    "window_argmax": _windows.WindowArgmax(),
    # chance
    "random_bits": _chance.RandomBits(),
}

for _name, _primitive in OPS.items():
    _primitive.name = _name

ARRAYS = cast(Ops, SimpleNamespace(**{name: primitive.run for name, primitive in OPS.items()}))
