"""How a window moves over an input.

Here: `window_counts`, how many windows fit; `window_view`, all of them without a copy; `Geometry`, the moves of a
convolution.
Elsewhere: the primitives about windows are in _windows.py, convolutions in _convolution.py.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

from dataclasses import dataclass
from typing import Any, Self

from numpy.lib.stride_tricks import as_strided

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array

Lengths = tuple[int, ...]


def window_counts(name: str, spatial: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> Lengths:
    """How many windows fit on each axis: floor((n - d (k - 1) - 1) / s) + 1.

    Raises ShapeError when not even one does, or when a length is not positive.

    >>> window_counts("windows", (7, 8), (3, 2), (2, 1), (1, 3))
    (3, 5)
    """
    if min(*size, *stride, *dilation) < 1:
        raise ShapeError(f"{name}: size {size}, stride {stride} and dilation {dilation} must all be >= 1.")
    reach = tuple(d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True))
    if any(n < r for n, r in zip(spatial, reach, strict=True)):
        raise ShapeError(
            f"{name}: a window of {size} with dilation {dilation} reaches over {reach}, the (padded) input is only "
            f"{spatial}; use a smaller kernel, more padding or a larger input."
        )
    return tuple((n - r) // s + 1 for n, r, s in zip(spatial, reach, stride, strict=True))


def window_view(x: Array, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
    """y[.., p, k] = x[.., stride p + dilation k] over the trailing axes, read-only; no entry is copied.

    x (A.., S..) -> y (A.., P.., K..), one P and K for each of the len(size) axes S.
    """
    rank = len(size)
    counts = window_counts("windows", x.shape[-rank:], size, stride, dilation)
    steps = x.strides[-rank:]
    strides = (
        *x.strides[:-rank],
        *(t * s for t, s in zip(steps, stride, strict=True)),
        *(t * d for t, d in zip(steps, dilation, strict=True)),
    )
    return as_strided(x, (*x.shape[:-rank], *counts, *size), strides, writeable=False)


def window_places(counts: Lengths, offset: Lengths, stride: Lengths, dilation: Lengths) -> tuple[slice, ...]:
    """Where the entries at one offset within all windows stand: slices of the axes the windows move over."""
    first = (d * k for d, k in zip(dilation, offset, strict=True))
    return tuple(slice(f, f + s * (p - 1) + 1, s) for f, s, p in zip(first, stride, counts, strict=True))


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a kernel moves over an input: one number an axis, `padding` the same on both sides."""

    stride: Lengths
    padding: Lengths
    dilation: Lengths
    groups: int

    @classmethod
    def of(cls, attrs: dict[str, Any]) -> Self:
        """The geometry among the attributes of a convolution."""
        return cls(attrs["stride"], attrs["padding"], attrs["dilation"], attrs["groups"])

    def padded(self, spatial: Lengths) -> Lengths:
        """Lengths with padding on both sides."""
        return tuple(n + 2 * p for n, p in zip(spatial, self.padding, strict=True))

    def inner(self, spatial: Lengths) -> tuple[slice, ...]:
        """Where the input stands within the padded one."""
        return tuple(slice(p, p + n) for n, p in zip(spatial, self.padding, strict=True))

    def counts(self, name: str, spatial: Lengths, kernel: Lengths) -> Lengths:
        """Lengths of the output: floor((n + 2 p - d (k - 1) - 1) / s) + 1."""
        return window_counts(name, self.padded(spatial), kernel, self.stride, self.dilation)
