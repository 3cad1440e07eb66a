"""Linear models: predictions that are weighted sums of the features.

Here: `LinearRegression`, `LogisticRegression`.
Elsewhere: scaling of features is in pellucid.preprocessing; networks in pellucid.neural_network.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base; SciPy inside the solvers.
"""

from pellucid.linear_model._linear_regression import LinearRegression
from pellucid.linear_model._logistic_regression import LogisticRegression

__all__ = ["LinearRegression", "LogisticRegression"]
