"""How well reviews are read, on the tuning part and on the part held back, beside SnowNLP, plain VADER and the bare stars.

Only figures are printed: the texts held back are not shown, nor what was made of any of them. The other analysers know no
neutral; their scores are cut into three classes at the two thresholds that are best for them on the tuning part.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Line, Options, at_least, at_most
from chalicelib.understanding.hits import SEVERITIES, TOPICS
from chalicelib.understanding.reading import Reading, read
from chalicelib.understanding.weigh import CLASSES

ROOM = Path(__file__).parents[1] / "tests" / "fixtures" / "reviews_labelled"
PARTS = ("tuning", "held_back")
RESAMPLES, SEED = 1_000, 7
STEPS = 40

Row = dict[str, Any]
Pairs = list[tuple[str, str]]
Score = Callable[[str], float]


def rows(part: str) -> list[Row]:
    """One part of the labelled reviews."""
    return [json.loads(line) for line in (ROOM / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def f1(pairs: Pairs, classes: Sequence[str]) -> float:
    """Macro-F1 of pairs (wanted, given); a class that is nowhere is left out."""
    wanted, given, right = Counter(one for one, _ in pairs), Counter(two for _, two in pairs), Counter[str]()
    for one, two in pairs:
        right[one] += one == two
    seen = [name for name in classes if wanted[name] + given[name]]
    return sum(2 * right[name] / (wanted[name] + given[name]) for name in seen) / len(seen)


def interval(pairs: Pairs, classes: Sequence[str]) -> tuple[float, float]:
    """The middle 95 % of the figure over resamples of the reviews."""
    dice = random.Random(SEED)
    figures = sorted(f1(dice.choices(pairs, k=len(pairs)), classes) for _ in range(RESAMPLES))
    return figures[RESAMPLES // 40], figures[-RESAMPLES // 40 - 1]


def topic_f1(given: Sequence[tuple[Row, Reading]]) -> dict[str, float]:
    """F1 of every topic."""
    found = {}
    for topic in TOPICS:
        both = sum(topic in row["topics"] and topic in reading.topics for row, reading in given)
        either = sum((topic in row["topics"]) + (topic in reading.topics) for row, reading in given)
        found[topic] = 2 * both / either if either else 1.0
    return found


def measure_understanding(_: Options) -> Iterator[Line]:
    """Everything, part by part, then how long it takes."""
    for part in PARTS:
        given = [(row, read(row["text"], rating=row["rating"])) for row in rows(part)]
        yield from _sentiment(part, given)
        yield from _others(part, given)
        yield from _baselines(part)
    yield from _speed()


def _tongue(row: Row) -> str:
    return "zh" if row["lang"].startswith("zh") else str(row["lang"])


def _sentiment(part: str, given: list[tuple[Row, Reading]]) -> Iterator[Line]:
    reached = part == "held_back"
    for tongue in ("all", "zh", "en", "mixed", "none"):
        pairs = [(row["sentiment"], reading.sentiment) for row, reading in given if tongue in ("all", _tongue(row))]
        low, high = interval(pairs, CLASSES)
        budget = at_least(0.80) if reached and tongue in ("zh", "en") else None
        detail = f"95 %: {low:.3f} to {high:.3f}; {len(pairs)} texts"
        yield Line(f"{part}: macro-F1 of sentiment, {tongue}", f1(pairs, CLASSES), "", budget, detail)
    bare = [(row["sentiment"], read(row["text"]).sentiment) for row, _ in given]
    yield Line(f"{part}: the same without stars", f1(bare, CLASSES))
    table = Counter((row["sentiment"], reading.sentiment) for row, reading in given)
    for wanted in CLASSES:
        told = ", ".join(f"{name} {table[wanted, name]}" for name in CLASSES)
        total = sum(table[wanted, name] for name in CLASSES)
        yield Line(f"{part}: {wanted} read right", table[wanted, wanted] / total, "", None, f"read as: {told}")


def _others(part: str, given: list[tuple[Row, Reading]]) -> Iterator[Line]:
    by_topic = topic_f1(given)
    told = ", ".join(f"{topic} {figure:.2f}" for topic, figure in by_topic.items())
    yield Line(f"{part}: macro-F1 of topics", sum(by_topic.values()) / len(TOPICS), "", None, told)
    wanted = [row["severity"] == "high" for row, _ in given]
    found = [reading.severity == "high" for _, reading in given]
    both = sum(one and two for one, two in zip(wanted, found, strict=True))
    yield Line(f"{part}: recall of severity high", both / sum(wanted), "", None, f"{both} of {sum(wanted)}")
    yield Line(f"{part}: precision of severity high", both / max(1, sum(found)), "", None, f"{both} of {sum(found)}")
    yield Line(f"{part}: macro-F1 of severity", f1([(row["severity"], reading.severity) for row, reading in given], SEVERITIES))
    unsure = [reading.unsure for _, reading in given]
    budget = at_most(0.20) if part == "held_back" else None
    yield Line(f"{part}: left to a person (unsure)", sum(unsure) / len(unsure), "", budget)
    wrong = [(row, reading) for row, reading in given if row["sentiment"] != reading.sentiment]
    told = f"{sum(reading.unsure for _, reading in wrong)} of {len(wrong)} wrong ones were unsure"
    sure = [row["sentiment"] == reading.sentiment for row, reading in given if not reading.unsure]
    yield Line(f"{part}: right where sure", sum(sure) / max(1, len(sure)), "", None, told)
    missed = sum(
        row["sentiment"] == "negative" and reading.sentiment == "positive" and not reading.unsure for row, reading in given
    )
    yield Line(f"{part}: negative read as positive, and sure of it", missed, " texts")


def snow() -> Score:
    """SnowNLP's probability of praise, 0 to 1, of the text in simplified characters."""
    from snownlp import SnowNLP

    return lambda text: float(SnowNLP(SnowNLP(text).han).sentiments)


