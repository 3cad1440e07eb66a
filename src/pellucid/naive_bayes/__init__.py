"""Classifiers by Bayes' rule, with features taken for independent within a class.

Here: naive Bayes for measurements (`GaussianNB`), counts (`MultinomialNB`, `ComplementNB`), presence (`BernoulliNB`)
and categories (`CategoricalNB`), under scikit-learn's names and with its numbers.
Elsewhere: classes with a dependence between features are in pellucid.linear_model, pellucid.mixture and the trees.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base and pellucid.linear_model; SciPy for sparse rows.
"""

from pellucid.naive_bayes._bernoulli import BernoulliNB
from pellucid.naive_bayes._categorical import CategoricalNB
from pellucid.naive_bayes._gaussian import GaussianNB
from pellucid.naive_bayes._multinomial import ComplementNB, MultinomialNB

__all__ = ["BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"]
