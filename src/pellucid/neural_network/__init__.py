"""Neural networks as estimators, trained by our own layers, optimizers and loop.

Here: MLPClassifier and MLPRegressor for tables, ConvNetClassifier for images, with scikit-learn's contract.
Elsewhere: layers are in pellucid.nn, update rules in pellucid.optim, the loop in pellucid.train.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.data, pellucid.model_selection,
pellucid.nn, pellucid.optim, pellucid.random, pellucid.tensor, pellucid.train.
"""

from pellucid.neural_network._convolutional import ConvNetClassifier
from pellucid.neural_network._perceptron import MLPClassifier, MLPRegressor

__all__ = ["ConvNetClassifier", "MLPClassifier", "MLPRegressor"]
