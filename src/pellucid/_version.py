"""The version of the package, written once; the build reads it here too.

Here: the number, and nothing else.
Imports: nothing.
"""

__version__ = "0.1.0"
