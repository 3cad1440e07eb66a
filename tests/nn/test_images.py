"""The wording of errors about images; the shapes that fit are tested with the layers."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ShapeError
from pellucid.nn import BatchNorm2d, Conv1d, Conv2d, ConvTranspose2d, MaxPool2d
from pellucid.nn._images import batched


def test_a_lone_image_becomes_a_batch_of_one() -> None:
    t, lone = batched(Tensor(np.zeros((3, 4, 5))), rank=2)
    assert t.shape == (1, 3, 4, 5) and lone
    t, lone = batched(t, rank=2)
    assert t.shape == (1, 3, 4, 5) and not lone


@pytest.mark.parametrize(
    ("channels", "shape", "remedy"),
    [
        (3, (2, 8, 8, 3), r"The channels look like the last axis; x\.transpose\(0, 3, 1, 2\) puts them second\."),
        (3, (2, 4, 8, 8), r"Give in_channels=4, or bring the input to 3 channels\."),
        (1, (5, 8, 8), r"A batch without channel axis\? x\[:, None\] adds it\."),
        (1, (8, 8), r"x\[None\] adds the channel axis\."),
        (3, (5, 192), r"Rows have to become images first: Unflatten\(1, \(3, H, W\)\)\."),
        (3, (1, 1, 1, 8, 8), r"The input needs 4 axes, it has 5\."),
    ],
)
def test_the_remedy_fits_the_shape_that_came(channels: int, shape: tuple[int, ...], remedy: str) -> None:
    wanted = rf"^net \(Conv2d\): expected an input of shape \(N, {channels}, H, W\) or \({channels}, H, W\), got "
    with pytest.raises(ShapeError, match=wanted + r"\(.*\): in_channels is \d\. " + remedy + "$"):
        Conv2d(channels, 2, 3)(np.zeros(shape))


def test_every_layer_of_images_says_which_axes_it_takes() -> None:
    x = np.zeros((2, 7))
    for layer, shape in (
        (Conv1d(3, 2, 3), r"\(N, 3, L\) or \(3, L\), got \(2, 7\): in_channels is 3"),
        (ConvTranspose2d(3, 2, 3), r"\(N, 3, H, W\) or \(3, H, W\), got \(2, 7\): in_channels is 3"),
        (BatchNorm2d(3), r"\(N, 3, H, W\), got \(2, 7\): num_features is 3"),
        (MaxPool2d(3), r"\(N, C, H, W\) or \(C, H, W\), got \(2, 7\)"),
    ):
        with pytest.raises(ShapeError, match="expected an input of shape " + shape):
            layer(x)
