"""What a user gives as a seed, made into a generator.

Here: `generator` and `integer_seed`.  Elsewhere: counter-based numbers are in _counter.py.
Imports: numpy and pellucid.errors.
"""

import numpy as np

from pellucid.errors import ParameterError

Seed = int | np.integer | np.random.Generator | np.random.RandomState | None
"""What public objects take as `seed` or `random_state`."""


def generator(seed: Seed = None) -> np.random.Generator:
    """The generator that `seed` stands for.

    An integer gives the same numbers every time; a Generator is used as it is, so that several objects can draw from
    one stream in order; a RandomState (scikit-learn's habit) lends one integer; None draws from the operating system.
    Raises ParameterError for anything else, and for negative integers.

    >>> generator(7).integers(10, size=4).tolist()
    [9, 6, 6, 8]
    """
    if seed is None or isinstance(seed, np.random.Generator):
        return np.random.default_rng(seed)
    if isinstance(seed, np.random.RandomState):
        return np.random.default_rng(int(seed.randint(2**31)))
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(
            f"seed: {seed!r} is not a seed; give a whole number >= 0, a numpy.random.Generator, or None."
        )
    return np.random.default_rng(int(seed))


def integer_seed(seed: Seed = None) -> int:
    """A whole number that stands for `seed`, to be written into a record: itself, or one in [0, 2^63).

    >>> integer_seed(7)
    7
    """
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and seed >= 0:
        return int(seed)
    return int(generator(seed).integers(2**63))
