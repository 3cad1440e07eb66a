"""What voting and stacking share: estimators with names, each fitted to the same rows.

Here: `NamedParts`, abstract; the limit of the list.
Elsewhere: how the parts' answers become one is in _voting.py and _stacking.py.
Imports: numpy, pellucid.errors, pellucid.base, pellucid.compose and this package.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, final

from pellucid.base import Estimator, Kind, Limit, Traits
from pellucid.base._estimator import parameters
from pellucid.base._tables import Array
from pellucid.compose._members import DROP, Named, check_rows, check_storable, in_turn, shared_traits, told
from pellucid.ensemble._parts import check_learned_parts, check_part, check_takes_weights, fit_part
from pellucid.errors import ModelFileError, ParameterError

ESTIMATORS: Limit = Kind(list, tuple, words="a list of tuples (name, estimator)")


class NamedParts(Estimator):
    """An ensemble of different estimators, listed as (name, estimator) in `estimators`; abstract.

    "drop" in the place of an estimator leaves it out.  Parts are copies; what was given stays as it was.
    """

    parts: ClassVar[str | None] = "estimators"

    estimators: Sequence[tuple[str, Any]]
    n_jobs: int | None
    verbose: bool | int

    estimators_: list[Any]
    """The fitted parts, in the order of the list, without those dropped."""

    @property
    def named_estimators(self) -> Named:
        """The unfitted parts by name."""
        return Named(**dict(self.estimators))

    @property
    def named_estimators_(self) -> Named:
        """The fitted parts by name, "drop" for those left out."""
        fitted = iter(self.estimators_)
        return Named(**{name: DROP if _dropped(part) else next(fitted) for name, part in self.estimators})

    @final
    def _kept(self) -> list[tuple[str, Any]]:
        """The parts that are not dropped."""
        return [(name, part) for name, part in self.estimators if not _dropped(part)]

    @final
    def _check_estimators(self, weights: Array | None) -> list[tuple[str, Any]]:
        """The parts to fit.  Raises ParameterError for names and estimators that will not do, and for none."""
        where, role = type(self).__name__, str(self.role)
        check_rows(self.estimators, 2, where=where, parameter="estimators", own=parameters(type(self)))
        for name, part in self._kept():
            check_part(name, part, role, where=where)
            if weights is not None:
                check_takes_weights(name, part, where=where)
        if not self._kept():
            why = "all of them are 'drop'" if self.estimators else "the list is empty"
            raise ParameterError(f"{where}: estimators names no estimator, {why}; at least one is required.")
        return self._kept()

    @final
    def _fit_parts(self, X: Any, y: Array, weights: Array | None) -> None:
        """Fit copies of the parts, `n_jobs` at a time, and note the columns they saw."""
        kept, where = self._kept(), type(self).__name__
        work: list[Any] = [partial(fit_part, name, part, X, y, weights, where=where) for name, part in kept]
        if self.verbose:
            lines = [f"[{where}] (part {i} of {len(kept)}) Fitting {name}" for i, (name, _) in enumerate(kept, start=1)]
            work = [partial(told, piece, line) for piece, line in zip(work, lines, strict=True)]
        self.estimators_ = in_turn(work, self.n_jobs)
        self._note_columns()

    @final
    def _note_columns(self) -> None:
        """Take the number and names of columns from the parts that know them."""
        for name in ("n_features_in_", "feature_names_in_"):
            known = [getattr(part, name) for part in self.estimators_ if hasattr(part, name)]
            if known:
                setattr(self, name, known[0])

    def _traits(self) -> Traits:
        rows = self.estimators if isinstance(self.estimators, list | tuple) else []
        parts = [row[1] for row in rows if len(row) == 2 and not _dropped(row[1])]
        return replace(shared_traits(parts), many_targets=False)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import TransformerTags

        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=[])  # `transform` gives the parts' answers
        return tags

    def _check_storable(self) -> None:
        check_storable(self.estimators, where=type(self).__name__)
        check_storable(
            zip((name for name, _ in self._kept()), self._learned(), strict=False), where=type(self).__name__
        )

    @final
    def _learned(self) -> list[Any]:
        held: list[Any] = vars(self).get("estimators_", [])
        return held

    def _check_learned(self) -> None:
        where = type(self).__name__
        check_learned_parts(self.estimators_, where=where)
        if len(self.estimators_) != len(self._kept()):
            raise ModelFileError(
                f"{where}: the record has {len(self.estimators_)} fitted parts of {len(self._kept())}."
            )


def _dropped(part: Any) -> bool:
    return isinstance(part, str) and part == DROP
