"""Programs print, count and can be walked."""

import numpy as np

from pellucid import nn
from pellucid.compiler import Program, trace
from pellucid.compiler._program import Constant, flops_of, ordered


def program_of(fn: object, *args: object) -> Program:
    return trace(fn, *args).program  # type: ignore[arg-type]


def test_operands_stand_before_results_and_each_node_once() -> None:
    def fn(x: object) -> object:
        y = x * x  # type: ignore[operator]
        return y + y

    nodes = program_of(fn, np.ones(3)).nodes
    assert [node.op.name for node in nodes] == ["multiply", "add"]


def test_a_chain_of_a_hundred_thousand_nodes_is_walked() -> None:
    def fn(x: object) -> object:
        for _ in range(100_000):
            x = x + 1  # type: ignore[operator]
        return x

    program = program_of(fn, np.ones(1))
    assert sum(1 for _ in ordered(program.goals())) == 100_000


def test_products_count_two_an_entry_and_moves_nothing() -> None:
    net = nn.Conv2d(3, 8, 3, padding=1, seed=0)
    program = program_of(net, np.ones((2, 3, 5, 5), np.float32))
    costs = {node.op.name: flops_of(node) for node in program.nodes}
    assert costs["conv"] == 2 * (2 * 8 * 25) * 27 and costs["reshape"] == 0
    assert program_of(lambda a, b: a @ b, np.ones((2, 3)), np.ones((3, 5))).flops == 2 * 2 * 3 * 5


def test_memory_is_counted_at_its_peak() -> None:
    program = program_of(lambda x: ((x + 1) * 2).sum(), np.ones(100))
    assert program.peak_memory == 1600
    assert program.bytes == 800 * 4 + 800 + 8


def test_a_program_prints_its_constants_updates_and_names() -> None:
    net = nn.BatchNorm1d(2)
    text = str(program_of(lambda x: net(x) + np.array([1.0, 2.0], np.float32), np.ones((3, 2), np.float32)))
    assert "%c0: float32[2] = constant [1., 2.]" in text
    assert "%net.running_mean <- %" in text and text.startswith("program(%x: float32[3, 2]")
    assert "return %" in text


def test_arrays_that_the_function_only_reads_are_constants_with_memory_of_their_own() -> None:
    array = np.ones(2)
    program = program_of(lambda x: x + array, np.ones(2))
    (constant,) = [x for node in program.nodes for x in node.values() if isinstance(x, Constant)]
    assert constant.array is not array and constant.array.tolist() == [1.0, 1.0]
