"""What a search has tried, as a table of columns under scikit-learn's names.

Here: `Trial`, one setting and what became of it; `SearchResults`, the table; `results_of`, which makes it.
Elsewhere: trials are run in _search.py.
Imports: numpy, pellucid.errors, pellucid.persistence and this package.

M settings, S splits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any, Self, final

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.model_selection._evaluation import Outcome
from pellucid.model_selection._splitter import Array
from pellucid.persistence import register


@final
@dataclass
class Trial:
    """One setting of parameters, and what came of it in each split; None where it was not evaluated."""

    params: dict[str, Any]
    outcomes: list[Outcome | None]
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        """Whether any split was evaluated."""
        return any(outcome is not None for outcome in self.outcomes)

    @property
    def done(self) -> bool:
        """Whether all splits were."""
        return all(outcome is not None for outcome in self.outcomes)

    def scores(self, name: str, part: str, instead: float) -> Array:
        """The score of each split: `instead` where the evaluation failed, NaN where there was none.   -> (S,)"""
        return np.array(
            [nan if outcome is None else getattr(outcome, part).get(name, instead) for outcome in self.outcomes]
        )

    def means(self, instead: float) -> dict[str, float]:
        """Mean test scores over the splits, by name."""
        names = dict.fromkeys(name for outcome in self.outcomes if outcome is not None for name in outcome.test)
        return {name: float(self.scores(name, "test", instead).mean()) for name in names}


@final
@register("model_selection.SearchResults")
class SearchResults(dict[str, Any]):
    """Columns (M,) by name, `cv_results_` of a search; a dict as scikit-learn's, to be given to a data frame.

    "params" lists the settings; "param_<name>" are masked arrays, masked where a setting lacks the parameter.

    >>> results = SearchResults({"params": [{"C": 1}, {"C": 2, "tol": 0.1}]})
    >>> results.update(param_columns(results["params"]))
    >>> results["param_tol"].tolist()
    [None, 0.1]
    """

    def to_record(self) -> dict[str, Any]:
        """All columns but those that `params` gives again."""
        return {name: column for name, column in self.items() if not name.startswith("param_")}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The table that `to_record` was called on.  Raises ModelFileError for a record without settings."""
        params = record.get("params")
        if not isinstance(params, list) or not all(isinstance(setting, dict) for setting in params):
            raise ModelFileError("SearchResults: the record has no list of settings; it is damaged.")
        return cls({**record, **param_columns(params)})


def results_of(trials: Sequence[Trial], names: Sequence[str], instead: float, *, with_train: bool) -> SearchResults:
    """The table of all trials: times, parameters, and for each score every split, the mean, the spread and the rank."""
    table = SearchResults()
    for key in ("fit", "score"):
        seconds = [[nan if o is None else getattr(o, f"{key}_seconds") for o in trial.outcomes] for trial in trials]
        table[f"mean_{key}_time"] = np.mean(seconds, axis=1)
        table[f"std_{key}_time"] = np.std(seconds, axis=1)
    params = [trial.params for trial in trials]
    table.update(param_columns(params))
    table["params"] = params
    for key in trials[0].notes:
        table[key] = np.array([trial.notes[key] for trial in trials])
    for name in names:
        for part in ("test", "train") if with_train else ("test",):
            table.update(_score_columns(trials, name, part, instead))
    return table


def _score_columns(trials: Sequence[Trial], name: str, part: str, instead: float) -> dict[str, Array]:
    scores = np.array([trial.scores(name, part, instead) for trial in trials], dtype=np.float64)  # (M, S)
    columns = {f"split{s}_{part}_{name}": scores[:, s] for s in range(scores.shape[1])}
    with np.errstate(invalid="ignore"):  # the spread of an infinite error_score is not a number
        columns[f"mean_{part}_{name}"] = scores.mean(axis=1)
        columns[f"std_{part}_{name}"] = scores.std(axis=1)
    if part == "test":
        columns[f"rank_test_{name}"] = ranks(columns[f"mean_test_{name}"])
    return columns


def ranks(means: Array) -> Array:
    """1 for the greatest; equal ones share the better rank, NaN comes after all.   (M,) -> (M,)

    >>> ranks(np.array([0.5, 0.9, np.nan, 0.9])).tolist()
    [3, 1, 4, 1]
    """
    falling = np.where(np.isnan(means), np.inf, -means)
    return (np.searchsorted(np.sort(falling), falling) + 1).astype(np.int32)


def param_columns(params: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """ "param_<name>" for each parameter in any of the settings: a masked array (M,), of numbers where all are.

    >>> param_columns([{"C": 1.0}, {"loss": "hinge"}])["param_C"].mask.tolist()
    [False, True]
    """
    columns = {}
    for name in dict.fromkeys(name for setting in params for name in setting):
        present = np.array([name in setting for setting in params])
        values = [setting[name] for setting in params if name in setting]
        column: Array = np.empty(len(params), _dtype_of(values))
        for place, value in zip(np.flatnonzero(present), values, strict=True):
            column[place] = value
        if column.dtype != object:
            column[~present] = 0  # what a mask hides is not looked at, but written to files
        columns[f"param_{name}"] = np.ma.MaskedArray(column, mask=~present)
    return columns


def _dtype_of(values: Sequence[Any]) -> type:
    """The narrowest of bool, int, float and object that holds all of the values."""
    if all(isinstance(value, bool | np.bool_) for value in values):
        return bool
    if any(isinstance(value, bool | np.bool_) for value in values):
        return object
    if all(isinstance(value, int | np.integer) for value in values):
        return np.int64 if all(-(2**63) <= int(value) < 2**63 for value in values) else object
    return np.float64 if all(isinstance(value, int | float | np.integer | np.floating) for value in values) else object
