"""Sets the scales of chalicelib/understanding/scales.py: `python -m benchmarks.understanding_fit` prints the table.

A multinomial regression on the tuning part only. Every text is seen several times with a part of its words and, at times, its
stars taken away: the lists know the words of the tuning part better than those of any shop, and the scales must not rely on it.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalicelib.understanding import weigh
from chalicelib.understanding.reading import examine
from chalicelib.understanding.scripts import prepared

TUNING = Path(__file__).parents[1] / "tests" / "fixtures" / "reviews_labelled" / "tuning.jsonl"
COPIES, FORGOTTEN, UNRATED = 8, 0.3, 0.12
ROUNDS, STEP, SHRINK = 400, 0.5, 0.004
UNIT = 50
SEED = 20_260_601

Sample = tuple[dict[str, float], int]


def samples(dice: random.Random) -> list[Sample]:
    """Features (in units) and class of every copy of every text."""
    found = []
    rows: list[dict[str, Any]] = [json.loads(line) for line in TUNING.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        for copy in range(COPIES):
            features = _features(row, dice, FORGOTTEN if copy else 0.0)
            if features:
                found.append((features, weigh.CLASSES.index(row["sentiment"])))
    return found


def _features(row: dict[str, Any], dice: random.Random, forgotten: float) -> dict[str, float]:
    text = prepared(row["text"])
    clauses, marks = examine(text)
    if marks & {"default", "advert"}:
        return {}
    for clause in clauses:
        clause.hits = [hit for hit in clause.hits if dice.random() >= forgotten]
    rating = None if "stars" in marks or dice.random() < UNRATED else row["rating"]
    return {name: value / UNIT for name, value in weigh.evidence(clauses, marks, rating, len(text)).features.items()}


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
    bias, weights = fit(samples(random.Random(SEED)))
    print(f"BIAS: tuple[int, int, int] = {tuple(round(one * 10_000) for one in bias)}")
    print("SCALES: dict[str, tuple[int, int, int]] = {")
    for name, row in sorted(weights.items()):
        print(f'    "{name}": {tuple(round(one * 10_000 / UNIT) for one in row)},')
    print("}")


if __name__ == "__main__":
    main()
