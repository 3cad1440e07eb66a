"""Two proportions of the same rows.

Here: McNemar's test, exact for few rows, and the interval of the difference.
Elsewhere: _compare.py chooses them; one proportion is bounded in _binomial.py.
Imports: the standard library and this package.

Of n rows the first model alone is right on `only_a`, the second alone on `only_b`; the others say nothing of which is
better.
"""

from math import comb, erfc, sqrt

from pellucid.metrics._binomial import two_sided

FEW = 1000  # rows on which just one is right; from here on the approximate test at 5 % rejects in 4.6 to 5.4 %


def mcnemar(only_a: int, only_b: int) -> float:
    """How often two equally good models differ so much, or more: P-value of McNemar's test.

        fewer than 1000 rows, m = a + b:  2 P(X <= min(a, b)), X binomial(m, 1/2), at most 1
        else:                             P(chi^2_1 > (a - b)^2 / (a + b))

    only_a, only_b >= 0 -> a number in (0, 1]; 1 where both are 0. The exact test rejects in 5 % at most.
    Sources: McNemar, Psychometrika 12, 1947; Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13, 2013.

    >>> mcnemar(1, 7), round(mcnemar(500, 600), 4), mcnemar(0, 0)
    (0.0703125, 0.0026, 1.0)
    """
    decisive = only_a + only_b
    if decisive < FEW:
        tail = sum(comb(decisive, k) for k in range(min(only_a, only_b) + 1))
        return min(1.0, 2 * tail / 2**decisive)
    return erfc(abs(only_a - only_b) / sqrt(2 * decisive))


def difference(only_a: int, only_b: int, n: int, confidence: float) -> tuple[float, float]:
    """Interval of the difference of two proportions of the same n rows, (a - b) / n.

        p = (a + 1) / (n + 2),  q = (b + 1) / (n + 2):     p - q -+ z sqrt((p + q - (p - q)^2) / (n + 2))

    n >= 1 -> low, high within [-1, 1]; has width also where a = b = 0.
    Source: Bonett and Price, Journal of Educational and Behavioral Statistics 37, 2012.

    >>> [round(limit, 4) for limit in difference(10, 4, 100, 0.95)]
    [-0.0172, 0.1348]
    """
    p, q = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    reach = two_sided(confidence) * sqrt((p + q - (p - q) ** 2) / (n + 2))
    return max(-1.0, p - q - reach), min(1.0, p - q + reach)
