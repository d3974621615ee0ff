"""The median of paired runs' ratios and a confidence interval that assumes no distribution.

>>> median_interval([1.1, 1.3, 1.2, 1.5, 1.4, 1.0, 1.6, 1.7, 1.8])
Interval(median=1.4, low=1.1, high=1.7, coverage=0.9609375)
"""
from math import comb
from statistics import median
from typing import NamedTuple, Sequence


class Interval(NamedTuple):
    median: float
    low: float
    high: float
    # The probability that the interval holds the true median.
    coverage: float


def coverage(count: int, rank: int) -> float:
    """How likely the true median lies between the `rank`-th smallest and the `rank`-th greatest of
    `count` independent values: each of them is above it as often as below.

    >>> coverage(9, 2)
    0.9609375
    """
    return 1 - 2 * sum(comb(count, below) for below in range(rank)) / 2**count


def median_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The narrowest interval of two order statistics that covers at least `confidence`; the whole
    range, with the coverage it has, where there are too few values for that.

    >>> median_interval([2.0, 1.0, 3.0])
    Interval(median=2.0, low=1.0, high=3.0, coverage=0.75)
    """
    ordered = sorted(values)
    count = len(ordered)
    ranks = range(1, (count + 1) // 2 + 1)
    rank = max((rank for rank in ranks if coverage(count, rank) >= confidence), default=1)
    return Interval(
        median(ordered), ordered[rank - 1], ordered[count - rank], coverage(count, rank))
