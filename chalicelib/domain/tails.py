"""How far a count is from a mean, by the tail it cuts off of a negative binomial. Statistics in floats. Pure."""

from __future__ import annotations

from math import asinh, exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

_EXACT = 120.0  # means up to which tails are summed


def count_deviation(value: float, mean: float, scatter: float) -> float:
    """Deviations of a count from a negative binomial mean with this relative variance apart from counting."""
    shape = 1 / max(scatter, 1e-6)
    if mean > _EXACT or shape < 2:
        return _stable(value, shape) - _stable(mean, shape)
    below = value < mean
    tail = _tail(round(value), mean, shape, below=below)
    return _NORMAL.inv_cdf(tail) if below else -_NORMAL.inv_cdf(tail)


_NORMAL = NormalDist()


def _stable(value: float, shape: float) -> float:
    """Of a variance that does not depend on the mean (Anscombe 1948)."""
    shape = max(shape, 1.5)
    return 2 * sqrt(shape - 0.5) * asinh(sqrt((value + 0.375) / (shape - 0.75)))


def _tail(count: int, mean: float, shape: float, *, below: bool) -> float:
    """How likely so few (or so many) are, half the chance of exactly so many left out; between 1e-15 and 1 / 2."""
    odds = mean / (mean + shape)
    term = exp(lgamma(count + shape) - lgamma(shape) - lgamma(count + 1) - shape * log1p(mean / shape) + count * log(odds))
    total, number = term / 2, count
    while term > total * 1e-4 and total < 0.5:
        if below:
            if number == 0:
                break
            term *= number / (odds * (number - 1 + shape))
            number -= 1
        else:
            term *= odds * (number + shape) / (number + 1)
            number += 1
        total += term
    return min(max(total, 1e-15), 0.5)
