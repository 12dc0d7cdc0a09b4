"""Sets the scales of chalicelib/understanding/scales.py: `python -m benchmarks.understanding_fit` prints the table.

A multinomial regression on the tuning part only. The lists know the words of the tuning part better than those of any shop, and
the scales must not rely on it. So every text is seen several times with a part of its words and, at times, its stars taken away;
a word that is found in one text only is taken away more often: it may be known because of that text.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalicelib.understanding import weigh
from chalicelib.understanding.reading import examine
from chalicelib.understanding.scripts import prepared

TUNING = Path(__file__).parents[1] / "tests" / "fixtures" / "reviews_labelled" / "tuning.jsonl"
COPIES, FORGOTTEN, FORGOTTEN_ONCE, UNRATED = 8, 0.15, 0.6, 0.12
MARGINS = range(20, 161, 20)
ROUNDS, STEP, SHRINK = 400, 0.5, 0.004
UNIT = 50
SEED = 20_260_601

Sample = tuple[dict[str, float], int]


def samples(dice: random.Random) -> list[Sample]:
    """Features (in units) and class of every copy of every text."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in TUNING.read_text(encoding="utf-8").splitlines()]
    seen = Counter(word for row in rows for word in _words(row["text"]))
    return [one for row in rows for _ in range(COPIES) if (one := _sample(row, dice, seen)) is not None]


def _words(text: str) -> set[str]:
    return {hit.word for clause in examine(prepared(text))[0] for hit in clause.hits}


def _sample(row: dict[str, Any], dice: random.Random, seen: Counter[str]) -> Sample | None:
    text = prepared(row["text"])
    clauses, marks = examine(text)
    if marks & {"default", "advert"}:
        return None
    for clause in clauses:
        clause.hits = [hit for hit in clause.hits if dice.random() >= (FORGOTTEN_ONCE if seen[hit.word] == 1 else FORGOTTEN)]
    rating = None if "stars" in marks or dice.random() < UNRATED else row["rating"]
    features = {name: value / UNIT for name, value in weigh.evidence(clauses, marks, rating, len(text)).features.items()}
    return features, weigh.CLASSES.index(row["sentiment"])


def fit(given: Sequence[Sample]) -> tuple[list[float], dict[str, list[float]]]:
    """Bias and weights by class, by plain gradient descent with shrinking."""
    names = sorted({name for features, _ in given for name in features})
    weights: dict[str, list[float]] = {name: [0.0, 0.0, 0.0] for name in names}
    bias = [0.0, 0.0, 0.0]
    for _ in range(ROUNDS):
        slopes: dict[str, list[float]] = {name: [0.0, 0.0, 0.0] for name in names}
        lean = [0.0, 0.0, 0.0]
        for features, wanted in given:
            for place, error in enumerate(_errors(features, wanted, bias, weights)):
                lean[place] += error
                for name, value in features.items():
                    slopes[name][place] += error * value
        for place in range(3):
            bias[place] -= STEP * lean[place] / len(given)
            for name in names:
                weights[name][place] -= STEP * (slopes[name][place] / len(given) + SHRINK * weights[name][place])
    return bias, weights


def _errors(features: dict[str, float], wanted: int, bias: list[float], weights: dict[str, list[float]]) -> list[float]:
    totals = [bias[place] + sum(weights[name][place] * value for name, value in features.items()) for place in range(3)]
    top = max(totals)
    shares = [math.exp(total - top) for total in totals]
    return [share / sum(shares) - (place == wanted) for place, share in enumerate(shares)]


def main() -> None:
    """Print the table as Python."""
    given = samples(random.Random(SEED))
    bias, weights = fit(given)
    print(f"BIAS: tuple[int, int, int] = {tuple(round(one * 10_000) for one in bias)}")
    print("SCALES: dict[str, tuple[int, int, int]] = {")
    for name, row in sorted(weights.items()):
        print(f'    "{name}": {tuple(round(one * 10_000 / UNIT) for one in row)},')
    print("}")
    for margin in MARGINS:
        print("#", margin, *_calibration(given, bias, weights, margin / 100))


def _calibration(given: Sequence[Sample], bias: list[float], weights: dict[str, list[float]], margin: float) -> tuple[str, ...]:
    """At a margin: what part is unsure, what part of the rest is right, and how many negatives are surely praise."""
    unsure = right = worst = 0
    for features, wanted in given:
        totals = [bias[place] + sum(weights[name][place] * value for name, value in features.items()) for place in range(3)]
        first, second, _ = sorted(totals, reverse=True)
        unsure += first - second < margin
        right += first - second >= margin and totals.index(first) == wanted
        worst += first - second >= margin and totals.index(first) == 0 and wanted == 2
    sure = len(given) - unsure
    return f"unsure {unsure / len(given):.3f}", f"right {right / sure:.3f}", f"worst {worst / len(given):.4f}"


if __name__ == "__main__":
    main()
