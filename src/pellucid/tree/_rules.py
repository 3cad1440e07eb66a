"""A tree in words: its leaves as rules, its questions as an indented text.

Here: `Rule`, `rules_of`, `export_text`.
Elsewhere: the tree itself is in _tree.py.
Imports: numpy and this package.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pellucid.errors import ParameterError
from pellucid.tree._tree import Tree

if TYPE_CHECKING:
    from pellucid.tree._decision_tree import DecisionTreeClassifier, DecisionTreeRegressor


class Rule(NamedTuple):
    """One leaf: the conditions on the way to it, what it says, and the rows of the fit it holds.

    >>> Rule(("age <= 30.0",), "yes", 12, 12.0, 0.0)
    Rule(conditions=('age <= 30.0',), prediction='yes', rows=12, weight=12.0, impurity=0.0)
    """

    conditions: tuple[str, ...]
    prediction: Any
    rows: int
    weight: float
    impurity: float


def rules_of(tree: Tree, names: Sequence[str], categories: Sequence[Any], said: Sequence[Any]) -> list[Rule]:
    """A rule for each leaf, left ones first; said (M,): what each node says."""
    out, todo = [], [(0, ())]  # type: tuple[list[Rule], list[tuple[int, tuple[str, ...]]]]
    while todo:
        node, before = todo.pop()
        if tree.children_left[node] < 0:
            facts = (
                int(tree.n_node_samples[node]),
                float(tree.weighted_n_node_samples[node]),
                float(tree.impurity[node]),
            )
            out.append(Rule(before, said[node], *facts))
            continue
        left, right = conditions(tree, node, names, categories)
        todo.append((int(tree.children_right[node]), (*before, right)))
        todo.append((int(tree.children_left[node]), (*before, left)))
    return out


def conditions(tree: Tree, node: int, names: Sequence[str], categories: Sequence[Any]) -> tuple[str, str]:
    """What holds on the left of an inner node and what on the right; where a missing value goes is always said."""
    f = int(tree.feature[node])
    missing = ("or missing", "and present") if tree.missing_go_to_left[node] else ("and present", "or missing")
    if tree.set_start[node] < 0:
        pair = f"{names[f]} <= {float(tree.threshold[node]):.6g}", f"{names[f]} > {float(tree.threshold[node]):.6g}"
    else:
        start = int(tree.set_start[node])
        left = [text for c, text in enumerate(categories[f].tolist()) if tree.sets[start + c]]
        right = [text for text in categories[f].tolist() if text not in left]
        pair = f"{names[f]} in {{{', '.join(left)}}}", f"{names[f]} in {{{', '.join(right)}}}"
    return tuple(  # type: ignore[return-value]  # a pair gives a pair
        text + (f" {told}" if told == "or missing" else "") for text, told in zip(pair, missing, strict=True)
    )


def export_text(
    estimator: "DecisionTreeClassifier | DecisionTreeRegressor", *, max_depth: int = 10, digits: int = 2
) -> str:
    """The questions of a fitted tree, a line each, indented by their depth; where it is cut off, "...".

    Raises ParameterError for max_depth < 0.

    >>> from pellucid.tree import DecisionTreeClassifier
    >>> model = DecisionTreeClassifier().fit([[0.0], [1.0], [2.0]], ["no", "no", "yes"])
    >>> print(export_text(model))
    |--- x0 <= 1.5 or missing
    |   |--- no (2 rows)
    |--- x0 > 1.5
    |   |--- yes (1 row)
    """
    if max_depth < 0:
        raise ParameterError(f"export_text: max_depth is {max_depth}; it must be >= 0.")
    tree, names = estimator.tree_, estimator._column_names()
    lines, todo = [], [(0, 0, "")]
    while todo:
        node, depth, condition = todo.pop()
        indent = "|   " * (depth - 1) + "|--- " if depth else ""
        if condition:
            lines.append(indent + condition)
        inner = "|   " * depth + "|--- "
        if tree.children_left[node] < 0:
            said = estimator._said(node)
            told = f"{said:.{digits}f}" if isinstance(said, float) else str(said)
            rows = int(tree.n_node_samples[node])
            lines.append(f"{inner}{told} ({rows} row{'s' if rows != 1 else ''})")
        elif depth >= max_depth:
            lines.append(inner + "...")
        else:
            left, right = conditions(tree, node, names, estimator.categories_)
            todo.append((int(tree.children_right[node]), depth + 1, right))
            todo.append((int(tree.children_left[node]), depth + 1, left))
    return "\n".join(lines)
