"""Telling what a run is doing.

Here: `Progress`, the moments of a run; it is silent, and what others override.
Elsewhere: lines and bars for people are in pellucid.cli.
Imports: pellucid.base.
"""

from pellucid.base import Callback


class Progress:
    """What is told while a run goes on; this one keeps silent.

    >>> from pellucid.auto import fit
    >>> class Listener(Progress):
    ...     def __init__(self):
    ...         self.heard = []
    ...     def say(self, text):
    ...         self.heard.append(text)
    >>> listener = Listener()
    >>> _ = fit("wine", seed=0, progress=listener)
    >>> listener.heard[:2]
    ['cultivar is one of 3 classes (the column holds words)', '115 rows to learn from, 27 to choose by, 36 to test on']
    """

    def say(self, text: str) -> None:
        """A stage of the run begins, or something about it should be known."""

    def candidate(self, name: str) -> Callback:
        """Candidate `name` is about to be fitted; what is returned watches its steps."""
        return Callback()

    def close(self) -> None:
        """The run is over, well or not."""
