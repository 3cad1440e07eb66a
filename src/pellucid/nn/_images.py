"""Inputs with a batch axis, channels and spatial axes, and the wording of errors about them.

Here: `batched`, which adds a missing batch axis, and the two messages.
Elsewhere: the layers that take such inputs are in _convolution.py, _pooling.py and _normalization.py.
Imports: pellucid.tensor.
"""

from pellucid.tensor._tensor import Tensor

_LETTERS = {0: "", 1: ", L", 2: ", H, W"}


def batched(x: Tensor, rank: int) -> tuple[Tensor, bool]:
    """x (N, C, S..) as it is; a lone (C, S..) as a batch of one. And whether it was lone."""
    lone = x.data.ndim == rank + 1
    return (x.reshape(1, *x.shape) if lone else x), lone


def expected_images(shape: tuple[int, ...], rank: int) -> str:
    """The message for an input of whatever channels whose axes do not fit."""
    spatial = _LETTERS[rank]
    remedy = "Missing axes? x[None] adds one in front." if len(shape) < rank + 1 else "Too many axes; reshape it."
    return f"expected an input of shape (N, C{spatial}) or (C{spatial}), got {shape}. {remedy}"


def channels_misfit(shape: tuple[int, ...], rank: int, argument: str, channels: int, lone: bool = True) -> str:
    """The message for an input whose axes or channels do not fit, with the likeliest remedy.

    lone: whether an input without batch axis would be taken.
    """
    spatial = _LETTERS[rank]
    wanted = f"(N, {channels}{spatial})" + (f" or ({channels}{spatial})" if lone else "")
    return f"expected an input of shape {wanted}, got {shape}: {argument} is {channels}. " + _remedy(
        shape, rank, argument, channels
    )


def _remedy(shape: tuple[int, ...], rank: int, argument: str, channels: int) -> str:
    if len(shape) == rank + 2 and shape[-1] == channels:
        axes = (0, rank + 1, *range(1, rank + 1))
        return f"The channels look like the last axis; x.transpose{axes} puts them second."
    if len(shape) == rank + 1 and channels == 1:
        return "A batch without channel axis? x[:, None] adds it."
    if len(shape) == rank + 2:
        return f"Give {argument}={shape[1]}, or bring the input to {channels} channels."
    if len(shape) == rank and channels == 1:
        return "x[None] adds the channel axis."
    if len(shape) == 2 and rank:
        return f"Rows have to become images first: Unflatten(1, ({channels}{_LETTERS[rank]}))."
    return f"The input needs {rank + 2} axes, it has {len(shape)}."
