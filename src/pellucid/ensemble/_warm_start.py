"""Fits that go on from the one before: what `warm_start` means for ensembles that grow part by part.

With an int for random_state, or any state of chance that the first fit found, an ensemble grown in pieces is the one
grown at once from the same rows: part t depends on the seed, on its number, and on the parts before it.

Here: `WARM_START`, the limit of the parameter; `Growing`, what such an ensemble inherits.
Elsewhere: how parts are grown is in _forest.py, _bagging.py, _stagewise.py and _boosting.py.
Imports: pellucid.errors, pellucid.random and pellucid.base.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, final

from pellucid.base import Estimator, Flag, Limit, check_resumes, last_fit
from pellucid.base._tables import Array, check_columns
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.random import Seed, integer_seed

WARM_START: Limit = Flag(says="whether fit keeps what the last one grew, and adds to it")

ANEW = "or set warm_start=False to begin anew"


class Growing(Estimator):
    """An ensemble whose fit may go on from the one before; abstract."""

    grows: ClassVar[tuple[str, str]] = ("n_estimators", "trees")
    """The parameter that says how many parts there are to be, and their name."""
    grown_in: ClassVar[str] = "estimators_"
    """The attribute that lists them."""

    warm_start: bool
    random_state: Seed

    seed_: int
    """random_state as a whole number: what a fit that goes on draws from, whatever random_state is then."""

    @final
    @contextmanager
    def _beginning(self) -> Iterator[Mapping[str, Any]]:
        """Begin a fit: gives the learned attributes that it goes on from, none for one that begins anew."""
        with last_fit(self, self.grown_in) as before:
            self._begin_fit()
            yield before if before.get(self.grown_in) else {}

    @final
    def _check_alike(self, before: Mapping[str, Any], table: Array) -> None:
        """Raise DataError where columns, categories or classes are not those of the fit before this one."""
        if not before:
            return
        where = type(self).__name__
        names, known = vars(self).get("feature_names_in_"), before.get("feature_names_in_")
        try:
            check_columns(table, names, before["n_features_in_"], known, where=where)
        except DataError as error:
            raise DataError(f"{error} With warm_start=True fit goes on from those; give them, {ANEW}.") from None
        if known is not None:
            self.feature_names_in_ = known
        now, then = vars(self).get("categories_", []), before.get("categories_", [])
        for f, (own, other) in enumerate(zip(now, then, strict=True)):
            name = f"x{f}" if known is None else known[f]
            check_resumes(where, f"in column {name!r}", _cells(other), _cells(own))
        if "classes_" in before:
            check_resumes(where, "the classes", before["classes_"].tolist(), vars(self)["classes_"].tolist())

    @final
    def _check_adds(self, there: int) -> None:
        """Raise ParameterError where fewer parts are asked for than there are."""
        asked, parts = self.grows
        if getattr(self, asked) < there:
            raise ParameterError(
                f"{type(self).__name__}: {asked} is {getattr(self, asked)}, and {there} {parts} are there; "
                f"warm_start=True takes none away: raise {asked}, {ANEW}."
            )

    @final
    def _keep(self, before: Mapping[str, Any], why: str = "") -> None:
        """Be what the fit before made, as nothing is to be grown; says so, where `why` is given."""
        vars(self).update(before)
        self.interrupted_ = False
        if why:
            parts = self.grows[1]
            text = f"{type(self).__name__}: warm_start=True grew nothing, {why}; the {parts} stay as they are."
            warnings.warn(DataWarning(text), stacklevel=4)

    @final
    def _all_there(self) -> str:
        """Why nothing is grown where as many parts are there as asked for."""
        asked, parts = self.grows
        return f"as {asked} is {getattr(self, asked)} and so many {parts} are there"

    @final
    def _draw_seed(self, before: Mapping[str, Any]) -> int:
        """The seed of this fit: that of the fit it goes on from, or what random_state stands for; notes it."""
        self.seed_ = before["seed_"] if "seed_" in before else integer_seed(self.random_state)
        return self.seed_


def _cells(categories: Array | None) -> list[Any] | str:
    """What a column holds: categories (C,), or numbers."""
    return "numbers" if categories is None else categories.tolist()
