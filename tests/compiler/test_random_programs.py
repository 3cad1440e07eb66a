"""On random programs every engine gives what the numpy engine gives."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import Sample, disagreement, random_program

from pellucid.compiler import ENGINES
from pellucid.compiler._engine import Answers, Engine
from pellucid.compiler._engines import engine_named
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.ops import OPS

EXAMPLES = {"native": 100, "xla": 20}  # of the default run; xla takes seconds for each, and fuzz/programs.py does more
programs = st.randoms(use_true_random=False).map(random_program)


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "numpy"])
@pytest.mark.filterwarnings("error")
def test_every_engine_agrees_with_the_numpy_engine(engine: str, tmp_path: Any, monkeypatch: Any) -> None:
    if engine == "xla":
        pytest.importorskip("jax")
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path))

    @settings(max_examples=EXAMPLES[engine], deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(programs)
    def agree(sample: Sample) -> None:
        assert disagreement(engine_named(engine), sample) == "", sample.program.text()

    agree()


def test_the_programs_reach_every_primitive() -> None:
    seen = {node.op.name for seed in range(700) for node in random_program(Random(seed)).program.nodes}
    assert sorted(set(OPS) - seen) == []


def test_the_errors_allowed_are_small() -> None:
    for seed in range(200):
        sample = random_program(Random(seed))
        wanted = NumpyEngine().build(sample.program)(sample.inputs())
        for y, error in zip([*wanted.outputs, *wanted.updates], sample.errors, strict=False):
            assert error <= 1e-3 * 1e4 and np.isfinite(np.asarray(y, np.float64)).all()


class Careless(Engine):
    """An engine that is a little off."""

    name = "careless"

    def refuses(self, primitive: str) -> str:
        return ""

    def build(self, program: Any) -> Any:
        run = NumpyEngine().build(program)

        def off(given: Any) -> Answers:
            found = run(given)
            return found._replace(outputs=[np.asarray(y) + np.asarray(y).dtype.type(1) for y in found.outputs])

        return off


def test_an_engine_that_is_off_is_noticed() -> None:
    noticed = sum(bool(disagreement(Careless(), random_program(Random(seed)))) for seed in range(50))
    assert noticed > 40
