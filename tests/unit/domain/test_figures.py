"""Metrics: defined once, documented as they are, unknown where a part is, and the score of a channel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.figures import BY_KEY, METRICS, OF_CHANNEL, OF_PEOPLE, OF_SERVICE, PARTS, add_parts, score_of

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"
WEIGHTS = {"direct": 700, "brand": 150, "members": 150}


def examples() -> dict[str, tuple[dict[str, int], int]]:
    """Those of the page."""
    (block,) = re.findall(r"```python examples\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    told: dict[str, Any] = {}
    exec(block, told)
    return dict(told["EXAMPLES"])


def test_the_page_says_what_the_code_does() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .*? \| .*? \| `(.*?)` \| (\w+) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(metric.key, metric.formula, metric.unit) for metric in METRICS]


def test_every_metric_has_an_example_that_comes_out() -> None:
    told = examples()
    assert list(told) == [metric.key for metric in METRICS]
    assert {key: BY_KEY[key].value(parts) for key, (parts, _) in told.items()} == {key: value for key, (_, value) in told.items()}
    assert all(set(parts) == set(BY_KEY[key].names) for key, (parts, _) in told.items())


def test_every_part_has_a_source_and_a_use() -> None:
    used = {name for metric in METRICS for name in metric.names}
    aside = {"goods", "commission", "freight", "payment", "clicks", "impressions", "shipping", "new_buyers"}  # shown, or in others
    assert used <= PARTS.keys()
    assert PARTS.keys() - used <= aside
    assert {*OF_CHANNEL, *OF_PEOPLE, *OF_SERVICE} <= BY_KEY.keys()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_a_missing_part_is_unknown_and_nothing_to_divide_by_as_well(metric: Any) -> None:
    parts, _ = examples()[metric.key]
    for name in metric.names:
        assert metric.value({key: value for key, value in parts.items() if key != name}) is None
    if metric.bottom:
        assert metric.value(parts | dict.fromkeys((name.removeprefix("-") for name in metric.bottom), 0)) is None


SHOPS = st.lists(
    st.fixed_dictionaries(
        {"gmv": st.integers(0, 10**9), "tax_platform": st.just(0), "refunds": st.just(0), "new_buyers": st.integers(0, 1000)},
        optional={"pv": st.integers(0, 10**6), "impressions": st.integers(0, 10**6)},
    ),
    min_size=1,
    max_size=8,
)


@given(SHOPS)
def test_scores_come_to_a_thousand_but_for_rounding(shops: list[dict[str, int]]) -> None:
    whole = add_parts(shops)
    scores = [score_of(each, whole, WEIGHTS) for each in shops]
    told = [score for score, _ in scores if score is not None]
    if told:
        assert len(told) == len(shops)
        assert abs(sum(told) - 1000) <= len(shops)
    else:
        assert not whole["gmv"] and not whole["new_buyers"] and not whole.get("pv", 0) + whole.get("impressions", 0)
    assert len({missing for _, missing in scores}) == 1


def test_what_nobody_tells_is_borne_by_the_others() -> None:
    mine, other = (
        {"gmv": 300, "tax_platform": 0, "refunds": 0, "new_buyers": 1},
        {
            "gmv": 100,
            "tax_platform": 0,
            "refunds": 0,
            "new_buyers": 1,
        },
    )
    score, missing = score_of(mine, add_parts([mine, other]), WEIGHTS)
    assert missing == ("brand",)
    assert score == 706  # (700 x 3/4 + 150 x 1/2) / 850
