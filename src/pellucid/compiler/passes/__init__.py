"""Programs made smaller, with the same answers.

Here: `simplified`, all passes in order; each is in a module of its own and takes and gives a program.
Elsewhere: dead code needs no pass, since a program is only what its goals need; fusion, layout and memory are matters
of an engine (pellucid.compiler.native).
Imports: pellucid.compiler.
"""

from pellucid.compiler.passes._order import simplified

__all__ = ["simplified"]
