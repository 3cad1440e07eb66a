"""The same columns to several transformers.

Here: `FeatureUnion`, and `make_union`, which names its members.
Elsewhere: different columns to different transformers are pellucid.compose.ColumnTransformer; steps one after another
are in _pipeline.py.
Imports: numpy, pellucid.base, pellucid.compose, pellucid.errors and pellucid.persistence.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Traits, Transformer, is_frame
from pellucid.base._estimator import parameters
from pellucid.base._kin import kin
from pellucid.base._tables import Array
from pellucid.compose._blocks import as_block, beside, frames_beside, prefixed, weighed
from pellucid.compose._members import (
    DROP,
    N_JOBS,
    Named,
    check_rows,
    check_storable,
    check_transformer,
    fit_transform,
    in_turn,
    is_fitted,
    is_word,
    named,
    params_by_member,
    shared_traits,
    told,
    transform,
)
from pellucid.errors import ColumnError, ModelFileError, NotFittedError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._ones import Ones


@final
@register("pipeline.FeatureUnion")
class FeatureUnion(Transformer):
    """Every transformer gets all columns, and what they give stands side by side, in the order of the list.

        transform(X) = [w_1 t_1(X), w_2 t_2(X), ...]

    X (N, D) -> (N, D_1 + D_2 + ...), a sparse CSR matrix where a transformer gives one. Transformers are fitted in
    place, as scikit-learn does.

    - `transformer_list`: pairs (name, transformer); "drop" gives nothing, "passthrough" gives X.
    - `n_jobs`: transformers at a time; the result does not depend on it.
    - `transformer_weights`: factors of the outputs, by name.
    - `verbose_feature_names_out`: names out are "transformer__column" (True), or the transformers' own (False).

    Parameters of a transformer are set as `name__parameter`, arguments of its fit are given likewise.
    Raises ParameterError for names and transformers that will not do, and for weights of none of them.
    Source: the contract is that of scikit-learn 1.9, sklearn.pipeline.FeatureUnion.

    >>> from pellucid.preprocessing import MinMaxScaler, StandardScaler
    >>> union = FeatureUnion([("z", StandardScaler()), ("range", MinMaxScaler())])
    >>> union.fit_transform([[1.0], [3.0]])
    array([[-1.,  0.],
           [ 1.,  1.]])
    >>> union.get_feature_names_out().tolist()
    ['z__x0', 'range__x0']
    """

    parts: ClassVar[str | None] = "transformer_list"
    limits = {
        "transformer_list": Kind(list, tuple, words="a list of tuples (name, transformer)"),
        "n_jobs": N_JOBS,
        "transformer_weights": OneOf(Kind(Mapping, words="a mapping of name to factor"), Choice(None)),
        "verbose": Flag(says="a line for each transformer"),
        "verbose_feature_names_out": Flag(),
    }

    def __init__(
        self,
        transformer_list: Any,
        *,
        n_jobs: int | None = None,
        transformer_weights: Mapping[str, float] | None = None,
        verbose: bool = False,
        verbose_feature_names_out: bool = True,
    ) -> None:
        self.transformer_list = transformer_list
        self.n_jobs = n_jobs
        self.transformer_weights = transformer_weights
        self.verbose = verbose
        self.verbose_feature_names_out = verbose_feature_names_out

    def __getitem__(self, name: str) -> Any:
        """A transformer by name."""
        if not isinstance(name, str) or name not in self.named_transformers:
            held = ", ".join(self.named_transformers)
            raise ColumnError(f"FeatureUnion: there is no transformer {name!r}; it has {held}, by name.")
        return self.named_transformers[name]

    @property
    def named_transformers(self) -> Named:
        """The transformers by name."""
        return Named(**dict(self.transformer_list))

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit every transformer to X; `params` are arguments of their fits, `name__argument`."""
        parted = self._begin(params)
        work = [partial(_fit_one, member, X, y, parted[name]) for name, member in self._kept()]
        self._take_over(in_turn(self._told(work), self.n_jobs))
        return self

    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """fit(X, y), then transform(X), in one go."""
        parted = self._begin(params)
        work = [partial(_fit_transform_one, member, X, y, parted[name]) for name, member in self._kept()]
        done = in_turn(self._told(work), self.n_jobs)
        self._take_over([member for member, _ in done])
        return self._beside([output for _, output in done], X)

    def transform(self, X: Any) -> Any:
        """What every transformer makes of X, side by side.   X (N, D) -> (N, D_1 + D_2 + ...)"""
        self._check_fitted()
        work = [partial(_transform_one, member, X) for _, member in self._kept()]
        return self._beside(in_turn(work, self.n_jobs), X)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the columns that `transform` gives."""
        self._check_fitted()
        names = {}
        for name, member in self._kept():
            if is_word(member):
                names[name] = self._names_given(input_features)
            elif not hasattr(member, "get_feature_names_out"):
                raise AttributeError(
                    f"Transformer {name} (type {type(member).__name__}) does not provide get_feature_names_out."
                )
            else:
                names[name] = member.get_feature_names_out(input_features)
        return prefixed(names, self.verbose_feature_names_out, where="FeatureUnion")

    def _names_given(self, input_features: Any) -> Array:
        """Names of the columns of X; where no transformer knows how many there are, those that are given."""
        if input_features is not None and not hasattr(self, "n_features_in_"):
            return np.asarray(input_features, dtype=object)
        if input_features is None and hasattr(self, "feature_names_in_"):
            return self.feature_names_in_
        return self._names_in(input_features)

    def _begin(self, params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Check transformers and arguments; from here to the end of a fit the union does not count as fitted."""
        self._begin_fit()
        self._check_transformers()
        parted = params_by_member(params, [name for name, _ in self.transformer_list], where="FeatureUnion.fit")
        self._unfinished = True
        return parted

    def _check_transformers(self) -> None:
        own = parameters(type(self))
        check_rows(self.transformer_list, 2, where="FeatureUnion", parameter="transformer_list", own=own)
        for name, member in self._kept():
            if not is_word(member):
                check_transformer(name, member, where="FeatureUnion")
        names = [name for name, _ in self.transformer_list]
        for name in self.transformer_weights or ():
            if name not in names:
                raise ParameterError(
                    f"FeatureUnion: transformer_weights names {name!r}, which is no transformer; they are "
                    f"{', '.join(names)}."
                )

    def _kept(self) -> list[tuple[str, Any]]:
        """The transformers that are not dropped."""
        return [(name, member) for name, member in self.transformer_list if not _dropped(member)]

    def _told(self, work: Sequence[Any]) -> list[Any]:
        """The work of each transformer, with a line about it where that is asked for."""
        if not self.verbose:
            return list(work)
        names = [name for name, _ in self._kept()]
        lines = [f"[FeatureUnion] (step {i} of {len(work)}) Processing {name}" for i, name in enumerate(names, start=1)]
        return [partial(told, piece, line) for piece, line in zip(work, lines, strict=True)]

    def _take_over(self, fitted: Sequence[Any]) -> None:
        """Put the fitted transformers into the list: work on a cluster fits copies."""
        members = iter(fitted)
        self.transformer_list = [
            (name, member if _dropped(member) else next(members)) for name, member in self.transformer_list
        ]
        self._unfinished = False

    def _beside(self, outputs: Sequence[Any], X: Any) -> Any:
        factors, kind = self.transformer_weights or {}, vars(self).get("_output", "default")
        names = [name for name, _ in self._kept()]
        outputs = [
            weighed(output, factors[name]) if name in factors else output
            for name, output in zip(names, outputs, strict=True)
        ]
        blocks = [as_block(output, name, where="FeatureUnion") for name, output in zip(names, outputs, strict=True)]
        n_rows = blocks[0].shape[0] if blocks else len(X)
        sparse = any(hasattr(block, "tocsr") for block in blocks)
        if kind != "default" and not sparse:
            return frames_beside(outputs, blocks, self.get_feature_names_out(), kind, X, where="FeatureUnion")
        return beside(blocks, n_rows, sparse=sparse, where="FeatureUnion")

    # -- what is known of it

    @property
    def _first(self) -> Any:
        return next((member for _, member in self._kept() if not is_word(member)), None)

    @property
    def n_features_in_(self) -> int:  # type: ignore[override]  # asked of a transformer that knows it, never set
        """Columns of X that fit saw."""
        width: int = self._first.n_features_in_
        return width

    @property
    def feature_names_in_(self) -> Array:  # type: ignore[override]  # asked of a transformer that knows, never set
        """Their names (D,), where X was a frame with names."""
        names: Array = self._first.feature_names_in_
        return names

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise kin(NotFittedError, "FeatureUnion is not fitted yet, or its last fit failed; call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        unfinished = vars(self).get("_unfinished")  # None: no fit of this union has begun
        return not unfinished and all(is_fitted(member, was_fit=unfinished is False) for _, member in self._kept())

    def _traits(self) -> Traits:
        return shared_traits(member for _, member in self._kept())

    def _check_storable(self) -> None:
        check_storable(self.transformer_list, where="FeatureUnion")
        if vars(self).get("_unfinished", False):
            raise ModelFileError("FeatureUnion: its last fit did not end; fit it again before it is saved.")

    def _check_learned(self) -> None:
        self._check_transformers()


def _dropped(member: Any) -> bool:
    return isinstance(member, str) and member == DROP


def _fit_one(member: Any, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
    return member if is_word(member) else member.fit(X, y, **params)


def _fit_transform_one(member: Any, X: Any, y: Any, params: Mapping[str, Any]) -> tuple[Any, Any]:
    """The fitted transformer and what it gives."""
    output = _transform_one(member, X) if is_word(member) else fit_transform(member, X, y, params, Ones)
    return member, output


def _transform_one(member: Any, X: Any) -> Any:
    if is_word(member):
        return X if is_frame(X) or hasattr(X, "tocsr") else np.array(X)
    return transform(member, X, Ones)


def make_union(
    *transformers: Any, n_jobs: int | None = None, verbose: bool = False, verbose_feature_names_out: bool = True
) -> FeatureUnion:
    """A FeatureUnion of transformers that are named after their classes.

    >>> from pellucid.preprocessing import MinMaxScaler, StandardScaler
    >>> make_union(StandardScaler(), MinMaxScaler())
    FeatureUnion(transformer_list=[('standardscaler', StandardScaler()), ('minmaxscaler', MinMaxScaler())])
    """
    return FeatureUnion(
        named(transformers), n_jobs=n_jobs, verbose=verbose, verbose_feature_names_out=verbose_feature_names_out
    )
