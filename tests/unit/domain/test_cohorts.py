"""Returning members: every figure against a count by sets over thousands of histories, and guards taken out one by one."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from chalicelib.domain import cohorts, service
from chalicelib.domain.cohorts import COHORTS, KEPT, SPANS, Comings, History, Returns, policy_of, tally
from chalicelib.domain.lifecycle import Rhythm, awakenings, stage
from chalicelib.domain.periods import KINDS, period_of
from chalicelib.domain.purchases import Purchases, days_in, row_of
from chalicelib.domain.ratio import Ratio
from chalicelib.reckoning import Census, census_in, comings_in, member_summary
from tests.kit import returning

TODAY = date(2026, 11, 22)
HISTORIES = 2_000
BRISK = Rhythm(gap_days=3, silent_permille=1600, least_days=1, most_days=60)  # several silences in a week
RHYTHMS = (Rhythm(), BRISK, Rhythm(gap_days=20, silent_permille=1600, lost_permille=2000))


def histories(draw: Random, number: int = 12, days: int = 130) -> dict[str, list[date]]:
    """Members with their days of purchase: some often, most seldom."""
    found = {}
    for member in range(number):
        first = TODAY - timedelta(days=draw.randrange(days))
        gaps = draw.choices([1, 1, 2, 4, 15, 40], k=2)
        bought = {first}
        while draw.random() < 0.88:
            bought.add(min(TODAY, max(bought) + timedelta(days=1 + int(draw.expovariate(1 / draw.choice(gaps))))))
        found[f"m{member}"] = sorted(bought)
    return found


def counted(draw: Random, bought: dict[str, list[date]], rhythm: Rhythm) -> History:
    """By way of cells, stored and read again."""
    cells: list[list[list[int]]] = [[] for _ in range(draw.randrange(1, 4))]
    for days in bought.values():
        draw.choice(cells).append([day.toordinal() for day in days])
    history = History()
    for cell in cells:
        told = comings_in(member_summary(Census(""), tally(cell, rhythm)))
        assert told is not None
        history.add(told)
    return history


def spans(draw: Random) -> list[tuple[date, date]]:
    """A day, a week, a month, parts of these, and what is none of them."""
    day = TODAY - timedelta(days=draw.randrange(140))
    periods = [period_of(kind, day) for kind in KINDS]
    found = [(period.first, period.last) for period in periods]
    found += [(period.first, day) for period in periods]
    return [*found, (day - timedelta(days=9), day)]


def differs(seed: int) -> bool:
    """Whether any figure of some histories is not what sets say."""
    draw = Random(seed)
    rhythm, bought = draw.choice(RHYTHMS), histories(draw)
    history = counted(draw, bought, rhythm)
    for first, last in spans(draw):
        as_of = last + timedelta(days=draw.choice([0, 0, 1, 20]))
        if history.of(first, last, as_of) != returning.returns(bought, first, last, as_of, rhythm):
            return True
        if history.cohort(first, last, as_of) != returning.cohort(bought, first, last, as_of):
            return True
    return False


def test_every_figure_is_what_sets_say() -> None:
    assert [seed for seed in range(HISTORIES) if differs(seed)] == []


def test_the_histories_have_what_is_hard() -> None:
    """Distinct is not the sum, silences end twice in a month, cohorts are not complete."""
    draw, seen = Random(1), set()
    for _ in range(40):
        bought = histories(draw)
        for first, last in spans(draw):
            told = returning.returns(bought, first, last, last, BRISK)
            days = [returning.returns(bought, day, day, day, BRISK) for day in _days(first, last)]
            seen |= {("distinct", told.buyers != told.buyer_days)}
            seen |= {("woke", told.reactivated != sum(day.reactivated or 0 for day in days))}
            seen |= {("again", ratio.permille() not in (None, 0, 1000)) for ratio in told.again.values()}
    assert seen == {(name, is_hard) for name in ("distinct", "woke", "again") for is_hard in (True, False)}


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.mark.parametrize("column", [cohorts.WEEK, cohorts.MONTH, cohorts.WOKE_WEEK, cohorts.WOKE_MONTH])
def test_without_what_tells_distinct_members_the_figures_differ(monkeypatch: pytest.MonkeyPatch, column: int) -> None:
    whole = cohorts.tally

    def cut(*given: object) -> Comings:
        told = whole(*given)  # type: ignore[arg-type]
        for place in [column] if told.columns else []:
            told.columns[place] = [0] * len(told.days)
        return told

    monkeypatch.setitem(globals(), "tally", cut)
    assert any(differs(seed) for seed in range(HISTORIES))


def test_a_cohort_that_is_too_young_is_not_told_low(monkeypatch: pytest.MonkeyPatch) -> None:
    bought = {"a": [TODAY - timedelta(days=6)], "b": [TODAY - timedelta(days=9), TODAY - timedelta(days=8)]}
    history = counted(Random(1), bought, Rhythm())
    cohort = history.cohort(TODAY - timedelta(days=9), TODAY - timedelta(days=6), TODAY)
    assert cohort.again == {
        1: Ratio(1, 2),
        3: Ratio(1, 2),
        7: Ratio(None, 2),
        30: Ratio(None, 2),
        60: Ratio(None, 2),
        90: Ratio(None, 2),
    }
    assert cohort.again[7].permille() is None
    whole = History._again
    monkeypatch.setattr(History, "_again", lambda self, first, last, within, _as_of: whole(self, first, last, within, date.max))
    assert any(differs(seed) for seed in range(100))


def test_a_rate_is_of_thirty_days_of_new_members() -> None:
    """One new member on each day, who comes again within 30 days when that day is even."""
    days = [TODAY - timedelta(days=ago) for ago in range(200)]
    bought = {str(day): [day, day + timedelta(days=30)] if day.day % 2 == 0 else [day] for day in days}
    history = counted(Random(2), bought, Rhythm())
    assert history.rate(30, TODAY) == Ratio(sum((TODAY - timedelta(days=30 + ago)).day % 2 == 0 for ago in range(COHORTS)), COHORTS)
    assert history.rate(7, TODAY) == Ratio(0, COHORTS)
    assert history.rate(90, TODAY - timedelta(days=199)) == Ratio(0, 0)


def test_awakenings_are_those_of_stages() -> None:
    draw = Random(3)
    for _ in range(2_000):
        rhythm = draw.choice(RHYTHMS)
        for days in histories(draw, 1).values():
            told = awakenings([day.toordinal() for day in days], rhythm)
            assert told == [stage(days[: place + 1], days[place], rhythm).state == "reactivated" for place in range(1, len(days))]


def test_what_is_older_than_what_is_told_of_is_unknown() -> None:
    """Members with a purchase on each of many days: only the last are told of, and nothing is told low."""
    days = [TODAY - timedelta(days=ago) for ago in range(KEPT + 40)][::-1]
    bought = {"often": days, "once": [days[3]], "lately": [days[-2]]}
    told = tally([[day.toordinal() for day in each] for each in bought.values()], Rhythm())
    assert len(told.days) == KEPT
    history = History()
    history.add(told)
    first = TODAY - timedelta(days=KEPT - 1)
    assert history.since == first.toordinal()
    assert history.of(first, first).buyers == 1
    before = first - timedelta(days=1)
    assert history.of(before, before) == Returns(None, None, None, None, None, dict.fromkeys(SPANS, Ratio(None, None)))
    assert history.cohort(before, TODAY, TODAY).again == dict.fromkeys(SPANS, Ratio(None, None))
    month = period_of("month", TODAY.replace(year=TODAY.year - 1))
    assert history.of(month.first, month.last).buyers == 1, "a month, a year and a month are told of"
    assert history.of(TODAY, TODAY).new == 0 and history.of(days[-2], days[-2]).new == 1


def test_a_day_is_told_of_where_every_cell_tells_of_it() -> None:
    many = [[(TODAY - timedelta(days=ago)).toordinal() for ago in range(KEPT + 1)][::-1]]
    few = [[(TODAY - timedelta(days=900)).toordinal()]]
    history = History()
    for cell in (few, many, few):
        history.add(tally(cell, Rhythm()))
    assert history.since == (TODAY - timedelta(days=KEPT - 1)).toordinal()
    old = TODAY - timedelta(days=900)
    assert history.of(old, old).new is None
    alone = History()
    alone.add(tally(few, Rhythm()))
    assert alone.of(old, old).new == 1 and alone.of(old + timedelta(days=1), old + timedelta(days=1)).new == 0


def test_an_order_of_a_wrong_year_hides_nothing() -> None:
    """Days of the calendar counted back from it would leave no day of today."""
    days = [TODAY - timedelta(days=ago) for ago in range(300)]
    history = counted(Random(1), {"a": sorted(days), "b": [date(2106, 1, 1)]}, Rhythm())
    assert history.of(TODAY, TODAY).buyers == 1


def test_no_members_are_none() -> None:
    history = History()
    history.add(tally([], Rhythm()))
    assert history.of(TODAY, TODAY) == Returns(0, 0, 0, 0, 0, dict.fromkeys(SPANS, Ratio(0, 0)))


def test_the_last_cohorts_by_week_and_month() -> None:
    draw = Random(4)
    bought = histories(draw, 60)
    history = counted(draw, bought, Rhythm())
    weeks = history.cohorts("week", TODAY, 8)
    assert [week.first for week in weeks] == [date(2026, 11, 16) - timedelta(days=7 * ago) for ago in range(7, -1, -1)]
    assert weeks == [returning.cohort(bought, week.first, week.last, TODAY) for week in weeks]
    months = history.cohorts("month", TODAY, 3)
    assert [(each.first, each.last) for each in months] == [
        (date(2026, 9, 1), date(2026, 9, monthrange(2026, 9)[1])),
        (date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 11, 1), TODAY),
    ]


def test_a_rhythm_by_which_others_would_wake_is_another_policy() -> None:
    usual = policy_of(Rhythm())
    assert usual == policy_of(Rhythm(reactivated_days=7)), "how long it is called so moves nothing"
    for name in ("gap_days", "cooling_permille", "silent_permille", "lost_permille", "least_days", "most_days"):
        changed = replace(Rhythm(), **{name: getattr(Rhythm(), name) + 1})
        assert policy_of(changed) != usual, name


def test_days_of_a_row_are_those_of_its_purchases() -> None:
    draw = Random(5)
    for days in histories(draw, 300).values():
        others = tuple((day, 5) for day in days if draw.random() < 0.4)
        net = (("CNY", tuple((day, draw.randrange(-5, 900)) for day in days)), ("USD", others))
        bought = Purchases(tuple(each for each in net if each[1]), ("generic",), "generic")
        assert days_in(row_of(bought)) == [day.toordinal() for day in bought.days]


def test_a_summary_opens_in_two_parts() -> None:
    counts = Census("r", 3, [1, 3], [1, 3], [5, 3], {"USD": 1})
    told = tally([[5, 9], [7]], Rhythm())
    summary = member_summary(counts, told)
    assert (census_in(summary), comings_in(summary)) == (counts, told)
    plain = b'{"rates":"r","members":3,"days":[1,3],"frequencies":[1,3],"amounts":[5,3],"unrated":{"USD":1}}'
    assert (census_in(plain), comings_in(plain), comings_in(None)) == (counts, None, None)


def test_the_page_works_them_out() -> None:
    """With service, which is on the same page."""
    text = (Path(__file__).parents[3] / "docs" / "people-figures.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = vars(service) | {"History": History, "tally": tally, "Rhythm": Rhythm, "date": date}
    for block in blocks:
        assert block.count("assert") > 4
        exec(compile(block, "people-figures.md", "exec"), dict(names))
    assert len(blocks) == 2 and f"the last {KEPT} days" in text and f"k + {COHORTS - 1} days" in text
