"""Data as the numbers models take: scaling, encoding, and whole tables at once; learned from training rows only.

Here: scalers, encoders, `TableVectorizer`; the names and numbers of the first two are scikit-learn's.
Elsewhere: filling in missing values alone is in pellucid.impute; reading tables in pellucid.data.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors and pellucid.persistence; SciPy for sparse output, Polars
and Narwhals for frames, when used.
"""

from pellucid.preprocessing._columns import BooleanColumn, CategoryColumn, ColumnPlan, DroppedColumn, NumberColumn
from pellucid.preprocessing._labels import LabelEncoder
from pellucid.preprocessing._one_hot import OneHotEncoder
from pellucid.preprocessing._ordinal import OrdinalEncoder
from pellucid.preprocessing._scaling import MinMaxScaler, StandardScaler
from pellucid.preprocessing._vectorizer import TableVectorizer, Treatment

__all__ = [
    "BooleanColumn",
    "CategoryColumn",
    "ColumnPlan",
    "DroppedColumn",
    "LabelEncoder",
    "MinMaxScaler",
    "NumberColumn",
    "OneHotEncoder",
    "OrdinalEncoder",
    "StandardScaler",
    "TableVectorizer",
    "Treatment",
]
