"""The text of kernels says which loops there are and what goes where."""

from typing import Any

import numpy as np

from pellucid import compile, nn
from pellucid.compiler import trace
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._text import text_of
from pellucid.tensor import cumsum

X = np.ones((2, 3))


def text(fn: Any, *given: Any) -> str:
    return text_of(lower(trace(fn, *given).program))


def test_entries_are_computed_in_one_loop() -> None:
    assert text(lambda x: x * 2 + x, X).split("\n") == [
        "for i < 2, j < 3:",
        "  x0 = multiply(%x[i,j], 2)",
        "  x1 = add(x0, %x[i,j])",
        "  b1[i,j] = x1",
    ]


def test_sums_and_maxima_are_gathered_up() -> None:
    found = text(lambda x: (x.sum(axis=1), x.max(axis=0)), X)
    assert "b1[i] += %x[i,j]" in found and "b2[j] max= %x[i,j]" in found


def test_products_tell_how_far_their_axes_go() -> None:
    found = text(lambda x, y: x @ y, X, np.ones((3, 4)))
    assert found == "for i < 2, j < 4:\n  b2[4i+j] = sum over k < 3 of %x[3i+k] %y[j+4k]"


def test_what_numpy_computes_is_said() -> None:
    assert "= NumPy's cumsum(%x)" in text(lambda x: cumsum(x, axis=0), X)


def test_a_compiled_function_has_a_source() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3, seed=0), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5, seed=1))
    image = np.ones((16, 1, 8, 8), np.float32)
    native, numpy = compile(net, engine="native"), compile(net, engine="numpy")
    native(image), numpy(image)
    assert "maximum of the window of" in native.source and "random bits of" in native.source
    assert numpy.source == numpy.text()


def test_every_index_and_lookup_is_shown() -> None:
    table = nn.Embedding(3, 2, seed=0)
    assert "[.. %" in text(lambda i: table(i), np.array([2, 0]))
