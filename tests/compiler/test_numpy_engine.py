"""The interpreter lets results go, computes numbers as Python does, and gives checks as truth values."""

import numpy as np

from pellucid.compiler import trace
from pellucid.compiler._numpy_engine import NumpyEngine


def test_numbers_are_computed_by_pythons_own_arithmetic() -> None:
    from pellucid.compiler._program import Aval, Input, Program, result
    from pellucid.ops import OPS

    t = Input(Aval((), np.dtype(np.float64), weak=True), "t")
    power = result(OPS["power"], (0.9, t), {})
    young = result(OPS["less"], (t, 5), {})
    program = Program((t,), (result(OPS["subtract"], (1, power), {}), result(OPS["multiply"], (young, 1.0), {})))
    assert NumpyEngine().build(program)([3]).outputs == [1 - 0.9**3, 1.0]


def test_results_are_let_go_after_their_last_use() -> None:
    import tracemalloc

    def chain(x: object) -> object:
        for _ in range(50):
            x = x + 1.0  # type: ignore[operator]
        return x

    x = np.zeros(1 << 17)  # 1 MiB
    run = NumpyEngine().build(trace(chain, x).program)
    tracemalloc.start()
    run([x])
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_a_constant_output_and_an_input_given_back_are_answered() -> None:
    program = trace(lambda x: (x, np.float32(1)), np.ones(2)).program
    assert NumpyEngine().build(program)([np.ones(2)]).outputs[0].tolist() == [1.0, 1.0]
