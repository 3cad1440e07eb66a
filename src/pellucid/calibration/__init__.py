"""Calibration: scores into probabilities that can be taken at their word.

Here: `CalibratedClassifierCV`, and what it learns: `CalibratedClassifier`, `Sigmoid`, `Isotonic`; and
`isotonic_regression`, the closest rising sequence.
Elsewhere: how far probabilities are off is measured in pellucid.metrics.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.model_selection, pellucid.compose,
pellucid.svm and pellucid.ensemble.
"""

from pellucid.calibration._calibrated_classifier import CalibratedClassifier, CalibratedClassifierCV
from pellucid.calibration._isotonic import Isotonic, isotonic_regression
from pellucid.calibration._sigmoid import Sigmoid

__all__ = ["CalibratedClassifier", "CalibratedClassifierCV", "Isotonic", "isotonic_regression", "Sigmoid"]
