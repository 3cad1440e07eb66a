"""What an engine is asked for."""

import pytest

from pellucid.compiler._engine import Answers, Engine


def test_an_engine_says_how_it_builds_and_what_it_refuses() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Engine()  # type: ignore[abstract]
    assert Answers._fields == ("outputs", "updates", "holds")
