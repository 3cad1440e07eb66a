"""Rewriting keeps what the rule keeps."""

import numpy as np

from pellucid.compiler import trace
from pellucid.compiler._program import Result
from pellucid.compiler.passes._rewriting import rewritten


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
