"""Linear models: predictions that are weighted sums of the features.

Here: `LinearRegression`; `Ridge`, `Lasso`, `ElasticNet` and those that choose their own penalty; `lasso_path`,
`enet_path`; `HuberRegressor`; `LogisticRegression`; `SGDClassifier`, `SGDRegressor`, `Perceptron`.
Elsewhere: scaling of features is in pellucid.preprocessing; networks in pellucid.neural_network.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.random and pellucid.base; SciPy, Numba, joblib and
pellucid.model_selection inside the solvers.
"""

from pellucid.linear_model._elastic_net import ElasticNet, Lasso
from pellucid.linear_model._elastic_net_cv import ElasticNetCV, LassoCV
from pellucid.linear_model._huber import HuberRegressor
from pellucid.linear_model._linear_regression import LinearRegression
from pellucid.linear_model._logistic_regression import LogisticRegression
from pellucid.linear_model._paths import enet_path, lasso_path
from pellucid.linear_model._perceptron import Perceptron
from pellucid.linear_model._ridge import Ridge
from pellucid.linear_model._ridge_cv import RidgeCV
from pellucid.linear_model._sgd_classifier import SGDClassifier
from pellucid.linear_model._sgd_regressor import SGDRegressor

__all__ = [
    "ElasticNet",
    "ElasticNetCV",
    "enet_path",
    "HuberRegressor",
    "Lasso",
    "lasso_path",
    "LassoCV",
    "LinearRegression",
    "LogisticRegression",
    "Perceptron",
    "Ridge",
    "RidgeCV",
    "SGDClassifier",
    "SGDRegressor",
]
