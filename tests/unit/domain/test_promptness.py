"""Deadlines by day: what waits is late as soon as its time is over, on whatever day it is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from chalicelib.domain.case import Case
from chalicelib.domain.opening import Opening
from chalicelib.domain.promptness import CaseImage, Promptness, case_fact, sum_promptness
from chalicelib.domain.sla import figures_of
from tests.kit.bad_review import bad_review

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 17, tzinfo=UTC)  # the 21st in Shanghai
DUE = AT + timedelta(hours=8)
CASE = bad_review(AT, first_due=DUE)
EVER = Opening(SHANGHAI)


def image(case: Case) -> CaseImage:
    return CaseImage("demo", "shopee", "acme", "r-1", 3, case)


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, {"s": "waiting", "d": int(DUE.timestamp()) * 1_000_000}),
        ({"state": "queued"}, {"s": "waiting", "d": int(DUE.timestamp()) * 1_000_000}),
        ({"answered_at": DUE, "state": "answered"}, {"s": "in_time"}),
        ({"answered_at": DUE + timedelta(microseconds=1), "state": "answered"}, {"s": "late"}),
        ({"answered_at": DUE, "state": "closed"}, {"s": "in_time"}),
        ({"state": "closed"}, None),
        ({"state": "answered"}, None),  # elsewhere, nobody knows when
        ({"first_due": None}, None),
    ],
)
def test_what_becomes_of_a_deadline(changes: dict[str, Any], row: dict[str, Any] | None) -> None:
    fact = case_fact(image(msgspec.structs.replace(CASE, **changes)), SHANGHAI)
    assert (fact.doc if fact else None) == row
    assert fact is None or (fact.cell.kind, fact.cell.day) == ("cases", date(2026, 11, 21))


def test_a_case_lies_on_the_day_that_its_clock_began() -> None:
    anew = msgspec.structs.replace(CASE, first_from=AT + timedelta(days=2))
    fact = case_fact(image(anew), SHANGHAI)
    assert fact is not None and fact.cell.day == date(2026, 11, 23)


def test_a_review_and_a_question_of_the_same_id_have_rows_of_their_own() -> None:
    assert image(CASE).row != image(msgspec.structs.replace(CASE, kind="question")).row


def test_added_in_any_way_it_is_what_all_cases_come_to() -> None:
    """At every moment around every deadline, ends included."""
    draw = Random(4)
    cases = []
    for number in range(60):
        due = AT + timedelta(minutes=draw.randrange(3) * 30, microseconds=draw.randrange(3))
        answered = draw.choice([None, None, due, due + timedelta(microseconds=1)])
        cases.append((number % 3, msgspec.structs.replace(CASE, first_due=due, answered_at=answered)))
    whole = Promptness()
    for part in range(3):
        facts = [case_fact(image(case), SHANGHAI) for of, case in cases if of == part]
        whole.add(sum_promptness(fact.doc for fact in facts if fact))
    for now in (AT + timedelta(minutes=half * 30, microseconds=more) for half in range(-1, 4) for more in range(-1, 5)):
        right = figures_of([case for _, case in cases], now=now, opening=EVER)
        assert (whole.in_time, whole.over(now)) == (right.in_time, right.in_time + right.late)


def test_twenty_thousand_that_nobody_answered_fit_an_item() -> None:
    draw = Random(1)
    rows = [{"s": "waiting", "d": int(DUE.timestamp()) * 1_000_000 + draw.randrange(86_400_000_000)} for _ in range(20_000)]
    assert len(msgspec.json.encode(sum_promptness(rows))) < 200_000
