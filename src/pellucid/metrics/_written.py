"""How a number is written beside its limits.

Here: `written`, the text of an interval.
Elsewhere: intervals are made in _interval.py and _compare.py.
Imports: the standard library.
"""

from math import floor, log10

SMALL, TINY, HUGE = 0.01, 1e-4, 1e9  # below the first 4 decimals lose digits; beyond the others zeros are hard to count


def written(estimate: float, low: float, high: float, sign: str = "") -> str:
    """estimate [low, high] with as many decimals each: four, fewer for an estimate of 10 or more.

    Where all three are below 0.01 there are more decimals, so that the greatest keeps three digits; where it is below
    0.0001 or has ten digits, a power of ten. An R^2 about 0 stays at four: small decimals are for what lies to one side
    of 0, as losses do, and for differences, which have sign="+" written before them.

    >>> written(0.95, 0.9, 1.0), written(0.06, -0.02, 0.13, "+")
    ('0.9500 [0.9000, 1.0000]', '+0.0600 [-0.0200, +0.1300]')
    >>> written(526.125, 504.0, 547.0), written(0.004, 0.0031, 0.00523)
    ('526.12 [504.00, 547.00]', '0.00400 [0.00310, 0.00523]')
    >>> written(2e-7, 1e-7, 3e-7), written(-2e-7, -6e-6, 3e-6)
    ('2.00e-07 [1.00e-07, 3.00e-07]', '0.0000 [0.0000, 0.0000]')
    """
    greatest = max(abs(estimate), abs(low), abs(high))
    sizes = greatest > 0 and bool(sign or low > 0 or high < 0)
    if greatest >= HUGE or (sizes and greatest < TINY):
        how = "z.2e"
    elif sizes and greatest < SMALL:
        how = f"z.{3 + floor(-log10(greatest))}f"
    else:
        how = f"z.{max(0, 5 - len(f'{abs(estimate):.0f}'))}f"  # z: a zero has no sign of its own
    return f"{estimate:{sign}{how}} [{low:{sign}{how}}, {high:{sign}{how}}]"
