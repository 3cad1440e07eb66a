"""What an engine is asked for."""

from typing import Any

import numpy as np
import pytest

from pellucid import compile
from pellucid.compiler._engine import Answers, Engine
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.errors import ParameterError


def test_an_engine_says_how_it_builds_and_what_it_refuses() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Engine()  # type: ignore[abstract]
    assert Answers._fields == ("outputs", "updates", "holds")


class Picky(Engine):
    """An engine that does not sort."""

    name = "picky"

    def refuses(self, primitive: str) -> str:
        return "argsort is decided by the data" if primitive == "argsort" else ""

    def build(self, program: Any) -> Any:
        return NumpyEngine().build(program)


def test_a_primitive_that_an_engine_refuses_is_named_with_its_line_and_the_way_out() -> None:
    from pellucid import tensor

    said = r'"picky" does not run argsort, in what .*test_engine\.py.*: argsort is decided by the data\. engine="numpy"'
    with pytest.raises(ParameterError, match=said):
        compile(lambda x: tensor.argsort(x + 1), engine=Picky())(np.ones(3))
    assert compile(lambda x: x + 1, engine=Picky())(np.ones(3)).tolist() == [2.0] * 3
