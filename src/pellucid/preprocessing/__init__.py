"""Data as the numbers models take: scaling, encoding, and whole tables at once; learned from training rows only.

Here: scalers, encoders, bins, powers, products and functions of columns, under scikit-learn's names and with its
numbers; `TableVectorizer`, which is ours.
Elsewhere: filling in missing values alone is in pellucid.impute; reading tables in pellucid.data.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors, pellucid.persistence and pellucid.random; when used SciPy
for sparse output, powers and normal variates, Polars and Narwhals for frames, pellucid.model_selection for folds.
"""

from pellucid.preprocessing._binarizer import LabelBinarizer
from pellucid.preprocessing._bins import KBinsDiscretizer
from pellucid.preprocessing._columns import (
    BooleanColumn,
    CategoryColumn,
    ColumnPlan,
    DateColumn,
    DroppedColumn,
    NumberColumn,
)
from pellucid.preprocessing._functions import FunctionTransformer
from pellucid.preprocessing._label_sets import MultiLabelBinarizer
from pellucid.preprocessing._labels import LabelEncoder
from pellucid.preprocessing._max_abs import MaxAbsScaler
from pellucid.preprocessing._norms import Normalizer
from pellucid.preprocessing._one_hot import OneHotEncoder
from pellucid.preprocessing._ordinal import OrdinalEncoder
from pellucid.preprocessing._polynomial import PolynomialFeatures
from pellucid.preprocessing._power import PowerTransformer
from pellucid.preprocessing._quantile_transformer import QuantileTransformer
from pellucid.preprocessing._robust import RobustScaler
from pellucid.preprocessing._scaling import MinMaxScaler, StandardScaler
from pellucid.preprocessing._target_encoder import TargetEncoder
from pellucid.preprocessing._threshold import Binarizer
from pellucid.preprocessing._vectorizer import TableVectorizer, Treatment

__all__ = [
    "Binarizer",
    "BooleanColumn",
    "CategoryColumn",
    "ColumnPlan",
    "DateColumn",
    "DroppedColumn",
    "FunctionTransformer",
    "KBinsDiscretizer",
    "LabelBinarizer",
    "LabelEncoder",
    "MaxAbsScaler",
    "MinMaxScaler",
    "MultiLabelBinarizer",
    "Normalizer",
    "NumberColumn",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PolynomialFeatures",
    "PowerTransformer",
    "QuantileTransformer",
    "RobustScaler",
    "StandardScaler",
    "TableVectorizer",
    "TargetEncoder",
    "Treatment",
]
