"""Categories as the mean of their targets, shrunk, and never from a row's own target.

Here: `TargetEncoder`; the two rules of shrinking, pure functions.
Elsewhere: categories are found and coded in _categories.py; folds are in pellucid.model_selection.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package;
pellucid.model_selection in fit.

Source: Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in classification and
prediction problems", SIGKDD Explorations 3(1), 2001; cross-fitting and numbers as in scikit-learn.
"""

from collections.abc import Iterator
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Kind, OneOf, Real, Traits, check_labels, check_targets
from pellucid.errors import DataError, ModelFileError
from pellucid.persistence import register
from pellucid.preprocessing._categories import CategoryEncoder
from pellucid.preprocessing._cells import Array
from pellucid.random import Seed

TargetType = Literal["continuous", "binary", "multiclass"]


@final
@register("preprocessing.TargetEncoder")
class TargetEncoder(CategoryEncoder):
    """Each category as the mean target of its rows, drawn towards the mean of all rows.

        e_k = l_k m_k + (1 - l_k) m,    l_k = n_k / (n_k + smooth)   or, "auto",   l_k = v n_k / (v n_k + v_k)

    with n_k rows, mean m_k and variance v_k of the target in category k, m and v those of all rows.
    X (N, D) of text, numbers or truths, y (N,) -> (N, D); with K > 2 classes (N, D K), one mean a class ("is it k?").
    O(N D).  For columns of many categories, where one column for each (OneHotEncoder) would be too many.

    `fit_transform(X, y)` is for training rows, and is not fit(X, y).transform(X): each row gets means of the folds it
    is not in.  With its own target in its mean, a column of row numbers would foretell y, and a model learn just that.
    `fit` and then `transform` is for new rows.

    - `categories`: "auto", or a list with those of each column.
    - `target_type`: "auto" looks at y: fractions are continuous; up to two labels binary; more multiclass.
    - `smooth`: rows' worth of the overall mean mixed in; "auto" is the empirical Bayes choice above.
    - `cv`: folds of fit_transform: their number, or an object with `split`, such as KFold(5, shuffle=True,
      random_state=0), that tests every row once; numbers are stratified for classes.
    - `shuffle`, `random_state`: how a number of folds is dealt; the second counts with the first only.  (scikit-learn
      moves both into `cv` from 1.11 on.)

    A category that fit has not seen gets m; a missing cell is a category of its own.
    Raises DataError for missing targets, rows that `cv` does not test once, and other columns than fit saw.

    >>> X, y = [["a"], ["a"], ["b"], ["b"], ["b"]], [1.5, 2.5, 7.0, 8.0, 9.0]
    >>> encoder = TargetEncoder(smooth=1.0).fit(X, y)
    >>> encoder.transform([["a"], ["b"], ["new"]]).ravel().round(3)
    array([3.2, 7.4, 5.6])
    """

    limits = {
        "categories": CategoryEncoder.limits["categories"],
        "target_type": Choice("auto", "continuous", "binary", "multiclass"),
        "smooth": OneOf(Choice("auto"), Real(0.0)),
        "cv": Kind(object, words="a number of folds, an object with `split`, or pairs of row numbers"),
        "shuffle": Flag(says="of a number of folds"),
        "random_state": SEED,
    }

    dtype = np.float64
    min_frequency = None
    max_categories = None

    encodings_: list[Array]
    """Of each column (K_d,), the number of each category; with several classes, of each column and class in turn."""
    target_mean_: Any
    """The overall mean; (K,) with several classes."""
    target_type_: TargetType
    classes_: Any
    """The labels, sorted; None for a continuous target."""

    def __init__(
        self,
        categories: Any = "auto",
        target_type: Literal["auto", "continuous", "binary", "multiclass"] = "auto",
        smooth: float | Literal["auto"] = "auto",
        cv: Any = 5,
        shuffle: bool = True,
        random_state: Seed = None,
    ) -> None:
        self.categories = categories
        self.target_type = target_type
        self.smooth = smooth
        self.cv = cv
        self.shuffle = shuffle
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the means of all rows X (N, D), y (N,), to transform other rows with."""
        self._fit_all(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Array:
        """fit(X, y), and these rows with the means of the folds they are not in.   (N, D) -> (N, D) or (N, D K)"""
        codes, targets = self._fit_all(X, y)
        n = codes.shape[1]
        out = np.empty((n, len(self.encodings_)))
        for train, test in self._folds(X, y, n):
            seen = targets[:, train]
            mean = seen.mean(axis=1)
            encodings = self._encodings(codes[:, train], seen, mean)
            out[test] = _encoded(codes[:, test], encodings, mean)
        return out

    def transform(self, X: Any) -> Array:
        """The rows as means of targets.   X (N, D) -> (N, D) or (N, D K)"""
        encodings = self.encodings_
        codes = np.stack(self._codes(X)[1])
        return _encoded(codes, encodings, np.atleast_1d(self.target_mean_))

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the outputs: those of the columns, with several classes `column_class`."""
        kind, names = self.target_type_, self._names_in(input_features)
        if kind != "multiclass":
            return names
        return np.array([f"{name}_{label}" for name in names for label in self.classes_], dtype=object)

    def _fit_all(self, X: Any, y: Any) -> tuple[Array, Array]:
        """Learn everything, of all rows; codes (D, N), -1 for a cell outside given categories, and targets (K', N)."""
        from pellucid.model_selection import check_cv

        codes = np.stack(self._fit_categories(X, strict=False, pool_missing=True)[1])
        check_cv(self.cv)  # a mistake in it is told by fit, too
        targets = self._targets(y, codes.shape[1])
        mean = targets.mean(axis=1)
        self.encodings_ = self._encodings(codes, targets, mean)
        self.target_mean_ = mean if self.target_type_ == "multiclass" else mean[0]
        return codes, targets

    def _targets(self, y: Any, n_rows: int) -> Array:
        """y as numbers: itself or 0 and 1 (1, N), or one row a class (K, N).  Notes its type and labels."""
        self.classes_ = None
        if self.target_type == "continuous" or (self.target_type == "auto" and _has_fractions(y)):
            self.target_type_ = "continuous"
            return check_targets(y, n_rows, where="TargetEncoder").astype(np.float64)[None]
        self.classes_, codes = check_labels(y, n_rows, where="TargetEncoder")
        found: TargetType = "multiclass" if len(self.classes_) > 2 else "binary"
        if found == "multiclass" and self.target_type == "binary":
            raise DataError(
                f"TargetEncoder: target_type is 'binary', y has {len(self.classes_)} labels; set target_type='auto'."
            )
        self.target_type_ = found if self.target_type == "auto" else self.target_type
        if self.target_type_ == "binary":
            return codes[None].astype(np.float64)
        return (codes == np.arange(len(self.classes_))[:, None]).astype(np.float64)

    def _encodings(self, codes: Array, targets: Array, mean: Array) -> list[Array]:
        """Column by column, and for each class: the number of every category.   (D, N), (K', N), (K',)"""
        return [
            shrunk_auto(column, target, len(known), m)
            if self.smooth == "auto"
            else shrunk(column, target, len(known), m, self.smooth)
            for column, known in zip(codes, self.categories_, strict=True)
            for target, m in zip(targets, mean, strict=True)
        ]

    def _folds(self, X: Any, y: Any, n_rows: int) -> Iterator[tuple[Array, Array]]:
        """Rows to take means of, and rows to encode with them; together the latter are all rows, each once."""
        from pellucid.model_selection import check_cv

        classifier = self.target_type_ != "continuous"
        seed = self.random_state if self.shuffle else None
        cv = check_cv(self.cv, y, classifier=classifier, shuffle=self.shuffle, random_state=seed)
        splits = list(cv.split(np.empty((n_rows, 0)), np.asarray(y)))
        times = np.bincount(np.concatenate([np.empty(0, np.int64), *(test for _, test in splits)]), minlength=n_rows)
        if (times != 1).any():
            odd = np.flatnonzero(times != 1)
            raise DataError(
                f"TargetEncoder: Validation indices from `cv` must cover each sample index exactly once; {len(odd)} of "
                f"{n_rows} rows are not, row {odd[0]} is tested {times[odd[0]]} times. Give folds such as KFold(5)."
            )
        return iter(splits)

    def _traits(self) -> Traits:
        return Traits(missing=True, text=True, keeps_dtypes=())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _check_learned(self) -> None:
        super()._check_learned()
        per_column = np.size(self.target_mean_) if self.target_type_ == "multiclass" else 1
        sizes = [len(known) for known in self.categories_ for _ in range(per_column)]
        if [np.shape(encoding) for encoding in self.encodings_] != [(size,) for size in sizes]:
            raise ModelFileError("TargetEncoder: the record has not one number for each category; it is damaged.")


