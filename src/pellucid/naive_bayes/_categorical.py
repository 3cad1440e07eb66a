"""Naive Bayes for categories, numbered from 0.

Here: `CategoricalNB`.  Elsewhere: numbers for categories come from pellucid.preprocessing.OrdinalEncoder.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

import warnings
from typing import Any, final

import numpy as np

from pellucid.base import Choice, Kind, OneOf, Traits, Whole
from pellucid.base._tables import Array
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.naive_bayes._counting import LIMITS, Discrete
from pellucid.persistence import register

WHOLE_MAX = 2**53  # beyond, not every whole number is a float64
CELLS_MAX = 1 << 27  # counts a feature: 1 GiB; more is a column of identifiers, not of categories


@register("naive_bayes.CategoricalNB")
@final
class CategoricalNB(Discrete):
    """Each class has, for each feature, a frequency of each of its categories.

        log P(x, k) = log P(k) + sum_d log p_kd(x_d)

        p_kd(c) = (N_kd(c) + alpha) / (N_k + alpha C_d),    N_kd(c) = rows of class k with x_d = c

    X (N, D) of whole numbers 0 ... C_d - 1, y (N,) -> category_count_, feature_log_prob_, lists of D tables (K, C_d).
    Counting costs N D, predicting N D K.  C_d is one more than the largest number seen, or `min_categories` if that is
    more, and grows in partial_fit; in pieces it is as at once.

    It assumes that features are independent within a class: two that say the same count twice, and probabilities come
    out too near to 0 and 1.  Rare categories are known from few rows; `alpha` draws them to the mean.
    Fractions are cut to whole numbers, as scikit-learn does, with a DataWarning.
    Raises DataError for negative numbers and, when predicting, for categories beyond those known.
    Source: Murphy, Machine Learning: A Probabilistic Perspective, 2012, section 3.5.

    >>> model = CategoricalNB().fit([[0, 1], [0, 2], [1, 1]], ["a", "a", "b"])
    >>> [count.tolist() for count in model.category_count_], model.predict([[1, 0]]).tolist()
    ([[[2.0, 0.0], [0.0, 1.0]], [[0.0, 1.0, 1.0], [0.0, 1.0, 0.0]]], ['b'])
    """

    limits = {
        **LIMITS,
        "min_categories": OneOf(
            Whole(low=1),
            Choice(None),
            Kind(np.ndarray, list, tuple, words="one whole number a feature"),
            says="categories that are known to exist, seen or not",
        ),
    }

    category_count_: list[Array]
    """D tables (K, C_d): rows of each class in each category, by weight."""
    feature_log_prob_: list[Array]
    """D tables (K, C_d)."""
    n_categories_: Array
    """(D,), the C_d."""

    def __init__(
        self,
        *,
        alpha: Any = 1.0,
        force_alpha: bool = True,
        fit_prior: bool = True,
        class_prior: Any = None,
        min_categories: Any = None,
    ) -> None:
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior
        self.min_categories = min_categories

    def _rows(self, X: Any, first: bool) -> Array:
        table = self._fit_table(X) if first else self._table(X)
        self._check_not_negative(table)
        if (table >= WHOLE_MAX).any():
            row, column = np.argwhere(table >= WHOLE_MAX)[0].tolist()
            raise DataError(
                f"CategoricalNB: X holds {table[row, column]:g} (row {row}, column {column}), which is no category; "
                "number the categories 0, 1, ... (pellucid.preprocessing.OrdinalEncoder), or use GaussianNB."
            )
        numbers = table.astype(np.int64)
        broken = numbers != table
        if broken.any():
            row, column = np.argwhere(broken)[0].tolist()
            message = (
                f"CategoricalNB: X holds {table[row, column]:g} (row {row}, column {column}), which is no category "
                "and is cut to the whole number below; number the categories 0, 1, ... "
                "(pellucid.preprocessing.OrdinalEncoder), or use GaussianNB."
            )
            warnings.warn(DataWarning(message), stacklevel=4)
        return numbers

    def _clear(self) -> None:
        k = len(self.classes_)
        self.class_count_ = np.zeros(k)
        self.category_count_ = [np.zeros((k, least)) for least in self._least().tolist()]

    def _least(self) -> Array:
        """Categories of each feature that exist for certain.   -> (D,)"""
        if self.min_categories is None:
            return np.zeros(self.n_features_in_, np.int64)
        least = np.asarray(self.min_categories)
        if least.dtype.kind not in "iu":
            raise ParameterError(
                f"CategoricalNB: 'min_categories' should have integral type. Got {least.dtype} instead."
            )
        if least.ndim and least.shape != (self.n_features_in_,):
            raise ParameterError(
                f"CategoricalNB: 'min_categories' should have shape ({self.n_features_in_},) when an array-like is "
                f"provided. Got {least.shape} instead."
            )
        return np.broadcast_to(least, (self.n_features_in_,))

    def _add(self, rows: Array, codes: Array, weights: Array | None) -> None:
        k = len(self.classes_)
        known = np.array([count.shape[1] for count in self.category_count_])
        width = np.maximum(known, rows.max(axis=0) + 1)
        if k * width.max() > CELLS_MAX:
            d = int(width.argmax())
            raise DataError(
                f"CategoricalNB: column {d} holds the category {width[d] - 1}, and a table of {width[d]} categories "
                f"by {k} classes is too large; number the categories 0, 1, ... without gaps."
            )
        grown = []
        for d, old in enumerate(self.category_count_):
            cells = np.bincount(codes * width[d] + rows[:, d], weights, minlength=k * width[d])
            count = cells.astype(np.float64).reshape(k, width[d])
            count[:, : known[d]] += old
            grown.append(count)
        self.category_count_, self.n_categories_ = grown, width

    def _take_logs(self, alpha: Array) -> None:
        self.feature_log_prob_ = []
        for count, own in zip(self.category_count_, np.broadcast_to(alpha, (self.n_features_in_,)), strict=True):
            total = (count + own).sum(axis=1, keepdims=True)
            share = np.log(count + own) - np.log(total)
            self.feature_log_prob_.append(np.where(total > 0, share, -np.log(count.shape[1])))

    def _joint(self, rows: Array) -> Array:
        beyond = rows >= self.n_categories_
        if beyond.any():
            row, d = np.argwhere(beyond)[0].tolist()
            raise DataError(
                f"CategoricalNB: X holds the category {rows[row, d]} (row {row}, column {d}), and fit knew "
                f"{self.n_categories_[d]} of that column; give fit min_categories={rows[row, d] + 1} or more."
            )
        joint = np.tile(self.class_log_prior_, (len(rows), 1))
        for d, logs in enumerate(self.feature_log_prob_):
            joint += logs.T[rows[:, d]]
        return joint

    def _traits(self) -> Traits:
        return Traits(positive=True, weak=True)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        return tags

    def _check_learned(self) -> None:
        wanted = [(len(self.classes_), int(c)) for c in self.n_categories_]
        if len(wanted) != self.n_features_in_ or [np.shape(t) for t in self.feature_log_prob_] != wanted:
            raise ModelFileError("CategoricalNB: the record has not one table for each feature; it is damaged.")
