"""Ensembles: many models that decide together.

Here: `RandomForestClassifier`, `RandomForestRegressor`, `ExtraTreesClassifier`, `ExtraTreesRegressor`,
`HistGradientBoostingClassifier`, `HistGradientBoostingRegressor`.
Elsewhere: a single tree is in pellucid.tree.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base and pellucid.tree; joblib and
Numba inside fit.
"""

from pellucid.ensemble._extra_trees import ExtraTreesClassifier, ExtraTreesRegressor
from pellucid.ensemble._hist_gradient_boosting import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from pellucid.ensemble._random_forest import RandomForestClassifier, RandomForestRegressor

__all__ = [
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
]
