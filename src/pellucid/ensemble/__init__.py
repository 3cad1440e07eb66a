"""Ensembles: many models that decide together.

Here: `RandomForestClassifier`, `RandomForestRegressor`, `ExtraTreesClassifier`, `ExtraTreesRegressor`,
`HistGradientBoostingClassifier`, `HistGradientBoostingRegressor`; of parts of any kind: `VotingClassifier`,
`VotingRegressor`, `StackingClassifier`, `StackingRegressor`, `BaggingClassifier`, `BaggingRegressor`,
`AdaBoostClassifier`, `AdaBoostRegressor`; with exact trees: `GradientBoostingClassifier`, `GradientBoostingRegressor`.
Elsewhere: a single tree is in pellucid.tree.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base, pellucid.compose and
pellucid.tree; joblib, Numba, pellucid.model_selection and pellucid.linear_model inside fit.
"""

from pellucid.ensemble._ada_boost import AdaBoostClassifier, AdaBoostRegressor
from pellucid.ensemble._bagging import BaggingClassifier, BaggingRegressor
from pellucid.ensemble._extra_trees import ExtraTreesClassifier, ExtraTreesRegressor
from pellucid.ensemble._gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.ensemble._hist_gradient_boosting import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from pellucid.ensemble._random_forest import RandomForestClassifier, RandomForestRegressor
from pellucid.ensemble._stacking import StackingClassifier, StackingRegressor
from pellucid.ensemble._voting import VotingClassifier, VotingRegressor

__all__ = [
    "AdaBoostClassifier",
    "AdaBoostRegressor",
    "BaggingClassifier",
    "BaggingRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "VotingClassifier",
    "VotingRegressor",
]
