"""Support vector machines.

Here: `LinearSVC` and `LinearSVR`.
Elsewhere: other linear models, with probabilities or learning a row at a time, are in pellucid.linear_model.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence and pellucid.random.
"""

from pellucid.svm._linear_svc import LinearSVC
from pellucid.svm._linear_svr import LinearSVR

__all__ = ["LinearSVC", "LinearSVR"]
