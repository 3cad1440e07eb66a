"""Labels as zeros and ones.

Here: `LabelBinarizer`, for the target y.
Elsewhere: labels as numbers are in _labels.py; columns of X are encoded in _one_hot.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package; SciPy for sparse output only.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Flag, Limit, Whole, check_labels, check_limits, kin
from pellucid.errors import DataError, ModelFileError, NotFittedError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._categories import codes_of
from pellucid.preprocessing._cells import Array
from pellucid.preprocessing._sparse import is_sparse

_LEARNED = ("classes_", "y_type_", "sparse_input_")


@final
@register("preprocessing.LabelBinarizer")
class LabelBinarizer:
    """Labels (N,) as one column a class, `pos_label` in its rows and `neg_label` elsewhere; two classes share a column.

    y (N,) of K classes -> (N, K) of int, (N, 1) for K <= 2, where the column is that of the second class.  A label that
    fit has not seen is in no class.  y (N, K) of 0 and 1, dense or sparse, says of each row which of K labels it has,
    and comes out with the two numbers exchanged.
    It is for the target and takes y alone, so it is no estimator and goes into no pipeline.
    Raises ParameterError for neg_label >= pos_label and for sparse output whose zeros are not 0; DataError for missing
    labels, fractions, and several columns of anything but 0 and 1.   Names and numbers are scikit-learn's.

    >>> binarizer = LabelBinarizer().fit(["paris", "tokyo", "lima", "paris"])
    >>> binarizer.transform(["tokyo", "lima"])
    array([[0, 0, 1],
           [1, 0, 0]])
    >>> binarizer.inverse_transform(np.array([[0.2, 0.7, 0.1]]))
    array(['paris'], dtype='<U5')
    """

    limits: Mapping[str, Limit] = {"neg_label": Whole(), "pos_label": Whole(), "sparse_output": Flag()}

    classes_: Array
    """The labels (K,) that fit saw, sorted; 0 .. K - 1 where y had a column for each."""
    y_type_: Literal["binary", "multiclass", "multilabel-indicator"]
    sparse_input_: bool

    def __init__(self, *, neg_label: int = 0, pos_label: int = 1, sparse_output: bool = False) -> None:
        self.neg_label = neg_label
        self.pos_label = pos_label
        self.sparse_output = sparse_output

    def __repr__(self) -> str:
        defaults = {"neg_label": 0, "pos_label": 1, "sparse_output": False}
        given = [f"{name}={vars(self)[name]!r}" for name, value in defaults.items() if vars(self)[name] != value]
        return f"LabelBinarizer({', '.join(given)})"

    def fit(self, y: Any) -> Self:
        """Learn the classes of y (N,), or (N, K) of 0 and 1."""
        self._check_params()
        indicator = _indicator(y)
        self.sparse_input_ = is_sparse(y)
        if indicator is not None:
            self.classes_, self.y_type_ = np.arange(indicator.shape[1]), "multilabel-indicator"
            return self
        labels = _labels(y)
        self.classes_, _ = check_labels(labels, len(labels), where="LabelBinarizer")
        self.y_type_ = "multiclass" if len(self.classes_) > 2 else "binary"
        return self

    def fit_transform(self, y: Any) -> Any:
        """fit(y), then transform(y)."""
        return self.fit(y).transform(y)

    def transform(self, y: Any) -> Any:
        """The labels as `pos_label` and `neg_label`.   (N,) or (N, K) -> (N, K) of int, (N, 1) for K <= 2"""
        self._check_fitted()
        member = self._membership(y)
        if self.sparse_output:
            from scipy.sparse import csr_array

            return csr_array(member) * self.pos_label
        return np.where(member, self.pos_label, self.neg_label)

    def _membership(self, y: Any) -> Array:
        """Which classes each row is in.   -> (N, K) or (N, 1) of bool"""
        indicator = _indicator(y)
        if indicator is not None:
            if self.y_type_ != "multilabel-indicator":
                raise DataError(
                    "LabelBinarizer: The object was not fitted with multilabel input, and y has "
                    f"{indicator.shape[1]} columns; give one label a row."
                )
            if indicator.shape[1] != len(self.classes_):
                raise DataError(
                    f"LabelBinarizer: y has {indicator.shape[1]} columns, fit saw {len(self.classes_)}; give those."
                )
            return indicator
        codes = codes_of(_labels(y), self.classes_)
        if len(self.classes_) <= 2 and self.y_type_ != "multilabel-indicator":
            return (codes == 1)[:, None]
        return codes[:, None] == np.arange(len(self.classes_))

    def inverse_transform(self, Y: Any, threshold: float | None = None) -> Any:
        """The labels behind zeros and ones, probabilities or decision values.   (N, K), (N, 1) or (N,) -> (N,)

        The largest of several columns decides, the first among equals; a single column, and each column of a fit on
        (N, K), by `threshold`: halfway between the two numbers unless given.  Two columns of a binary fit are taken to
        be those of both classes.
        """
        self._check_fitted()
        values = Y.toarray() if is_sparse(Y) else np.asarray(Y)
        cut = (self.pos_label + self.neg_label) / 2 if threshold is None else threshold
        if self.y_type_ == "multilabel-indicator":
            self._check_columns(values, (len(self.classes_),))
            return self._as_given((values > cut).astype(np.int64))
        if self.y_type_ == "multiclass":
            self._check_columns(values, (len(self.classes_),))
            return self.classes_[values.argmax(axis=1)]
        if values.ndim == 2:
            self._check_columns(values, (1, 2))
            values = values[:, -1]
        return self.classes_[np.minimum((values > cut).astype(np.int64), len(self.classes_) - 1)]

    def _as_given(self, rows: Array) -> Any:
        if not self.sparse_input_:
            return rows
        from scipy.sparse import csr_array

        return csr_array(rows)

    def _check_columns(self, values: Array, widths: tuple[int, ...]) -> None:
        if values.ndim != 2 or values.shape[1] not in widths:
            wanted = " or ".join(map(str, widths))
            raise DataError(
                f"LabelBinarizer: Y has shape {values.shape}; give {wanted} column(s), as transform does, for the "
                f"{len(self.classes_)} classes of fit."
            )

    def _check_params(self) -> None:
        defaults = {"neg_label": 0, "pos_label": 1, "sparse_output": False}
        check_limits("LabelBinarizer", vars(self), self.limits, defaults)
        if self.neg_label >= self.pos_label:
            raise ParameterError(
                f"LabelBinarizer: neg_label={self.neg_label} must be strictly less than pos_label={self.pos_label}. "
                "The defaults are 0 and 1."
            )
        if self.sparse_output and self.neg_label != 0:
            raise ParameterError(
                "LabelBinarizer: Sparse binarization is only supported with non zero pos_label and zero neg_label, got "
                f"pos_label={self.pos_label} and neg_label={self.neg_label}; set sparse_output=False."
            )

    def _check_fitted(self) -> None:
        if "classes_" not in vars(self):
            raise kin(NotFittedError, "LabelBinarizer is not fitted yet: fit learns classes_; call fit first.")

    def to_record(self) -> dict[str, Any]:
        """Parameters and what fit learned, for a model file."""
        params = {name: vars(self)[name] for name in self.limits}
        return {"params": params, "state": {name: vars(self)[name] for name in _LEARNED if name in vars(self)}}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The binarizer that `to_record` was called on; raises ModelFileError for what can be none."""
        binarizer, state = cls(**record["params"]), record["state"]
        binarizer._check_params()
        if state:
            classes, kind = state.get("classes_"), state.get("y_type_")
            kinds = ("binary", "multiclass", "multilabel-indicator")
            whole = isinstance(classes, np.ndarray) and classes.ndim == 1 and len(classes) and kind in kinds
            if sorted(state) != sorted(_LEARNED) or not whole or (kind == "binary" and len(classes) > 2):
                raise ModelFileError("LabelBinarizer: its record holds no classes of a known kind; it is damaged.")
            vars(binarizer).update(state)
        return binarizer


def _indicator(y: Any) -> Array | None:
    """y as truths (N, K) where it has several columns, of 0 and 1; None where it has one.  Sparse y has columns."""
    values = y.toarray() if is_sparse(y) else np.asarray(y)
    if values.ndim != 2 or values.shape[1] < 2:
        return None
    if values.dtype.kind not in "biuf" or not np.isin(values, (0, 1)).all():
        raise DataError(
            f"LabelBinarizer: Multioutput target data is not supported with label binarization; y has "
            f"{values.shape[1]} columns, which may hold only 0 and 1. Binarize one column at a time."
        )
    return values != 0


def _labels(y: Any) -> Array:
    """y as (N,); raises DataError for none."""
    values = y.toarray() if is_sparse(y) else np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or len(values) == 0:
        raise DataError(f"LabelBinarizer: y has 0 samples or no rows, shape {values.shape}; give one label a row.")
    return values
