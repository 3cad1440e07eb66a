"""Telling what a run is doing.

Here: `Progress`, the moments of a run; it is silent, and what others override.
Elsewhere: lines and bars for people are in pellucid.cli.
Imports: pellucid.base.
"""

from pellucid.base import Callback


class Progress:
    """What is told while a run goes on; this one keeps silent.

    >>> Progress().say("reading")
    """

    def say(self, text: str) -> None:
        """A stage of the run begins, or something about it should be known."""

    def candidate(self, name: str) -> Callback:
        """Candidate `name` is about to be fitted; what is returned watches its epochs."""
        return Callback()

    def close(self) -> None:
        """The run is over, well or not."""
