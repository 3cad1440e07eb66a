"""Decision trees: questions about single features, one after the other.

Here: `DecisionTreeClassifier`, `DecisionTreeRegressor`; `Tree`, the arrays of a fitted one; `Rule` and `export_text`,
what it says in words; `PruningPath`.
Elsewhere: many trees together are in pellucid.ensemble.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence and pellucid.base; Numba inside fit and predict.
"""

from pellucid.tree._decision_tree import DecisionTreeClassifier, DecisionTreeRegressor
from pellucid.tree._pruning import PruningPath
from pellucid.tree._rules import Rule, export_text
from pellucid.tree._tree import Tree

__all__ = ["DecisionTreeClassifier", "DecisionTreeRegressor", "export_text", "PruningPath", "Rule", "Tree"]
