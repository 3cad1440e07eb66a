"""Rows of a table, looked up by number.

Here: Embedding, and the function `embedding`.  Elsewhere: gather is a primitive (pellucid.ops).
Imports: numpy, pellucid.errors, pellucid.nn, pellucid.ops, pellucid.persistence, pellucid.random, pellucid.tensor.
"""

from typing import Any, final

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.nn._module import Module
from pellucid.nn._parameter import Parameter
from pellucid.nn._sizes import whole
from pellucid.ops._table import OPS
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tensor._functions import where
from pellucid.tensor._symbol import SYMBOLS, is_symbol, require_all
from pellucid.tensor._tensor import Tensor, apply, as_tensor

_GATHER = OPS["gather"]


def embedding(index: Any, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """The rows of a table at given positions.

        y[i..] = W[index[i..]]

    index (*) of whole numbers in [0, V), weight (V, D) -> y (*, D).  The row padding_idx gets no gradient.
    Raises DataError for a number without row, DtypeError for an index that is not whole.

    >>> embedding([2, 0], Tensor([[1.0], [2.0], [3.0]])).tolist()
    [[3.0], [1.0]]
    """
    at, rows = as_tensor(index), weight.shape[0]
    if is_symbol(at.data) and at.dtype.kind in "iu":
        inside = SYMBOLS.where(at.data >= 0, at.data < rows, False)
        require_all(inside, lambda: DataError(f"a number has no row: the table has rows 0 to {rows - 1}."))
    elif at.size and at.dtype.kind in "iu" and not 0 <= int(at.data.min()) <= int(at.data.max()) < rows:
        low, high = int(at.data.min()), int(at.data.max())
        remedy = (
            "The numbers begin at 0" if low < 0 else f"Map unknown ones to one row, or give num_embeddings={high + 1}"
        )
        raise DataError(f"number {low if low < 0 else high} has no row: the table has rows 0 to {rows - 1}. {remedy}.")
    y = apply(_GATHER, (weight, at), {"axis": 0})
    if padding_idx is None:
        return y
    return where((at == padding_idx).reshape(*at.shape, 1), y.detach(), y)


@register("nn.Embedding")
@final
class Embedding(Module):
    """A learned row for each of num_embeddings numbers; see `embedding`.

    index (*) of whole numbers in [0, num_embeddings) -> y (*, embedding_dim).
    padding_idx: a number whose row begins as 0 and is not learned; negative ones count from the end.
    Initially the entries are drawn from N(0, 1); seed: an int gives the same ones every time.
    Source: torch.nn.Embedding, whose names it has.

    >>> Embedding(10, 3, seed=0)([[1, 2], [4, 9]]).shape
    (2, 2, 3)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: Any = np.float32,
        seed: Seed = None,
    ) -> None:
        self.num_embeddings = whole("num_embeddings", num_embeddings)
        self.embedding_dim = whole("embedding_dim", embedding_dim, low=0)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ParameterError(f"padding_idx: {padding_idx} is none of the {num_embeddings} numbers; 0 is the first.")
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter.blank((num_embeddings, embedding_dim), dtype)
        self._begin(seed)

    def initialise(self, rng: np.random.Generator) -> None:
        """N(0, 1), and 0 in the row padding_idx."""
        self.weight.fill(rng.standard_normal(self.weight.shape))
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0.0

    def forward(self, index: Any) -> Tensor:
        """index (*) -> (*, embedding_dim)."""
        return embedding(index, self.weight, self.padding_idx)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """None: rows are copied."""
        return 0

    def extra_repr(self) -> str:
        """The constructor's arguments."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