def shrunk(codes: Array, target: Array, n_categories: int, mean: float, smooth: float) -> Array:
    """(sum of the targets of k + smooth mean) / (n_k + smooth), mean where that is 0 / 0.   (N,), (N,) -> (K,)

    A code of -1 is of no category.

    >>> shrunk(np.array([0, 0, 1, -1]), np.array([1.0, 3.0, 6.0, 9.0]), 3, 5.0, 1.0)
    array([3. , 5.5, 5. ])
    """
    n, total = _counts(codes, target, n_categories)
    return np.where(n + smooth > 0, (total + smooth * mean) / np.where(n + smooth > 0, n + smooth, 1), mean)


def shrunk_auto(codes: Array, target: Array, n_categories: int, mean: float) -> Array:
    """l m_k + (1 - l) mean,  l = v n_k / (v n_k + v_k), l = 0 where that is 0 / 0.   (N,), (N,) -> (K,)

    v_k is the variance within category k, v that of all targets.

    >>> shrunk_auto(np.array([0, 0, 1]), np.array([1.0, 3.0, 8.0]), 3, 4.0)
    array([2.10909091, 8.        , 4.        ])
    """
    n, total = _counts(codes, target, n_categories)
    some = np.where(n > 0, n, 1.0)
    own = total / some
    known = codes >= 0
    within = np.bincount(codes[known], (target[known] - own[codes[known]]) ** 2, n_categories) / some
    prior = target.var() * n
    trust = prior / np.where(prior + within > 0, prior + within, 1.0)
    return trust * own + (1 - trust) * mean


def _counts(codes: Array, target: Array, n_categories: int) -> tuple[Array, Array]:
    """Rows of each category and the sum of their targets.   -> (K,), (K,)"""
    known = codes >= 0
    n = np.bincount(codes[known], minlength=n_categories).astype(np.float64)
    return n, np.bincount(codes[known], target[known], n_categories)


def _encoded(codes: Array, encodings: list[Array], mean: Array) -> Array:
    """Each code by its encoding, mean for -1.   codes (D, N), D K' encodings, mean (K',) -> (N, D K')"""
    classes = len(mean)
    columns = [np.append(e, mean[j % classes])[codes[j // classes]] for j, e in enumerate(encodings)]
    return np.stack(columns, axis=1)


def _has_fractions(y: Any) -> bool:
    """Whether y holds numbers that are not whole."""
    values = np.asarray(y)
    if values.dtype.kind == "O" and not any(isinstance(value, str) for value in values.ravel().tolist()):
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            return False
    return values.dtype.kind == "f" and bool((np.isfinite(values) & (values != np.floor(values))).any())
