"""The storm alarm over simulated shops: what it finds of planted storms, and what it calls a storm in quiet months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from math import exp, log

from benchmarks.harness import Line, Options, at_least, at_most, percentile
from benchmarks.storms_play import FASTEST, SLOWEST, WHOLE, shop, watch

SHOPS, MANY = 100, 400
IN_TIME = timedelta(hours=2)
SLOW = 3.0


def measure_storms(options: Options) -> Iterator[Line]:
    """A hundred quiet shop-months, a hundred with a planted storm, and weaker storms for information."""
    shops = MANY if options.full else SHOPS
    false, grades = _quiet(shops)
    words = ", ".join(f"grade {grade}: {grades[grade]}" for grade in sorted(grades)) or "none"
    yield Line("false alarms in 100 quiet shop-months", false * 100 / shops, "", at_most(1), f"{shops} simulated; {words}")
    waits = [_wait(f"storm-{number}", SLOWEST, FASTEST) for number in range(shops)]
    found = [wait for wait in waits if wait is not None]
    yield Line(
        "planted storms found within 2 h",
        100 * len(found) / shops,
        " %",
        at_least(95),
        f"{shops} of {SLOWEST:g} to {FASTEST:g} bad reviews an hour; 95 % bounds {_bounds(len(found), shops)}",
    )
    if found:
        yield Line("time to the alarm, median", percentile(found, 0.5), " min")
    slow = [_wait(f"slow-{number}", SLOW, SLOW * 1.01) for number in range(shops // 2)]
    share = 100 * sum(wait is not None for wait in slow) / len(slow)
    yield Line("weaker storms found within 2 h", share, " %", None, f"{len(slow)} of {SLOW:g} bad reviews an hour")


def _quiet(shops: int) -> tuple[int, Counter[int]]:
    """How many alarms there were, and of which grades, over every product and the shop as a whole."""
    grades: Counter[int] = Counter()
    for number in range(shops):
        for reviews in shop(f"quiet-{number}").reviews.values():
            grades.update(found.grade for _, found in watch(reviews))
    return grades.total(), grades


def _wait(seed: str, slowest: float, fastest: float) -> float | None:
    """Minutes from a storm's begin to the first alarm of its product or of the shop; None: not within two hours."""
    made = shop(seed, slowest=slowest, fastest=fastest)
    planted = made.planted
    if planted is None:
        raise ValueError("no storm was planted")
    told = [at - planted.begins for scope in (planted.product, WHOLE) for at, _ in watch(made.reviews[scope])]
    waits = [wait for wait in told if timedelta() <= wait <= IN_TIME]
    return min(waits).total_seconds() / 60 if waits else None


def _bounds(found: int, of: int) -> str:
    """Wilson's 95 % bounds of a share."""
    share, z = found / of, 1.96
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * exp(0.5 * log(share * (1 - share) / of + z * z / (4 * of * of)))
    return f"{100 * (middle - reach):.1f} to {100 * (middle + reach):.1f} %"
