"""Support vector machines.

Here: `LinearSVC`.
Elsewhere: other linear classifiers, with probabilities or learning a row at a time, are in pellucid.linear_model.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence and pellucid.random.
"""

from pellucid.svm._linear_svc import LinearSVC

__all__ = ["LinearSVC"]
