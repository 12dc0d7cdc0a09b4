"""How many labelled reviews are read right. Floors a little below what was measured, so that a step back shows.

Of the part held back only counts are seen here (see the README beside the reviews): no text, no label of any one row.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from chalicelib.understanding.reading import read

ROOM = Path(__file__).parents[2] / "fixtures" / "reviews_labelled"


@cache
def counts(part: str) -> Counter[str]:
    """What there is in a part, and how much of it was read right."""
    found = Counter[str]()
    for line in (ROOM / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        reading = read(row["text"], rating=row["rating"])
        found["all"] += 1
        found["sentiment"] += reading.sentiment == row["sentiment"]
        found["topics"] += len(set(reading.topics) & set(row["topics"]))
        found["unsure"] += reading.unsure
        found["high"] += row["severity"] == reading.severity == "high"
        found["false alarms"] += reading.severity == "high" != row["severity"]
        found["blind"] += row["sentiment"] == "negative" and reading.sentiment == "positive" and not reading.unsure
    return found


@pytest.mark.parametrize(
    ("part", "floors", "ceilings"),
    [
        ("tuning", {"sentiment": 600, "topics": 590, "high": 41}, {"unsure": 75, "false alarms": 5, "blind": 4}),
        ("held_back", {"sentiment": 315, "topics": 270, "high": 20}, {"unsure": 76, "false alarms": 6, "blind": 11}),
    ],
)
def test_no_step_back(part: str, floors: dict[str, int], ceilings: dict[str, int]) -> None:
    found = counts(part)

    short = {name: floor for name, floor in floors.items() if found[name] < floor}
    over = {name: ceiling for name, ceiling in ceilings.items() if found[name] > ceiling}
    assert (short, over) == ({}, {})
