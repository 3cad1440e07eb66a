"""What a leak check says: a finding, and the table of the checks.

Here: `Finding`, `LeakCheck` and `LEAK_CHECKS`.
Elsewhere: they are run by `find_leaks` in _leaks.py.
Imports: nothing.
"""

from dataclasses import dataclass, field
from typing import Literal, final

Severity = Literal["error", "warning"]


@final
@dataclass(frozen=True)
class LeakCheck:
    """A row of the table of checks: what it looks for, and what to do about a finding.

    >>> LEAK_CHECKS["PEL-L003"].title
    'a column that names rows'
    """

    title: str
    remedy: str


LEAK_CHECKS: dict[str, LeakCheck] = {
    "PEL-L001": LeakCheck(
        "the same row on both sides",
        "keep one copy of each row before splitting, or give copies one group and split by it",
    ),
    "PEL-L002": LeakCheck(
        "nearly the same row on both sides",
        "split before rows are augmented or resampled, and by the thing that was measured repeatedly",
    ),
    "PEL-L003": LeakCheck("a column that names rows", "leave it out; it says nothing about the next row"),
    "PEL-L004": LeakCheck(
        "a single column that predicts the target", "make sure that it is known when a prediction is wanted"
    ),
    "PEL-L005": LeakCheck("the target in other words", "leave it out if it is known only later"),
    "PEL-L006": LeakCheck(
        "training rows later than test rows", "split at one moment: train before it, test after it (TimeSeriesSplit)"
    ),
    "PEL-L007": LeakCheck("a group on both sides", "split by group (GroupKFold), so that each is on one side only"),
}
"""Every check by its id, which stays the same for good."""


@final
@dataclass(frozen=True)
class Finding:
    """One leak found: id of the check, how sure, the column if it is one, the numbers behind it, in words.

    severity: "error", the score will be too good; "warning", it may be, and a person should look.

    >>> finding = Finding("PEL-L007", "error", None, "2 groups are on both sides", {"groups": 2})
    >>> print(finding)
    2 groups are on both sides; split by group (GroupKFold), so that each is on one side only (PEL-L007)
    """

    id: str
    severity: Severity
    column: str | None
    message: str
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return LEAK_CHECKS[self.id].remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy} ({self.id})"
