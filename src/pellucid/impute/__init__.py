"""Missing values filled in.

Here: `SimpleImputer`, one value a column; `KNNImputer`, the mean of the nearest rows; `MissingIndicator`, which says
where the gaps were.
Elsewhere: whole tables, missing values and all, are made into numbers by pellucid.preprocessing.TableVectorizer.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and pellucid.preprocessing.
"""

from pellucid.impute._indicator import MissingIndicator
from pellucid.impute._knn import KNNImputer
from pellucid.impute._simple import SimpleImputer

__all__ = ["KNNImputer", "MissingIndicator", "SimpleImputer"]
