"""Baselines: predictions that look at the targets only, to stand beside every real model.

Here: `DummyClassifier`, `DummyRegressor`.
Elsewhere: models that look at the features are in linear_model and neural_network.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence and pellucid.base.
"""

from pellucid.dummy._classifier import DummyClassifier
from pellucid.dummy._regressor import DummyRegressor

__all__ = ["DummyClassifier", "DummyRegressor"]
