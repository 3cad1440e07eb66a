"""Telling what a run is doing.

Here: `Progress`, the moments of a run; it is silent, and what others override.
Elsewhere: lines and bars for people are in pellucid.cli.
Imports: pellucid.base.
"""

from pellucid.base import Callback


class Progress:
    """What is told while a run goes on; this one keeps silent.

    >>> from pellucid.auto import fit
    >>> class Aloud(Progress):
    ...     def say(self, text):
    ...         print(text)
    >>> _ = fit("iris", seed=0, progress=Aloud())  # doctest: +ELLIPSIS
    species is one of 3 classes (the column holds words)
    98 rows to learn from, 22 to choose by, 30 to test on
    baseline: validation log_loss 1.099, accuracy_score 0.3182 (... s)
    ...
    """

    def say(self, text: str) -> None:
        """A stage of the run begins, or something about it should be known."""

    def candidate(self, name: str) -> Callback:
        """Candidate `name` is about to be fitted; what is returned watches its steps."""
        return Callback()

    def close(self) -> None:
        """The run is over, well or not."""
