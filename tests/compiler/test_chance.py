"""A function that draws numbers of its own is refused: every call would use those of the first."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import compile
from pellucid.compiler._chance import Chance
from pellucid.errors import TraceError

GENERATOR = np.random.default_rng(0)
X = np.ones(3)


def of_global(x: Any) -> Any:
    return x + GENERATOR.normal()


def of_numpy(x: Any) -> Any:
    return x + np.random.normal()  # noqa: NPY002


def of_python(x: Any) -> Any:
    return x + random.random()


def of_closure(kind: Callable[[], Any]) -> Callable[[Any], Any]:
    source = kind()
    return lambda x: x + source.random() if not isinstance(source, np.random.RandomState) else x + source.rand()


@pytest.mark.parametrize(
    ("fn", "named"),
    [
        (of_global, "GENERATOR"),
        (of_numpy, "numpy.random"),
        (of_python, "the module random"),
        (of_closure(np.random.default_rng), "source"),
        (of_closure(lambda: np.random.RandomState(0)), "source"),
        (of_closure(lambda: random.Random(0)), "source"),
        (of_closure(lambda: np.random.Generator(np.random.MT19937(0))), "source"),
    ],
)
def test_it_is_refused_by_the_name_of_the_generator(fn: Any, named: str) -> None:
    with pytest.raises(TraceError, match=f"draws random numbers from {named}.*hand them in"):
        compile(fn)(X)


def test_a_generator_that_is_not_drawn_from_is_no_matter() -> None:
    def fn(x: Any) -> Any:
        return x + (GENERATOR is not None)

    chance = Chance(fn, [])
    np.testing.assert_array_equal(compile(fn)(X).numpy(), X + 1)
    chance.check()


def test_an_argument_is_looked_at() -> None:
    with pytest.raises(TraceError, match="argument 1"):
        compile(lambda x, g: x + g.normal())(X, np.random.default_rng(0))


def test_generators_that_have_no_names_of_their_own_are_all_looked_at() -> None:
    sources = {i: np.random.default_rng(i) for i in range(3)}
    with pytest.raises(TraceError, match="sources"):
        compile(lambda x: x + sources[0].normal())(X)