def vader() -> Score:
    """VADER's compound, -1 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return lambda text: float(analyser.polarity_scores(text)["compound"])


def cut(scores: Sequence[float], low: float, high: float) -> list[str]:
    """Negative below `low`, positive above `high`, neutral between."""
    return ["negative" if score < low else "positive" if score > high else "neutral" for score in scores]


def thresholds(scores: Sequence[float], wanted: Sequence[str]) -> tuple[float, float]:
    """The two cuts with the best macro-F1, among the quantiles of the scores."""
    ordered = sorted(scores)
    steps = [ordered[(len(ordered) - 1) * step // STEPS] for step in range(STEPS + 1)]
    tried = ((low, high) for low in steps for high in steps if low <= high)
    return max(tried, key=lambda pair: f1(list(zip(wanted, cut(scores, *pair), strict=True)), CLASSES))


def _baselines(part: str) -> Iterator[Line]:
    ours = {tongue: _bare(part, tongue) for tongue in ("zh", "en")}
    for name, maker, tongue in (("SnowNLP", snow, "zh"), ("VADER", vader, "en"), ("SnowNLP", snow, "en"), ("VADER", vader, "zh")):
        score = maker()
        known = [row for row in rows("tuning") if _tongue(row) == tongue]
        low, high = thresholds([score(row["text"]) for row in known], [row["sentiment"] for row in known])
        asked = [row for row in rows(part) if _tongue(row) == tongue]
        given = cut([score(row["text"]) for row in asked], low, high)
        figure = f1([(row["sentiment"], one) for row, one in zip(asked, given, strict=True)], CLASSES)
        detail = f"cut at {low:.3f} and {high:.3f}, as is best on tuning; ours without stars {ours[tongue]:.3f}"
        yield Line(f"{part}: {name}, {tongue}", figure, "", None, detail)
        if (name, tongue) in (("SnowNLP", "zh"), ("VADER", "en")):
            budget = at_least(1.0) if part == "held_back" else None
            yield Line(f"{part}: ours over {name}, {tongue}, neither with stars", ours[tongue] / figure, "x", budget)
    best = {rating: _commonest(rating) for rating in (1, 2, 3, 4, 5, None)}
    for tongue in ("zh", "en"):
        pairs = [(row["sentiment"], best[row["rating"]]) for row in rows(part) if _tongue(row) == tongue]
        yield Line(f"{part}: the stars alone, {tongue}", f1(pairs, CLASSES), "", None, "each rating as is commonest on tuning")


def _bare(part: str, tongue: str) -> float:
    return f1([(row["sentiment"], read(row["text"]).sentiment) for row in rows(part) if _tongue(row) == tongue], CLASSES)


def _commonest(rating: int | None) -> str:
    return Counter(str(row["sentiment"]) for row in rows("tuning") if row["rating"] == rating).most_common(1)[0][0]


COLD = """
import json, os, sys, time
from pathlib import Path
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_048_576
began = time.perf_counter()
from chalicelib.understanding.reading import read
imported = time.perf_counter()
before = resident()
for text in sys.argv[1:]:
    read(text)
read_at = time.perf_counter()
print(json.dumps([imported - began, read_at - imported, resident() - before]))
"""
WORST = (
    "这个东西真的很好用，可是快递太慢了，",
    "I love it so much but it broke and they never replied. ",
    '"好',
    "三天",
    "not as good as ",
)


def _speed() -> Iterator[Line]:
    for tongue in ("zh", "en", "mixed"):
        texts = [row["text"] for row in rows("tuning") if _tongue(row) == tongue]
        began = time.process_time()
        for text in texts:
            read(text)
        yield Line(f"one review, {tongue}", (time.process_time() - began) / len(texts) * 1_000, " ms", at_most(2.0))
    longest = 0.0
    for piece in WORST:
        began = time.process_time()
        read(piece * (10_000 // len(piece)))
        longest = max(longest, time.process_time() - began)
    yield Line("the worst of some texts of 10,000 characters", longest * 1_000, " ms")
    for name, texts in (("Chinese", ["质量很好"]), ("English", ["Great quality"]), ("both", ["质量很好", "Great quality"])):
        runs = [_cold(texts) for _ in range(3)]
        yield Line(f"a new process: import ({name})", min(run[0] for run in runs) * 1_000, " ms", at_most(300))
        yield Line(f"a new process: first reading, {name}", min(run[1] for run in runs) * 1_000, " ms", at_most(1_500))
        yield Line(f"a new process: memory of the lists, {name}", min(run[2] for run in runs), " MB")


def _cold(texts: Sequence[str]) -> list[float]:
    done = subprocess.run([sys.executable, "-c", COLD, *texts], capture_output=True, text=True, check=True, cwd=ROOM.parents[2])
    measured: list[float] = json.loads(done.stdout)
    return measured
