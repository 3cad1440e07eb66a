"""What runs programs.

Here: the abstract `Engine`, and `Answers`, what a run gives.
Elsewhere: each engine has a module of its own; the table of them is in _engines.py.
Imports: pellucid.errors, pellucid.compiler.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, final

from pellucid.compiler._program import Program
from pellucid.errors import ParameterError


class Answers(NamedTuple):
    """What one run gives, each in the program's order."""

    outputs: list[Any]  # arrays that nobody else holds, or numbers
    updates: list[Any]  # new values of the state, arrays or numbers; None: renewed in the array that was given
    holds: list[bool]  # of the checks


Executable = Callable[[Sequence[Any]], Answers]
"""Takes a value for each of program.inputs: arrays, and Python numbers for those that are weak."""


class Engine(ABC):
    """Makes programs runnable.  Every engine answers for every primitive: it runs it, or refuses it by name."""

    name: str

    @abstractmethod
    def build(self, program: Program) -> Executable:
        """The program, ready to be run many times; of what a run is given, only arrays of the state may change."""

    @abstractmethod
    def refuses(self, primitive: str) -> str:
        """Why this engine does not run a primitive; empty where it does."""

    @final
    def built(self, program: Program) -> Executable:
        """What `build` gives.  Raises ParameterError where the engine refuses a primitive of the program."""
        for node in program.nodes:
            if why := self.refuses(node.op.name):
                at = f", in what {node.line} computes" if node.line else ""
                raise ParameterError(
                    f'engine: "{self.name}" does not run {node.op.name}{at}: {why}. engine="numpy" runs everything.'
                )
        return self.build(program)
