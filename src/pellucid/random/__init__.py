"""Seeds and generators: the only two sources of chance in the package.

Here: `generator`, which turns what a user gave as a seed into a NumPy generator of its own; `key` and `threefry2x32`,
random numbers as a pure function of (key, counter), so that every engine draws the same ones.
Elsewhere: the primitive `random_bits` (pellucid.ops); nothing in the package touches NumPy's global state.
Imports: numpy and pellucid.errors only.
"""

from pellucid.random._counter import key, threefry2x32
from pellucid.random._generator import Seed, generator, integer_seed

__all__ = ["generator", "integer_seed", "key", "Seed", "threefry2x32"]
