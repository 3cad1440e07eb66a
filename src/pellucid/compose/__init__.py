"""Estimators put together: different columns to different transformers, and a transformed target.

Here: `ColumnTransformer`, `make_column_transformer`; `make_column_selector`, which chooses columns by type and name;
`TransformedTargetRegressor`.
Elsewhere: steps one after another, and the same columns to several transformers, are in pellucid.pipeline.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and pellucid.preprocessing;
SciPy, joblib and Narwhals when used.
"""

from pellucid.compose._column_transformer import ColumnTransformer, make_column_transformer
from pellucid.compose._selector import make_column_selector
from pellucid.compose._target import TransformedTargetRegressor

__all__ = ["ColumnTransformer", "make_column_selector", "make_column_transformer", "TransformedTargetRegressor"]
