"""Rewriting keeps what the rule keeps."""

import numpy as np

from pellucid.compiler import trace
from pellucid.compiler._program import Result
from pellucid.compiler.passes._rewriting import replaced, rewritten


def test_a_rule_that_changes_nothing_gives_the_same_nodes() -> None:
    program = trace(lambda x: (x + 1) * 2, np.ones(2)).program
    assert rewritten(program, lambda node: node).nodes == program.nodes


def test_operands_are_rewritten_before_results() -> None:
    seen: list[str] = []

    def rule(node: Result) -> Result:
        seen.append(node.op.name)
        return node

    rewritten(trace(lambda x: ((x + 1) * 2).sum(), np.ones(2)).program, rule)
    assert seen == ["add", "multiply", "sum"]


def test_several_nodes_are_replaced_at_once_each_made_of_what_stands_for_the_others() -> None:
    program = trace(lambda x: ((x + 1) * 2).sum(), np.ones(2)).program
    plus, times, _ = program.nodes
    less = Result(plus.aval, plus.op, (plus.operands[0], 5), plus.attrs)
    half = Result(times.aval, times.op, (plus, 0.5), times.attrs)  # of the old sum
    new = replaced(program, {plus: less, times: half})
    assert [node.op.name for node in new.nodes] == ["add", "multiply", "sum"]
    assert new.nodes[0] is less and new.nodes[1].operands == (less, 0.5)
    assert replaced(program, {plus: program.inputs[0]}).nodes[0].operands == (program.inputs[0], 2)
    assert replaced(program, {}).nodes == program.nodes
